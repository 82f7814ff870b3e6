"""From registry, doctrine and volumes to a plan: arrays in one pass, rows by COPY, whatever the number of facilities."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution import rules
from distrilog.domain.distribution.models import Endowment, Plan, PlanShare
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.facilities.models import Category
from distrilog.domain.facilities.rules import Features
from distrilog.domain.quotas.rules import THOUSANDTHS, Claims, Shares, floors_for, share_out
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Place
from distrilog.kernel.refusals import Fault, Invalid
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import Week


Integers = NDArray[np.int64]
Volumes = Mapping[str, Mapping[str, int]]

# Nursing homes keep the whole of what the doctrine gives them while there is enough (instruction of 26 March 2020).
FLOORS: Final[Mapping[str, int]] = {Category.Group.NURSING_HOME.value: THOUSANDTHS}
DELIVERS_WEEKDAY: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a plan starts from. `volumes` are units by family and source; the moments, where given, replace the week's usual ones."""

    week: Week
    volumes: Volumes
    floors: Mapping[str, int] = field(default_factory=lambda: dict(FLOORS))
    zone: str = "metropole"
    number: int = 1
    title: str = ""
    reason: str = ""
    requests_until: datetime | None = None
    freezes_at: datetime | None = None
    delivers_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Country:
    """Who is served: facilities as columns, those of one platform together; `platforms` counts within `territories`."""

    features: Features
    rows: NDArray[np.intp]
    territories: list[str]
    platforms: NDArray[np.intp]
    without: list[str]


@traced("plan préparé")
@transaction.atomic
def prepare(*, actor: Actor, proposal: Proposal, at: datetime) -> Plan:
    """
    Compute a plan, as a draft: every facility's units, every platform's by source.

    A facility that no platform serves is left out and listed (`Plan.excluded`). Raises `Invalid` with every fault at
    once, or `NoDoctrine`.
    """
    actor.require(Deed.PLAN_PREPARE)
    faults = list(_faults(proposal))
    if faults:
        raise Invalid(*faults)
    week = proposal.week
    doctrine = doctrines.in_force(on=week.monday)
    national = doctrines.national_need(version=doctrine, on=week.monday)
    country = _country(national.features, on=week.monday)
    # After this point, the plan must succeed.

    plan = Plan.objects.create(
        week=str(week),
        zone_id=proposal.zone,
        number=proposal.number,
        title=proposal.title,
        doctrine=doctrine,
        volumes={family: dict(sources) for family, sources in proposal.volumes.items()},
        floors=dict(proposal.floors),
        excluded=country.without,
        requests_until=proposal.requests_until or rules.cut_off(week=week),
        freezes_at=proposal.freezes_at or rules.freeze(week=week),
        delivers_on=proposal.delivers_on or week.monday + timedelta(days=DELIVERS_WEEKDAY - 1),
        reason=proposal.reason,
        prepared_by=actor.by,
        prepared_at=at,
    )
    boxes = dict(Family.objects.values_list("code", "box_units"))
    for family, sources in proposal.volumes.items():
        _write_family(
            plan,
            family=family,
            sources=sources,
            box=boxes[family],
            country=country,
            need=national.units.get(family, np.zeros(len(national.features), dtype=np.int64)),
        )
    return plan


def _faults(proposal: Proposal) -> Iterator[Fault]:
    families = frozenset(Family.objects.values_list("code", flat=True))
    sources = frozenset(Place.objects.values_list("code", flat=True))
    usable = stock.available()
    if not any(units for volumes in proposal.volumes.values() for units in volumes.values()):
        yield Fault(
            where="volumes",
            message="Aucun volume n’est donné : il n’y a rien à répartir.",
            remedy="Donner un volume pour au moins une famille.",
        )
    for family, volumes in proposal.volumes.items():
        if family not in families:
            yield Fault(where=f"volumes.{family}", message=f"Famille inconnue : « {family[:30]} ».")
            continue
        for source, units in volumes.items():
            where = f"volumes.{family}.{source}"
            there = usable.get((source, family), 0)
            if source not in sources:
                yield Fault(where=where, message=f"Lieu inconnu : « {source[:30]} ».")
            elif not 0 <= units <= there:
                yield Fault(
                    where=where,
                    message=f"Le volume de {units} unités dépasse le stock utilisable : {there}.",
                    remedy=f"Ne pas dépasser {there} unités.",
                    values={"asked": units, "left": there},
                )


