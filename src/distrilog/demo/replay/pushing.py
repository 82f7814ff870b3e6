"""A week of the push chain, by its services: volumes, plan, agencies, freeze, sending, receipts, hand-outs; then what came of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import connection

from distrilog.demo.replay import stock
from distrilog.demo.replay.calendar import Cycle, cycles
from distrilog.demo.replay.stage import PLATFORMS, PREPARES, SIGNS
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution import services as distribution
from distrilog.domain.distribution.models import Plan
from distrilog.domain.distribution.queries import needs
from distrilog.domain.facilities.models import Zone
from distrilog.domain.simulation import reference
from distrilog.domain.simulation.rules import Chain, OfTerritory, WeekOfFamily, said_by
from distrilog.domain.stock.services.places import REQUISITION
from distrilog.kernel.weeks import Week


MAINLAND: Final = "metropole"
THOUSAND: Final = 1000
_MASK: Final = "surgical_mask"

Volumes = dict[str, dict[str, int]]


def push(*, cycle: Cycle, per_mille: int) -> Plan:
    """Play one push to its last hand-out; `per_mille` is the part of the country's facilities that are there."""
    volumes = _volumes(cycle, per_mille=per_mille)
    stock.arrive(name=f"{cycle.week}-{cycle.number}", volumes=volumes, at=cycle.prepared_at)
    plan = distribution.prepare(
        actor=PREPARES,
        proposal=distribution.Proposal(
            week=cycle.week,
            number=cycle.number,
            title=cycle.title,
            volumes=volumes,
            freezes_at=cycle.freezes_at,
            delivers_on=cycle.delivers_on,
        ),
        at=cycle.prepared_at,
    )
    distribution.share(actor=SIGNS, plan_id=plan.pk, at=cycle.shared_at)
    distribution.freeze_due(at=cycle.freezes_at)
    distribution.send(actor=SIGNS, plan_id=plan.pk, at=cycle.sent_at)
    distribution.receive_all(actor=PLATFORMS, plan_id=plan.pk, at=cycle.received_at)
    distribution.hand_out_all(actor=PLATFORMS, plan_id=plan.pk, at=cycle.handed_at)
    return plan


def ask(*, week: Week, at: datetime) -> Plan:
    """Ask for a push of masks in a week, whatever its regime; the services answer."""
    volumes = {_MASK: {stock.SPF: Family.objects.get(pk=_MASK).box_units}}
    stock.arrive(name=f"{week}-more", volumes=volumes, at=at)
    return distribution.prepare(
        actor=PREPARES, proposal=distribution.Proposal(week=week, volumes=volumes), at=at
    )


