"""
What orders draw on, inside their own transaction: lock once, sorted, then add in one statement.

A closed row (its week has ended) is not there any more: `lock_…` leaves it out.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection

from distrilog.kernel.refusals import Refusal


class DrawingRefused(Refusal):
    """Ce contingent vient d’expirer ou de changer."""

    slug = "quota-changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedQuota:
    """A quota or a pot of one family, locked until the transaction ends. Units; `source` is a place code."""

    id: int
    family: str
    cap: int
    ordered: int
    source: str
    box: int
    run_id: int

    @property
    def left(self) -> int:
        """Units that may still be ordered."""
        return self.cap - self.ordered


_LOCK_QUOTAS = """
    SELECT quota.id, quota.family_id, quota.cap, quota.ordered, quota.source_id,
           (SELECT share.box_units FROM quotas_share share
            WHERE share.run_id = quota.run_id AND share.family_id = quota.family_id
              AND share.source_id = quota.source_id),
           quota.run_id
    FROM quotas_quota quota
    WHERE quota.facility_id = %s AND quota.week = %s AND quota.family_id = ANY(%s)
      AND NOT quota.closed
    ORDER BY quota.family_id FOR UPDATE OF quota
"""
_LOCK_POTS = """
    SELECT pot.id, pot.family_id, pot.cap, pot.ordered, pot.source_id,
           (SELECT share.box_units FROM quotas_share share
            WHERE share.run_id = pot.run_id AND share.family_id = pot.family_id
              AND share.source_id = pot.source_id),
           pot.run_id
    FROM quotas_pot pot
    WHERE pot.region_id = %s AND pot.week = %s AND pot.family_id = ANY(%s)
      AND (%s = '' OR pot.source_id = %s) AND NOT pot.closed
    ORDER BY pot.family_id, pot.source_id FOR UPDATE OF pot
"""
_ADD = {
    "quota": """
        UPDATE quotas_quota quota SET ordered = quota.ordered + change.units
        FROM unnest(%s::bigint[], %s::bigint[]) AS change (id, units)
        WHERE quota.id = change.id AND NOT quota.closed
    """,
    "pot": """
        UPDATE quotas_pot pot SET ordered = pot.ordered + change.units
        FROM unnest(%s::bigint[], %s::bigint[]) AS change (id, units)
        WHERE pot.id = change.id AND NOT pot.closed
    """,
}


def lock_quotas(*, facility_id: int, week: str, families: Collection[str]) -> list[LockedQuota]:
    """Lock a facility's quotas of these families, by family code; a family without quota is absent."""
    return _locked(_LOCK_QUOTAS, [facility_id, week, list(families)])


def lock_pots(
    *, region: str, week: str, families: Collection[str], source: str = ""
) -> list[LockedQuota]:
    """Lock a region's pots of these families, by family and source; of one source if it is given."""
    return _locked(_LOCK_POTS, [region, week, list(families), source, source])


def add_ordered(*, changes: Mapping[int, int]) -> None:
    """Add units to what is ordered (or take them back, below zero) of quotas locked before."""
    _add("quota", changes)


def add_ordered_pots(*, changes: Mapping[int, int]) -> None:
    """Add units to what is ordered (or take them back, below zero) of pots locked before."""
    _add("pot", changes)


def _locked(statement: str, values: list[Any]) -> list[LockedQuota]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [
            LockedQuota(
                id=row_id,
                family=family,
                cap=cap,
                ordered=ordered,
                source=source,
                box=box,
                run_id=run_id,
            )
            for row_id, family, cap, ordered, source, box, run_id in cursor.fetchall()
        ]


def _add(what: Literal["quota", "pot"], changes: Mapping[int, int]) -> None:
    if not changes:
        return
    with connection.cursor() as cursor:
        cursor.execute(_ADD[what], [list(changes), list(changes.values())])
        if cursor.rowcount != len(changes):
            raise DrawingRefused(
                detail="La semaine est terminée : ce contingent ne peut plus être modifié."
            )
