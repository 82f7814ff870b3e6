"""
Roll-ups: marked stale by whoever says something, rebuilt set-wise, whole weeks at a time.

A declaration must neither wait for a rebuild nor be missed by one. Whoever marks holds a shared lock until it
commits; whoever rebuilds takes the week (one moment of the exclusive lock) and only then reads: what was marked
before is in what it reads, what comes later marks again.
"""

from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q

from distrilog.domain.declarations.models import RollUpState
from distrilog.domain.declarations.queries import cells
from distrilog.kernel.weeks import Week


# First halves of the advisory locks; the second half is the week.
_MARKING: Final = 0x44_4D
_BUILDING: Final = 0x44_42
# A country's week takes a second or two; many at once, minutes.
_TIMEOUT_MS: Final = 600_000

# One row a week, that thousands of declarations would wait for: it is only touched when it is not stale yet.
_MARK: Final = """
    INSERT INTO declarations_rollupstate (week, stale_since)
    SELECT marked, %(at)s FROM unnest(%(weeks)s::text[]) marked
    WHERE NOT EXISTS (
        SELECT FROM declarations_rollupstate state
        WHERE state.week = marked AND state.stale_since IS NOT NULL
    )
    ORDER BY marked
    ON CONFLICT (week) DO UPDATE
        SET stale_since = coalesce(declarations_rollupstate.stale_since, excluded.stale_since)
"""
_TAKE: Final = """
    INSERT INTO declarations_rollupstate (week, taken_at) VALUES (%(week)s, %(at)s)
    ON CONFLICT (week) DO UPDATE SET taken_at = excluded.taken_at, stale_since = NULL
"""
_COLUMNS: Final = ", ".join((*cells.KEYS, *cells.SUMS))
_BUILD: Final = f"""
    WITH {cells.of_country()}
    INSERT INTO declarations_rollup (week, {_COLUMNS})
    SELECT %(week)s, {_COLUMNS} FROM ({cells.CELLS}) cell
    ORDER BY family_id, department_id, territory_id
"""  # noqa: S608 - constants
# Somebody who took it since will build it again.
_BUILT: Final = """
    UPDATE declarations_rollupstate
    SET built_at = %(at)s, taken_at = nullif(taken_at, %(at)s) WHERE week = %(week)s
"""


def mark_stale(*, week: Week, at: datetime) -> None:
    """Say, in the transaction of whoever changes something of a week, that its roll-ups do not know it yet."""
    mark_weeks_stale(weeks=[week], at=at)


def mark_weeks_stale(*, weeks: list[Week], at: datetime) -> None:
    """Say so of several weeks at once: what a file of declarations changes."""
    names = sorted({str(week) for week in weeks})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, hashtext(name)) FROM unnest(%s::text[]) name",
            [_MARKING, names],
        )
        cursor.execute(_MARK, {"weeks": names, "at": at})


def mark_stale_since(*, week: Week, at: datetime) -> None:
    """Say so of every week rolled up from one on: when thresholds, targets or the register change."""
    later = RollUpState.objects.filter(week__gte=str(week)).values_list("week", flat=True)
    mark_weeks_stale(weeks=[Week.parse(name) for name in later], at=at)


def rebuild(*, week: Week, at: datetime) -> int:
    """
    Add up a week again, in one statement; return its number of cells.

    Readers see the old cells until the new ones are complete. Of two rebuilds at once, one waits for the other.
    """
    values = cells.values_of(week) | {"at": at}
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(cursor, _MARKING, week)
        cursor.execute(_TAKE, values)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [_TIMEOUT_MS])
        _lock(cursor, _BUILDING, week)
        cursor.execute("DELETE FROM declarations_rollup WHERE week = %(week)s", values)
        cursor.execute(_BUILD, values)
        count: int = cursor.rowcount
        cursor.execute(_BUILT, values)
    return count


def rebuild_stale(*, at: datetime) -> int:
    """
    Rebuild every week in which something is missing, the latest first; return their number.

    Also the week that begins, before anybody declares it, and those that a build died on.
    """
    waiting = RollUpState.objects.filter(Q(stale_since__isnull=False) | Q(taken_at__isnull=False))
    weeks = {Week.parse(name) for name in waiting.values_list("week", flat=True)}
    now = Week.at(at)
    if not RollUpState.objects.filter(week=str(now), built_at__isnull=False).exists():
        weeks.add(now)
    for week in sorted(weeks, reverse=True):
        rebuild(week=week, at=at)
    return len(weeks)


def _lock(cursor: Any, kind: int, week: Week) -> None:
    cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [kind, str(week)])
