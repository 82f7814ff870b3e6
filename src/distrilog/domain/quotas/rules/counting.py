"""
What stock a run counts, so that reporting never hurts.

Nobody is counted with more than the highest cover that the *others* of its class report; the silent are counted
with exactly that. So whoever reports is counted with its own stock or with what silence would have cost it,
whichever is less; `docs/decisions/0008-reporting-never-hurts.md` has the proof.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from distrilog.domain.quotas.rules.claims import UNITS_LIMIT, Integers


# Who has not reported, in a column of stocks.
SILENT: Final = -1
# Stock and need stay below 2^30: shifted by this much, their quotients stay in 64 bits. Two different covers
# are at least 10^-18 apart, that is more than 2^-60, so that both keys together tell any two apart.
_COARSE_BITS: Final = 31
_FINE_BITS: Final = 32
_NOBODY: Final = -1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Counted:
    """The stock counted for each facility, in units, and who of them reported and needs something."""

    have: Integers
    reported: NDArray[np.bool_]


def counted_stock(*, stock: Integers, need: Integers, classes: NDArray[np.str_]) -> Counted:
    """
    Return what a run counts of one family: `stock` in units, or `SILENT`; `need` in units a week.

    A class is a group of facilities that are alike. Covers are compared exactly, as fractions; every count is
    rounded down, and at most `UNITS_LIMIT`. Where nobody else of the class reports, nothing is counted.
    """
    own = np.minimum(stock, UNITS_LIMIT)
    reported = (own >= 0) & (need > 0)
    others = _highest_of_others(
        own=own, need=need, classes=classes, rows=np.flatnonzero(reported).astype(np.int64)
    )
    bound = np.minimum(own[others] * need // np.maximum(need[others], 1), UNITS_LIMIT)
    bound[(others == _NOBODY) | (need == 0)] = 0
    return Counted(have=np.where(reported, np.minimum(own, bound), bound), reported=reported)


def _highest_of_others(
    *, own: Integers, need: Integers, classes: NDArray[np.str_], rows: Integers
) -> Integers:
    """Return, for each facility, which other of its class reports the highest cover; `_NOBODY` if none."""
    codes, places = np.unique(classes, return_inverse=True)
    shifted = own[rows] << _COARSE_BITS
    coarse = shifted // need[rows]
    fine = ((shifted - coarse * need[rows]) << _FINE_BITS) // need[rows]
    ranked = rows[np.lexsort((fine, coarse, places[rows]))]
    starts = np.searchsorted(places[ranked], np.arange(len(codes)))
    ends = np.searchsorted(places[ranked], np.arange(len(codes)), side="right")
    # What lies before the first row of a class belongs to another class: `padded` shifts all by two.
    padded = np.concatenate((np.full(2, _NOBODY, dtype=np.int64), ranked))
    first = np.where(ends > starts, padded[ends + 1], _NOBODY)[places]
    second = np.where(ends - starts > 1, padded[ends], _NOBODY)[places]
    is_first = first == np.arange(len(need))
    return np.where(is_first, second, first)
