"""
The story the demo tells: stock, windows, a tension decided, and each week’s run signed and published.

Everything goes through the services that people use; only the moments are chosen here.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

import numpy as np
from django.db.models import Case, Sum, When

from distrilog.demo import (
    beneficiaries,
    declarations,
    distribution,
    logistics,
    partners,
    people,
    regional,
    resupply,
)
from distrilog.domain.accounts.rules import Actor
from distrilog.domain.catalogue.models import Family
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.facilities.models import Facility, Region, Zone
from distrilog.domain.orders import services as orders
from distrilog.domain.orders.rules import Asked, Demand
from distrilog.domain.quotas import services as quotas
from distrilog.domain.quotas.models import Quota, QuotaRun
from distrilog.domain.regimes import services as regimes
from distrilog.domain.regimes.models import RegimeDecision, Window
from distrilog.domain.stock.models import Entry
from distrilog.domain.stock.services.places import seed_places
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.weeks import PARIS, Week


Say = Callable[[str], None]

# What the demo has in tension; the other families are sold, so that both pages can be seen.
IN_TENSION = ("surgical_mask", "ffp2", "gown", "glove")
# What a run releases of the country’s need, in thousandths.
RELEASED_PER_MILLE = {"surgical_mask": 760, "ffp2": 640, "gown": 580, "glove": 450}
POTS_PER_MILLE = dict.fromkeys(IN_TENSION, 30)
# No home and no hospital falls below a third of its need while there is enough for that.
FLOOR_PER_MILLE = {"nursing_home": 330, "hospital": 330}
SAMPLE_FACILITIES = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who acts in the demo: one prepares, another signs, facilities order."""

    prepares: Actor
    signs: Actor


def bring_to(*, week: Week, cast: Cast, sparing: set[str], at: datetime, say: Say) -> None:
    """
    Bring the demo to a week: the stage, a tension, the week before shipped for the most part, some orders of its own.

    Then a region's own stock, what is pushed to two regions, what facilities declare, and who helps whom.
    """
    before = week.plus(-1)
    start = first_moment(week=before)
    set_the_stage(at=start, say=say)
    decide_tension(cast=cast, at=start, say=say)
    beneficiaries.lay_out(cast=cast, at=start, say=say)
    if publish_week(week=before, cast=cast, at=start, say=say):
        place_sample_orders(week=before, sparing=set(), first=sparing, at=start, say=say)
        if logistics.ship_week(released_at=first_moment(week=week), at=at, say=say):
            partners.open_stand_in()
    if publish_week(week=week, cast=cast, at=first_moment(week=week), say=say):
        place_sample_orders(week=week, sparing=sparing, at=moment_in(week=week, at=at), say=say)
    regional.run_region(week=week, at=at, say=say)
    distribution.push_weeks(week=week, cast=cast, at=at, say=say)
    declarations.declare_weeks(week=week, enrols=cast.prepares, sparing=sparing, at=at, say=say)
    resupply.help_each_other(week=week, sparing=sparing, seeks=sparing, at=at, say=say)


def set_the_stage(*, at: datetime, say: Say) -> None:
    """Make places, windows open at any hour, and the opening stock. Does nothing the second time."""
    seed_places()
    for zone in Zone.objects.all():
        Window.objects.get_or_create(
            zone=zone,
            week="",
            starts_on=None,
            defaults={
                "opens_weekday": 1,
                "opens_clock": time(0, 0),
                "closes_weekday": 8,
                "closes_clock": time(0, 0),
                "reason": "Démonstration : commandes à toute heure, jusqu’au dimanche minuit.",
            },
        )
    if Entry.objects.exists():
        return
    say("Stock de l’État : lots, seuils, achats attendus")
    logistics.open_stock(needs=_need_by_place(at=at), at=at)


def decide_tension(*, cast: Cast, at: datetime, say: Say) -> None:
    """Put four families in tension in the whole country, by two persons. Once."""
    if RegimeDecision.objects.exists():
        return
    say("Régimes : quatre familles en tension, décision préparée puis signée")
    decision = regimes.prepare(
        actor=cast.prepares,
        proposal=regimes.Proposal(
            regime="tension",
            families=IN_TENSION,
            regions=list(Region.objects.values_list("code", flat=True)),
            starts_at=at,
            reason="Reprise épidémique : les indicateurs de la veille passent le seuil (démonstration).",
        ),
        at=at,
    )
    regimes.sign(actor=cast.signs, decision_id=decision.pk, at=at)


