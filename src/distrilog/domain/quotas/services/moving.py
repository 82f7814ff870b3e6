"""What is promised changes place, or is given back: an outage, a change of route, a line that cannot be served."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from distrilog.domain.quotas.models import QuotaRun
from distrilog.domain.quotas.services.publishing import Pair, open_shares, reservation_key
from distrilog.domain.stock.rules import PendingKind
from distrilog.domain.stock.services import NotEnoughStock, Promise, promise
from distrilog.kernel.trace import traced


# Under it, `carry` counts what was promised to no run.
_NO_WEEK: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """
    Units of a family, promised in a week, that go from one place to another; to nowhere, they are given back.

    `resupply`: promised to a facility in need, outside any quota.
    """

    week: str
    family: str
    units: int
    source: str
    target: str = ""
    resupply: bool = False


def resupply_key(*, source: str, family: str) -> str:
    """Return the key of what a place keeps for the orders that resupplies made."""
    return f"resupply:{source}:{family}"


def published_runs(*, weeks: Sequence[str]) -> dict[str, QuotaRun]:
    """Return the published run of each week that has one, expired or not."""
    runs = QuotaRun.objects.filter(week__in=weeks, state=QuotaRun.State.PUBLISHED)
    return {run.week: run for run in runs}


@transaction.atomic
def carry(*, carried: Sequence[Carried], key: str, reason: str, by: str, at: datetime) -> None:
    """
    Move promises from place to place, or give them back to the stock, all or none; once a `key`.

    Raises `NotEnoughStock` with everything that the new places cannot promise.
    """
    totals: Counter[tuple[str, str, str, str]] = Counter()
    for each in carried:
        if each.units and each.source != each.target:
            week = _NO_WEEK if each.resupply else each.week
            totals[week, each.source, each.target, each.family] += each.units
    runs = published_runs(weeks=[each.week for each in carried])
    promises: list[Promise] = []
    opened: dict[str, list[Pair]] = {}
    for (week, source, target, family), units in sorted(totals.items()):
        run = runs[week] if week else None
        promises.append(
            _change(PendingKind.VOID, run, (source, family), units, key=key, reason=reason)
        )
        if target:
            promises.append(
                _change(PendingKind.RESERVE, run, (target, family), units, key=key, reason=reason)
            )
        if target and week:
            opened.setdefault(week, []).append((target, family))
    promise(promises=_merged(promises), by=by, at=at)
    for week, pairs in opened.items():
        open_shares(run=runs[week], pairs=pairs)


def _change(
    kind: PendingKind, run: QuotaRun | None, pair: Pair, units: int, *, key: str, reason: str
) -> Promise:
    reservation = (
        resupply_key(source=pair[0], family=pair[1])
        if run is None
        else reservation_key(run_id=run.pk, source=pair[0], family=pair[1])
    )
    return Promise(
        key=f"{key}:{kind}:{reservation}",
        kind=kind,
        reservation=reservation,
        place=pair[0],
        family=pair[1],
        units=units,
        reason=reason,
    )


def _merged(promises: Sequence[Promise]) -> list[Promise]:
    """Add up what concerns one reservation: two places may send to one."""
    merged: dict[str, Promise] = {}
    for each in promises:
        before = merged.get(each.key)
        merged[each.key] = (
            each
            if before is None
            else Promise(
                key=each.key,
                kind=each.kind,
                reservation=each.reservation,
                place=each.place,
                family=each.family,
                units=each.units + before.units,
                reason=each.reason,
            )
        )
    return list(merged.values())


# A facility's route says which place serves it; its quotas still say which one did when they were computed.
_MOVED = """
    SELECT quota.id, quota.week, quota.family_id, quota.source_id, place.code, quota.cap - quota.ordered
      FROM quotas_quota quota
      JOIN quotas_quotarun run ON run.id = quota.run_id AND run.state = 'published'
      JOIN facilities_facility facility ON facility.id = quota.facility_id
      JOIN facilities_department department ON department.code = facility.department_id
      JOIN stock_place place ON place.kind = facility.route
           AND (place.kind <> 'overseas' OR place.zone_id = department.zone_id)
     WHERE NOT quota.closed AND run.expired_at IS NULL AND place.code <> quota.source_id
     ORDER BY quota.facility_id, quota.family_id
       FOR UPDATE OF quota
