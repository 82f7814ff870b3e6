"""How even a run came out: what every run prints and keeps."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from distrilog.domain.quotas.rules.claims import THOUSANDTHS, Claims, Integers, Shares


_DAYS_IN_WEEK: Final = 7
_HUNDREDTHS: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Fairness:
    """
    Fairness of one run for one family and source, over the facilities that need something.

    Cover is in hundredths of a day, rounded down: (stock + quota) ÷ need × 7 days. The shortfall
    is what need exceeds stock and quota by, in units. The distance to the optimum is the most that
    rounding moved anyone, in units rounded up; it stays below a box.
    """

    cover_min: int
    cover_median: int
    cover_max: int
    shortfall: int
    distance_to_optimum: int
    got_nothing: int
    longest_weeks_without: int


def fairness(*, claims: Claims, shares: Shares, weeks_without_before: Integers) -> Fairness:
    """Measure a run; `weeks_without_before` counts the weeks without a box before this one."""
    needing = np.flatnonzero(claims.need > 0)
    if not needing.size:
        return Fairness(
            cover_min=0,
            cover_median=0,
            cover_max=0,
            shortfall=0,
            distance_to_optimum=0,
            got_nothing=0,
            longest_weeks_without=0,
        )
    need = claims.need[needing]
    available = claims.have[needing] + shares.units[needing]
    cover = np.sort(available * (_DAYS_IN_WEEK * _HUNDREDTHS) // need)
    without = weeks_without(claims=claims, shares=shares, before=weeks_without_before)
    return Fairness(
        cover_min=int(cover[0]),
        cover_median=int(cover[(cover.size - 1) // 2]),
        cover_max=int(cover[-1]),
        shortfall=int(np.maximum(need - available, 0).sum()),
        distance_to_optimum=-(-int(np.abs(shares.rounded).max()) // THOUSANDTHS),
        got_nothing=int((shares.units[needing] == 0).sum()),
        longest_weeks_without=int(without.max()),
    )


def weeks_without(*, claims: Claims, shares: Shares, before: Integers) -> Integers:
    """Count the weeks in a row, this one included, in which a facility in need got no box."""
    return np.where((claims.need > 0) & (shares.units == 0), before + 1, 0)