def _volumes(cycle: Cycle, *, per_mille: int) -> Volumes:
    """Return what a push has by family and source: what is printed of it, else what the doctrine asks for."""
    boxes = dict(Family.objects.values_list("code", "box_units"))
    asked = _asked(cycle.week, boxes=boxes)
    whole = sum(asked.values())
    volumes: Volumes = {}
    for family, need in asked.items():
        printed = _printed_volume(cycle, per_mille=per_mille)
        units = need * _said("share-of-need", cycle.week, absent=THOUSAND) // THOUSAND
        if printed is not None:
            units = printed * need // whole
        company = 0
        if family == _MASK:
            made = _said("requisition", cycle.week, absent=0) // len(cycles(week=cycle.week))
            company = min(units, made * per_mille // THOUSAND)
        parts = {stock.SPF: units - company, REQUISITION: company}
        box = boxes[family]
        volumes[family] = {place: part - part % box for place, part in parts.items() if part >= box}
    return volumes


def _asked(week: Week, *, boxes: Mapping[str, int]) -> dict[str, int]:
    """Return the units, in whole boxes each, that those whom platforms serve need of each family pushed that week."""
    zone = Zone.objects.get(pk=MAINLAND)
    country = needs.country(week=week, zone=zone)
    found = {}
    for family, regions in needs.pushed_regions(week=week, zone=zone).items():
        rows = needs.served(country=country, family=family, regions=regions).rows
        need = country.need_of(family)[rows]
        found[family] = int((-(-need // boxes[family]) * boxes[family]).sum())
    return {family: units for family, units in found.items() if units}


def _printed_volume(cycle: Cycle, *, per_mille: int) -> int | None:
    """Return what is printed of the volume of one of a week's pushes; the last one has what the others left."""
    printed = _said("first-volume", cycle.week, absent=-1)
    if printed < 0:
        return None
    first = printed * _said("first-part", cycle.week, absent=THOUSAND) // THOUSAND
    return (first if cycle.number == 1 else printed - first) * per_mille // THOUSAND


def _said(code: str, week: Week, *, absent: int) -> int:
    return said_by(hypotheses=reference.hypotheses(), code=code, week=str(week), absent=absent)


# ------------------------------------------------------------------ what came of it

_NEEDS: Final = """
    SELECT line.family_id, sum(line.need)::bigint, count(*) FROM distribution_planline line
     WHERE line.plan_id = %s AND line.need > 0 GROUP BY line.family_id
"""
_HANDED: Final = """
    SELECT line.family_id, department.region_id, category."group", sum(handed.units)::bigint
      FROM distribution_handout handed
      JOIN distribution_planline line ON line.id = handed.line_id
      JOIN facilities_facility facility ON facility.id = line.facility_id
      JOIN facilities_department department ON department.code = facility.department_id
      JOIN facilities_category category ON category.code = facility.category_id
     WHERE line.plan_id = ANY (%s)
     GROUP BY line.family_id, department.region_id, category."group"
"""
_BY_SOURCE: Final = """
    SELECT family_id, source_id, sum(units)::bigint FROM distribution_endowment
     WHERE plan_id = ANY (%s) GROUP BY family_id, source_id
"""
_RECEIVED: Final = """
    SELECT flow.territory_id, territory.name, line.family_id, sum(line.received)::bigint
      FROM distribution_flowline line
      JOIN distribution_flow flow ON flow.id = line.flow_id
      JOIN facilities_territory territory ON territory.code = flow.territory_id
     WHERE flow.plan_id = ANY (%s) AND territory.region_id = %s
     GROUP BY flow.territory_id, territory.name, line.family_id
     ORDER BY flow.territory_id, line.family_id
"""


def week_of(*, plans: list[Plan]) -> list[WeekOfFamily]:
    """Return what the plans of one week gave together, family by family, as their hand-outs say."""
    keys = [plan.pk for plan in plans]
    handed = _rows(_HANDED, [keys])
    sources = _rows(_BY_SOURCE, [keys])
    shares = {
        (share.plan_id, share.family_id): share for plan in plans for share in plan.shares.all()
    }
    found = []
    for family, need, facilities in _rows(_NEEDS, [keys[0]]):
        mine = [row[1:] for row in handed if row[0] == family]
        of_family = [share for (_, code), share in shares.items() if code == family]
        found.append(
            WeekOfFamily(
                week=plans[0].week,
                chain=Chain.PUSH,
                doctrine=plans[0].doctrine.code if plans[0].doctrine else "",
                family=family,
                need=need,
                volume=sum(share.envelope for share in of_family),
                given=sum(units for *_, units in mine),
                facilities=facilities,
                pushes=len(plans),
                short=any(share.floors_short for share in of_family),
                sources={place: units for code, place, units in sources if code == family},
                regions=_sums((region, units) for region, _, units in mine),
                groups=_sums((group, units) for _, group, units in mine),
            )
        )
    return sorted(found, key=lambda row: row.family)


def received_in(*, region: str, plans: list[Plan]) -> list[OfTerritory]:
    """Return what each platform of a region received of some plans."""
    rows = _rows(_RECEIVED, [[plan.pk for plan in plans], region])
    return [
        OfTerritory(territory=code, name=name, family=family, units=units)
        for code, name, family, units in rows
    ]


def _rows(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _sums(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, units in pairs:
        found[key] = found.get(key, 0) + units
    return dict(sorted(found.items()))