_SERVED: Final = """
    SELECT attachment.facility_id, attachment.territory_id
      FROM facilities_attachment attachment
      JOIN facilities_territory territory ON territory.code = attachment.territory_id
     WHERE attachment.period @> %s::date AND territory.platform_id IS NOT NULL
"""


def _country(features: Features, *, on: date) -> _Country:
    """Put the facilities that a platform serves together by platform; the others are named."""
    with connection.cursor() as cursor:
        cursor.execute(_SERVED, [on])
        served = dict(cursor.fetchall())
    codes = np.array([served.get(pk, "") for pk in features.ids.tolist()], dtype="U12")
    attached = np.flatnonzero(codes != "")
    order = attached[np.lexsort((features.registries[attached], codes[attached]))]
    territories, platforms = np.unique(codes[order], return_inverse=True)
    return _Country(
        features=features,
        rows=order,
        territories=territories.tolist(),
        platforms=platforms,
        without=[key.decode() for key in features.registries[codes == ""].tolist()],
    )


def _write_family(
    plan: Plan,
    *,
    family: str,
    sources: Mapping[str, int],
    box: int,
    country: _Country,
    need: Integers,
) -> None:
    claims = _claims(plan, family=family, country=country, need=need[country.rows])
    given = {source: units - units % box for source, units in sorted(sources.items())}
    shares = share_out(claims=claims, envelope=sum(given.values()), box=box)
    totals = np.zeros(len(country.territories), dtype=np.int64)
    np.add.at(totals, country.platforms, shares.units)
    split = rules.by_source(totals=totals, volumes=list(given.values()), box=box)
    PlanShare.objects.create(
        plan=plan,
        family_id=family,
        box_units=box,
        envelope=sum(sources.values()),
        need=int(claims.need.sum()),
        shared=int(shares.units.sum()),
        level_numerator=shares.level[0],
        level_denominator=shares.level[1],
        floors_short=shares.floors_short,
    )
    _copy_lines(plan, family=family, country=country, claims=claims, shares=shares)
    Endowment.objects.bulk_create(
        Endowment(plan=plan, territory_id=code, family_id=family, source_id=source, units=units)
        for source, column in zip(given, split, strict=True)
        for code, units in zip(country.territories, column.tolist(), strict=True)
        if units
    )


_CARRIED: Final = """
    SELECT line.facility_id, line.carried FROM distribution_planline line
     WHERE line.family_id = %(family)s AND line.plan_id = (
        SELECT max(plan.id) FROM distribution_plan plan
          JOIN distribution_planshare share ON share.plan_id = plan.id
         WHERE share.family_id = %(family)s AND plan.state IN ('frozen', 'sent') AND plan.week < %(week)s)
"""


def _claims(plan: Plan, *, family: str, country: _Country, need: Integers) -> Claims:
    with connection.cursor() as cursor:
        cursor.execute(_CARRIED, {"family": family, "week": plan.week})
        carried = dict(cursor.fetchall())
    groups = country.features.groups[country.rows]
    rates = np.array([plan.floors.get(group, 0) for group in groups.tolist()], dtype=np.int64)
    ids = country.features.ids[country.rows].tolist()
    return Claims.of(
        week=plan.week,
        family=family,
        keys=country.features.registries[country.rows],
        need=need,
        floor=floors_for(need=need, thousandths=rates),
        carried=[carried.get(pk, 0) for pk in ids],
    )


_COPY: Final = (
    "COPY distribution_planline (plan_id, territory_id, facility_id, family_id, need_doctrine, need, given, floor,"
    " computed, changed, reason, carried) FROM STDIN"
)


def _copy_lines(
    plan: Plan, *, family: str, country: _Country, claims: Claims, shares: Shares
) -> None:
    """Write the lines of those who have a need; their floor is what they were given of it where the floors were shared."""
    needing = np.flatnonzero((claims.need > 0) | (shares.units > 0))
    floor = np.minimum(-(-claims.floor // shares.box) * shares.box, shares.units)
    ids = country.features.ids[country.rows]
    columns = (
        country.platforms,
        ids,
        claims.need,
        floor,
        shares.units,
        shares.reason,
        shares.carried_next,
    )
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for platform, pk, need, least, units, reason, carried in zip(
            *(column[needing].tolist() for column in columns), strict=True
        ):
            copy.write_row(
                (
                    plan.pk,
                    country.territories[platform],
                    pk,
                    family,
                    need,
                    need,
                    0,
                    least,
                    units,
                    0,
                    reason,
                    carried,
                )
            )
