"""A measure: a value, and its ratio to something reached in the same run on the same machine."""

import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any


ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """
    One figure. `ratio` is against `against`, measured in the same run; `budget` bounds it.

    `at_least` says on which side of the budget it holds; a measure without budget always holds.
    """

    value: float
    unit: str
    ratio: float | None = None
    against: str = ""
    budget: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether the budget holds."""
        if self.budget is None:
            return True
        figure = self.value if self.ratio is None else self.ratio
        return figure >= self.budget if self.at_least else figure <= self.budget

    def as_dict(self) -> dict[str, Any]:
        """Return the published shape: value, unit, ratio, against, budget, holds, note."""
        found = asdict(self)
        del found["at_least"]
        return {**found, "holds": self.holds}


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes, once."""
    start = perf_counter()
    work()
    return perf_counter() - start


def median_seconds(work: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """Return the median time of some work over rounds."""
    return median(seconds(work) for _ in range(rounds))


def machine() -> str:
    """Return what the figures were taken on, in a line."""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )
