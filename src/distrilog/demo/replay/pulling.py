"""A week of the pull chain, by its services: quotas prepared, signed and published, and what a sample of facilities orders."""

from datetime import datetime, time, timedelta

import numpy as np
from django.db.models import Count, QuerySet, Sum

from distrilog.demo.people import orderer_of
from distrilog.demo.replay import stock
from distrilog.demo.replay.pushing import THOUSAND
from distrilog.demo.replay.stage import PREPARES, SIGNS
from distrilog.domain.catalogue.models import Family
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders import services as orders
from distrilog.domain.orders.rules import Asked, Demand
from distrilog.domain.quotas import services as quotas
from distrilog.domain.quotas.models import Quota, QuotaRun
from distrilog.domain.simulation import reference
from distrilog.domain.simulation.rules import Chain, WeekOfFamily, said_by
from distrilog.kernel.weeks import PARIS, Week


def pull(*, week: Week, per_mille: int) -> QuotaRun:
    """Play a week of orders within quotas; `per_mille` is the part of the country's facilities that are there."""
    at = week.moment(weekday=1, clock=time(0, 5), zone=PARIS)
    envelopes = _envelopes(week)
    before = at - timedelta(days=1)
    stock.arrive(name=f"{week}-pull", volumes=envelopes, at=before)
    run = quotas.prepare(
        actor=PREPARES, week=week, envelopes=envelopes, reason="Rejeu de 2020.", at=before
    )
    quotas.preview(actor=PREPARES, run_id=run.pk, at=before)
    quotas.sign(actor=SIGNS, run_id=run.pk, reason="Rejeu de 2020.", at=before)
    quotas.publish(actor=SIGNS, run_id=run.pk, at=at)
    sites = _said("ordering-sites", week) * per_mille // THOUSAND
    _order(week, sites=max(1, sites), at=at + timedelta(hours=9))
    return run


def _envelopes(week: Week) -> dict[str, dict[str, int]]:
    """Return the part of the need that is opened, by family and place that serves it, in whole boxes."""
    on = week.monday
    national = doctrines.national_need(version=doctrines.in_force(on=on), on=on)
    features = national.features
    places = np.where(features.routes == "overseas", features.zones, features.routes)
    boxes = dict(Family.objects.values_list("code", "box_units"))
    released = _said("released-share", week)
    envelopes: dict[str, dict[str, int]] = {}
    for family, units in national.units.items():
        for place in np.unique(places).tolist():
            need = int(units[places == place].sum()) * released // THOUSAND
            if need >= boxes[family]:
                envelopes.setdefault(family, {})[place] = need - need % boxes[family]
    return envelopes


def _order(week: Week, *, sites: int, at: datetime) -> None:
    """Let the facilities with the largest quotas order all of them, on the mainland."""
    largest = (
        Quota.objects.filter(week=str(week), facility__department__zone__overseas=False)
        .values("facility_id")
        .annotate(units=Sum("cap"))
        .order_by("-units", "facility_id")[:sites]
    )
    facilities = Facility.objects.select_related("department").in_bulk(
        [row["facility_id"] for row in largest]
    )
    lines: dict[int, list[Asked]] = {}
    caps = Quota.objects.filter(week=str(week), facility__in=facilities, cap__gt=0)
    for facility, family, cap in caps.order_by("facility_id", "family_id").values_list(
        "facility_id", "family_id", "cap"
    ):
        lines.setdefault(facility, []).append(Asked(family=family, units=cap))
    for facility, asked in lines.items():
        site = facilities[facility]
        demand = Demand(
            registry=site.registry, week=str(week), lines=tuple(asked), key=f"rejeu-{week}"
        )
        orders.place(actor=orderer_of(site), demand=demand, at=at)


def week_of(*, run: QuotaRun) -> list[WeekOfFamily]:
    """Return what a week's quotas opened and what the sample ordered, family by family."""
    found = []
    envelopes = dict(run.shares.values_list("family_id").annotate(Sum("envelope")))
    sums = Quota.objects.filter(run=run).values("family_id").order_by("family_id")
    for row in sums.annotate(
        needed=Sum("need"), opened=Sum("cap"), taken=Sum("ordered"), sites=Count("pk")
    ):
        family = row["family_id"]
        mine = Quota.objects.filter(run=run, family=family)
        found.append(
            WeekOfFamily(
                week=run.week,
                chain=Chain.PULL,
                doctrine=run.doctrine.code,
                family=family,
                need=row["needed"],
                volume=envelopes.get(family, 0),
                given=row["opened"],
                ordered=row["taken"],
                facilities=row["sites"],
                regions=_split(mine, by="facility__department__region"),
                groups=_split(mine, by="facility__category__group"),
            )
        )
    return found


def _split(mine: QuerySet[Quota], *, by: str) -> dict[str, int]:
    return dict(mine.values_list(by).annotate(Sum("cap")).order_by(by))


def _said(code: str, week: Week) -> int:
    return said_by(hypotheses=reference.hypotheses(), code=code, week=str(week))
