"""Keeping the demand that was refused: it feeds the next run and the watch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from distrilog.domain.orders.rules import Asked, Shortage, Situation, units_fault
from distrilog.kernel.refusals import Fault
from distrilog.kernel.statements import Statement


# A demand refused for these alone was sound: the need is real. The others are slips of the hand.
_REAL_NEEDS = frozenset(
    {
        "window-closed",
        "family-not-open",
        "family-pushed",
        "family-sold",
        "requests-ended",
        "deliveries-ended",
    }
)

_KEEP = Statement("""
    INSERT INTO orders_refuseddemand (facility_id, week, family_id, units_asked, units_left, cause, by, at)
    SELECT %(facility)s::bigint, %(week)s::text, family, asked, free, %(cause)s::text, %(by)s::text,
           %(at)s::timestamptz
      FROM unnest(%(families)s::text[], %(asked)s::bigint[], %(free)s::bigint[])
           AS refused (family, asked, free)
    RETURNING id
""")


def keep_shortages(
    *, short: Sequence[Shortage], situation: Situation, by: str, at: datetime
) -> None:
    """Keep what was asked beyond the quota, line by line."""
    _keep(
        lines=[(line.family, line.asked, line.left) for line in short],
        cause="quota-exceeded",
        situation=situation,
        by=by,
        at=at,
    )


def keep_faults(
    *,
    faults: Sequence[Fault],
    lines: Sequence[Asked],
    situation: Situation,
    by: str,
    at: datetime,
) -> None:
    """Keep a demand refused only because its family or the window is closed; nothing for any other."""
    causes = [str(fault.values.get("code")) for fault in faults]
    if not set(causes) <= _REAL_NEEDS:
        return
    sound = [
        (line.family, int(line.units), 0)
        for line in lines
        if units_fault(units=line.units, where="", family=situation.families.get(line.family))
        is None
    ]
    _keep(lines=sound, cause=causes[0], situation=situation, by=by, at=at)


def _keep(*, lines: Sequence[tuple[str, int, int]], situation: Situation, **values: Any) -> None:
    _KEEP.write(
        {
            "facility": situation.facility_id,
            "week": str(situation.week),
            "families": [family for family, _asked, _left in lines],
            "asked": [asked for _family, asked, _left in lines],
            "free": [left for _family, _asked, left in lines],
            **values,
        },
    )
