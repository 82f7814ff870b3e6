"""What a week adds to a doctrine's need: people in training, on the weeks they are supplied for; what a plan before left unserved."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from distrilog.kernel.weeks import Week


Integers = NDArray[np.int64]


def weeks_supplied(
    *, week: Week, starts_on: date, ends_before: date | None, every_weeks: int
) -> int:
    """
    Return for how many weeks people in training are supplied by the plan of a week; zero when it is not their turn.

    They are supplied every so many weeks from the week their period starts in, for all the weeks until the next turn, and
    never for a week that starts once their period is over (row B18).
    """
    monday = week.monday
    first = Week.of(starts_on).monday
    turn, off = divmod((monday - first).days // 7, every_weeks)
    if turn < 0 or off or (ends_before is not None and monday >= ends_before):
        return 0
    if ends_before is None:
        return every_weeks
    return min(every_weeks, -(-(ends_before - monday).days // 7))


def left_unserved(
    *, need: Integers, missing: Integers, have: Integers, units: Integers
) -> Integers:
    """
    Return what the next plan makes up for: what this one leaves unserved, a week's need at most (row B20).

    What was missing longer ago was not used and is not owed: a week without masks is not worth two.
    """
    left: Integers = np.minimum(np.maximum(need + missing - have - units, 0), need)
    return left