"""


@traced("changement de circuit")
@transaction.atomic
def follow_routes(*, by: str, at: datetime) -> dict[str, int]:
    """
    Move what is left of quotas to the place that serves their facility now; orders placed stay where they are.

    Returns the quotas moved and those that wait, because their new place cannot promise as much: `{"moved",
    "waiting"}`. All the quotas of a (week, old, new place) move together.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MOVED)
        rows = cursor.fetchall()
    groups: dict[tuple[str, str, str], list[tuple[int, Carried]]] = {}
    for quota, week, family, source, target, units in rows:
        one = Carried(week=week, family=family, units=units, source=source, target=target)
        groups.setdefault((week, source, target), []).append((quota, one))
    moved = waiting = 0
    for (week, source, target), members in groups.items():
        key = f"route:{week}:{source}:{target}:{at.isoformat()}"
        carried = [one for _, one in members]
        if _carried(carried, key=key, reason="Changement de circuit", by=by, at=at):
            _set_source([quota for quota, _ in members], target)
            moved += len(members)
        else:
            waiting += len(members)
    return {"moved": moved, "waiting": waiting}


@transaction.atomic
def hand_back(*, carried: Sequence[Carried], key: str, reason: str, by: str, at: datetime) -> bool:
    """
    Take promises back to the places of the shares they were ordered from; once a `key`.

    False where those places cannot promise as much: what would have moved is then given back to the stock,
    and the caller cuts its shares by as much (`cut_units`).
    """
    if _carried(carried, key=key, reason=reason, by=by, at=at):
        return True
    given_up = [
        each if each.target in {"", each.source} else replace(each, target="") for each in carried
    ]
    carry(carried=given_up, key=key, reason=reason, by=by, at=at)
    return False


def _carried(carried: Sequence[Carried], *, key: str, reason: str, by: str, at: datetime) -> bool:
    try:
        with transaction.atomic():
            carry(carried=carried, key=key, reason=reason, by=by, at=at)
    except NotEnoughStock:
        return False
    return True


def _set_source(quota_ids: Sequence[int], source: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE quotas_quota SET source_id = %s WHERE id = ANY(%s)", [source, list(quota_ids)]
        )


FacilityShare = tuple[int, str, str]  # facility id, week, family
RegionShare = tuple[str, str, str, str]  # region, week, family, source

_TAKE_FROM_QUOTAS: Final = """
    UPDATE quotas_quota quota SET {column} = quota.{column} - back.units
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[])
         AS back (facility, week, family, units)
    WHERE quota.facility_id = back.facility AND quota.week = back.week
      AND quota.family_id = back.family
"""
_TAKE_FROM_POTS: Final = """
    UPDATE quotas_pot pot SET {column} = pot.{column} - back.units
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
         AS back (region, week, family, source, units)
    WHERE pot.region_id = back.region AND pot.week = back.week
      AND pot.family_id = back.family AND pot.source_id = back.source
"""


def return_units(*, quotas: Mapping[FacilityShare, int], pots: Mapping[RegionShare, int]) -> None:
    """
    Take units out of what was ordered of quotas and pots, whose rows are locked.

    Of a week that runs, they may be ordered again; of a closed one, they are only not ordered any more.
    """
    _take("ordered", quotas, pots)


def cut_units(*, quotas: Mapping[FacilityShare, int], pots: Mapping[RegionShare, int]) -> None:
    """Take units out of what quotas and pots grant, once they are not ordered any more: nothing is behind them."""
    _take("cap", quotas, pots)


def _take(
    column: str, quotas: Mapping[FacilityShare, int], pots: Mapping[RegionShare, int]
) -> None:
    with connection.cursor() as cursor:
        if quotas:
            cursor.execute(
                _TAKE_FROM_QUOTAS.format(column=column),
                [*_columns(quotas.keys(), width=3), list(quotas.values())],
            )
        if pots:
            cursor.execute(
                _TAKE_FROM_POTS.format(column=column),
                [*_columns(pots.keys(), width=4), list(pots.values())],
            )


def _columns(rows: Collection[tuple[object, ...]], *, width: int) -> list[list[object]]:
    return [[row[place] for row in rows] for place in range(width)]