def publish_week(*, week: Week, cast: Cast, at: datetime, say: Say) -> bool:
    """Prepare, preview, sign and publish the run of a week; False when it has one already."""
    if QuotaRun.objects.filter(week=str(week), state=QuotaRun.State.PUBLISHED).exists():
        return False
    say(f"Contingents de la semaine {week} : calcul, signature, publication")
    run = quotas.prepare(
        actor=cast.prepares,
        week=week,
        envelopes=_envelopes(at=at),
        floors=FLOOR_PER_MILLE,
        pots_per_mille=POTS_PER_MILLE,
        reason="Calcul hebdomadaire (démonstration).",
        at=at,
    )
    quotas.preview(actor=cast.prepares, run_id=run.pk, at=at)
    quotas.sign(actor=cast.signs, run_id=run.pk, reason="Vu l’aperçu : conforme.", at=at)
    quotas.publish(actor=cast.signs, run_id=run.pk, at=at)
    return True


def place_sample_orders(
    *,
    week: Week,
    sparing: set[str],
    at: datetime,
    say: Say,
    first: Collection[str] = (),
) -> int:
    """Let many of the larger facilities order part of their quota, as people would, `first` before all; returns how many did."""
    say(f"Commandes d’exemple de la semaine {week}")
    random = Random(str(week))  # noqa: S311 - the same story every time
    largest = list(
        Quota.objects.filter(week=str(week))
        .exclude(facility__registry__in=sparing)
        .values_list("facility_id", "facility__department_id")
        .annotate(units=Sum("cap"))
        .order_by("-units", "facility_id")[:SAMPLE_FACILITIES]
    )
    # Departments differ in zeal, so that the map has something to say.
    zeal = {code: random.random() for code in sorted({code for _, code, _ in largest})}
    chosen = [facility for facility, code, _ in largest if random.random() < zeal[code]]
    early = list(Facility.objects.filter(registry__in=first).values_list("pk", flat=True))
    rows: dict[int, list[Quota]] = {}
    for quota in (
        Quota.objects.filter(week=str(week), facility_id__in=[*early, *chosen], cap__gt=0)
        .select_related("facility__department", "family")
        .annotate(rank=Case(When(facility_id__in=early, then=0), default=1))
        .order_by("rank", "facility_id", "family_id")
    ):
        rows.setdefault(quota.facility_id, []).append(quota)
    return sum(
        _order_some(quotas_of_one=some, week=week, random=random, at=at) for some in rows.values()
    )


def _order_some(*, quotas_of_one: list[Quota], week: Week, random: Random, at: datetime) -> bool:
    facility = quotas_of_one[0].facility
    lines = []
    for quota in quotas_of_one:
        most = quota.cap // quota.family.box_units
        boxes = random.randint(most // 3, most)
        if boxes:
            lines.append(Asked(family=quota.family_id, units=boxes * quota.family.box_units))
    if not lines:
        return False
    demand = Demand(
        registry=facility.registry,
        week=str(week),
        lines=tuple(lines),
        key=f"demo-{week}",
    )
    try:
        orders.place(actor=people.orderer_of(facility), demand=demand, at=at)
    except Refusal:
        # Overseas clocks may be in another week: that facility simply does not order.
        return False
    return True


def _need_by_place(*, at: datetime) -> dict[tuple[str, str], int]:
    """Sum the need of the country by the place that serves it: {(place, family): units}."""
    on = at.astimezone(PARIS).date()
    national = doctrines.national_need(version=doctrines.in_force(on=on), on=on)
    features = national.features
    places = np.where(features.routes == "overseas", features.zones, features.routes)
    return {
        (str(place), family): int(units[places == place].sum())
        for family, units in national.units.items()
        for place in np.unique(places)
    }


def _envelopes(*, at: datetime) -> dict[str, dict[str, int]]:
    boxes = dict(Family.objects.values_list("code", "box_units"))
    envelopes: dict[str, dict[str, int]] = {}
    for (place, family), need in _need_by_place(at=at).items():
        if family in RELEASED_PER_MILLE and need:
            units = need * RELEASED_PER_MILLE[family] // 1000
            envelopes.setdefault(family, {})[place] = units - units % boxes[family]
    return envelopes


def first_moment(*, week: Week) -> datetime:
    """Return when the demo’s runs are published: Monday, 00:05 in Paris."""
    return week.moment(weekday=1, clock=time(0, 5), zone=PARIS)


def moment_in(*, week: Week, at: datetime) -> datetime:
    """Return a moment in the week for the sample orders: an hour ago, but never before the run."""
    return max(first_moment(week=week) + timedelta(minutes=5), at - timedelta(hours=1))
