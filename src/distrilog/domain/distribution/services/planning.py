"""The weekly plan: which families, in which regions, from which volumes; computed as a draft for somebody to look at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.queries import gifts
from distrilog.domain.distribution import rules
from distrilog.domain.distribution.models import Plan
from distrilog.domain.distribution.queries import needs
from distrilog.domain.distribution.services.volumes import number_faults, volume_faults
from distrilog.domain.distribution.services.writing import Asked, write_family
from distrilog.domain.facilities.models import Category, Zone
from distrilog.domain.facilities.rules import Features
from distrilog.domain.quotas.rules import THOUSANDTHS, floors_for
from distrilog.kernel.refusals import Fault, Invalid
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import Week


Integers = NDArray[np.int64]
Volumes = Mapping[str, Mapping[str, int]]

MAINLAND: Final = "metropole"
# Nursing homes keep the whole of what the doctrine gives them while there is enough (instruction of 26 March 2020).
FLOORS: Final[Mapping[str, int]] = {Category.Group.NURSING_HOME.value: THOUSANDTHS}
# Without a plan before, gifts of the last week count; what is missing counts from the last two weeks' plans.
GIFTS_BEFORE_THE_FIRST: Final = timedelta(weeks=1)
MISSING_WEEKS: Final = 2
MANY_LINES: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """
    What a plan starts from. `volumes` are units by family and source; `floors` per mille of the need, by category group.

    A plan is one zone's. A family goes to the regions where it is pushed that week, or to all of the zone in a `fallback`, while
    the portal is out: it then says why (`reason`). The moments, where given, replace the week's usual ones; `number` counts the
    pushes of a week.
    """

    week: Week
    volumes: Volumes
    floors: Mapping[str, int] = field(default_factory=lambda: dict(FLOORS))
    zone: str = MAINLAND
    fallback: bool = False
    number: int = 1
    title: str = ""
    reason: str = ""
    requests_until: datetime | None = None
    freezes_at: datetime | None = None
    delivers_on: date | None = None


@traced("plan préparé")
@transaction.atomic
def prepare(*, actor: Actor, proposal: Proposal, at: datetime) -> Plan:
    """
    Compute a plan, as a draft: every facility's units, every platform's by source.

    The need is the doctrine's, as overrides and trainees change it. A facility that no platform serves is left out and listed, one
    that another chain serves is counted (`Plan.excluded`). Raises `Invalid` with every fault at once, or `NoDoctrine`.
    """
    actor.require(Deed.PLAN_PREPARE)
    zone = Zone.objects.select_for_update(no_key=True).filter(pk=proposal.zone).first()
    if zone is None:
        raise Invalid(Fault(where="zone", message=f"Zone inconnue : « {proposal.zone[:20]} »."))
    regions = needs.pushed_regions(week=proposal.week, zone=zone, fallback=proposal.fallback)
    moments = _moments(proposal, zone=zone)
    faults = [*_faults(proposal, zone=zone, regions=regions), *_moment_faults(moments)]
    if faults:
        raise Invalid(*faults)
    country = needs.country(week=proposal.week, zone=zone)
    served = {
        family: needs.served(country=country, family=family, regions=regions[family])
        for family in proposal.volumes
    }
    # After this point, the plan must succeed.

    plan = Plan.objects.create(
        week=str(proposal.week),
        zone=zone,
        number=proposal.number,
        fallback=proposal.fallback,
        regions={family: regions[family] for family in proposal.volumes},
        title=proposal.title,
        doctrine=country.doctrine,
        volumes={family: dict(sources) for family, sources in proposal.volumes.items()},
        floors=dict(proposal.floors),
        excluded=_excluded(served, features=country.features),
        requests_until=moments.requests_until,
        freezes_at=moments.freezes_at,
        delivers_on=moments.delivers_on,
        reason=proposal.reason.strip(),
        prepared_by=actor.by,
        prepared_at=at,
    )
    lines = _write(plan, country=country, served=served)
    if lines >= MANY_LINES:
        _count_again()
    return plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moments:
    requests_until: datetime
    freezes_at: datetime
    delivers_on: date
    clock: ZoneInfo


def _moments(proposal: Proposal, *, zone: Zone) -> _Moments:
    clock = ZoneInfo(zone.time_zone)
    freezes_at = proposal.freezes_at or rules.freeze(week=proposal.week, zone=clock)
    requests_until = proposal.requests_until or min(rules.cut_off(week=proposal.week), freezes_at)
    return _Moments(
        requests_until=requests_until,
        freezes_at=freezes_at,
        delivers_on=proposal.delivers_on
        or rules.delivery_day(
            week=proposal.week,
            frozen_on=freezes_at.astimezone(clock).date(),
            lead_time_days=zone.lead_time_days,
        ),
        clock=clock,
    )


def _moment_faults(moments: _Moments) -> Iterator[Fault]:
    if moments.requests_until > moments.freezes_at:
        yield Fault(
            where="requests_until",
            message="Les demandes s’arrêtent après que le plan est arrêté.",
            remedy="Avancer la fin des demandes, ou retarder l’arrêt du plan.",
        )
    if moments.freezes_at.astimezone(moments.clock).date() > moments.delivers_on:
        yield Fault(
            where="delivers_on",
            message="La livraison commence avant que le plan soit arrêté.",
            remedy="Retarder la livraison, ou avancer l’arrêt du plan.",
        )


def _faults(proposal: Proposal, *, zone: Zone, regions: Mapping[str, list[str]]) -> Iterator[Fault]:
    yield from number_faults(week=proposal.week, zone=zone, number=proposal.number, programme=None)
    if proposal.fallback and not proposal.reason.strip():
        yield Fault(
            where="reason",
            message="Un plan de continuité sert aussi les régions qui commandent elles-mêmes.",
            remedy="Dire pourquoi : le portail en panne, depuis quand.",
        )
    yield from volume_faults(volumes=proposal.volumes, zone=zone)
    names = dict(Family.objects.values_list("code", "name"))
    for family in proposal.volumes:
        if family in names and not regions.get(family):
            yield Fault(
                where=f"volumes.{family}",
                message=f"{names[family]} : rien n’est poussé dans aucune région ({zone.name}) cette semaine-là.",
                remedy="Décider une tension en dotation poussée ou, le portail en panne, préparer un plan de continuité.",
            )


def _excluded(served: Mapping[str, needs.Served], *, features: Features) -> dict[str, Any]:
    """Return who gets nothing: the registry numbers of those without a platform, and how many another chain serves."""
    unattached = {row for each in served.values() for row in each.unattached.tolist()}
    return {
        "no_platform": [features.registries[row].decode() for row in sorted(unattached)],
        "circuit": {
            family: dict(each.elsewhere) for family, each in served.items() if each.elsewhere
        },
    }


def _write(plan: Plan, *, country: needs.Country, served: Mapping[str, needs.Served]) -> int:
    """Write each family; return how many lines there are."""
    boxes = dict(Family.objects.values_list("code", "box_units"))
    lines = 0
    for family, whom in served.items():
        asked = _asked(plan, family=family, country=country, rows=whom.rows)
        sources = plan.volumes[family]
        write_family(plan, family=family, sources=sources, box=boxes[family], asked=asked)
        lines += len(asked.ids)
    return lines


def _count_again() -> None:
    """Tell the database how much there is now: its desks are opened at once, before it would count by itself."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE distribution_planline")


def _asked(plan: Plan, *, family: str, country: needs.Country, rows: NDArray[np.intp]) -> Asked:
    features = country.features.pick(rows)
    need = country.need_of(family)[rows]
    rates = np.array(
        [plan.floors.get(group, 0) for group in features.groups.tolist()], dtype=np.int64
    )
    before = _before(plan, family=family)
    return Asked(
        ids=features.ids,
        keys=features.registries,
        territories=country.territories[rows],
        by_doctrine=country.doctrine_of(family)[rows],
        need=need,
        given=needs.spread(before.given, features=features),
        already=needs.spread(before.already, features=features),
        missing=needs.spread(before.missing, features=features),
        floor=floors_for(need=need, thousandths=rates),
        carried=needs.spread(before.carried, features=features),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What plans and donors gave before, by facility id. Units; `carried` in thousandths."""

    carried: Mapping[int, int]
    missing: Mapping[int, int]
    already: Mapping[int, int]
    given: Mapping[int, int]


# The plans of a family before this one: what rounding carries from the last, what the last of an earlier week left
# unserved, what those of the same week give already, and what donors said since the last was prepared.
_EARLIER: Final = """
    SELECT plan.id, plan.week, plan.prepared_at, plan.state
      FROM distribution_plan plan JOIN distribution_planshare share ON share.plan_id = plan.id
     WHERE share.family_id = %(family)s AND plan.zone_id = %(zone)s AND plan.programme_id IS NULL
       AND plan.state IN ('shared', 'frozen', 'sent')
       AND (plan.week, plan.number) < (%(week)s, %(number)s)
     ORDER BY plan.week DESC, plan.number DESC LIMIT 20
"""
_CARRIED: Final = """
    SELECT facility_id, carried FROM distribution_planline
     WHERE plan_id = %s AND family_id = %s AND carried <> 0
"""
_MISSING: Final = """
    SELECT facility_id, least(need + missing - given - already - computed - changed, need)
      FROM distribution_planline
     WHERE plan_id = %s AND family_id = %s AND need + missing > given + already + computed + changed
"""
_ALREADY: Final = """
    SELECT facility_id, sum(computed + changed)::bigint FROM distribution_planline
     WHERE plan_id = ANY (%s) AND family_id = %s GROUP BY facility_id
"""


def _before(plan: Plan, *, family: str) -> _Before:
    since = Week.parse(plan.week).plus(-MISSING_WEEKS)
    with connection.cursor() as cursor:

        def found(statement: str, *values: Any) -> dict[int, int]:
            cursor.execute(statement, values)
            return dict(cursor.fetchall())

        cursor.execute(
            _EARLIER,
            {"family": family, "zone": plan.zone_id, "week": plan.week, "number": plan.number},
        )
        earlier = cursor.fetchall()
        fixed = [pk for pk, _, _, state in earlier if state != Plan.State.SHARED]
        settled = [
            pk
            for pk, week, _, state in earlier
            if str(since) <= week < plan.week and state != Plan.State.SHARED
        ]
        last = earlier[0][2] if earlier else plan.prepared_at - GIFTS_BEFORE_THE_FIRST
        same_week = [pk for pk, week, _, _ in earlier if week == plan.week]
        return _Before(
            carried=found(_CARRIED, fixed[0], family) if fixed else {},
            missing=found(_MISSING, settled[0], family) if settled else {},
            already=found(_ALREADY, same_week, family) if same_week else {},
            given=gifts.given(family=family, after=last, until=plan.prepared_at),
        )
