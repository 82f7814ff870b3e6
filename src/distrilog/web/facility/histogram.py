"""A drawing of facilities by the part of their need that is covered: geometry only, the template draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from distrilog.web.shared import format as french


WIDTH: Final = 720
HEIGHT: Final = 220
TOP: Final = 34  # room for the figure above the highest bar
BASE: Final = 180  # where bars stand; labels lie below
GAP: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One class: its words, how many, whether it is mine, and its rectangle."""

    label: str
    short: str
    count: int
    mine: bool
    left: int
    top: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        """Where its words are centred."""
        return self.left + self.width // 2

    @property
    def permille(self) -> int:
        """Its length where bars lie down, in thousandths of the longest."""
        return self.height * 1000 // (BASE - TOP)

    @property
    def above(self) -> int:
        """Where its figure stands."""
        return self.top - 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Bars side by side; empty where there is nobody to draw."""

    bars: Sequence[Bar]

    @classmethod
    def of(cls, *, counts: Sequence[int], mine: int | None) -> Self:
        """Draw classes of tenths of the need, the last one « 100 % and more »."""
        if not any(counts):
            return cls(bars=[])
        return cls(bars=[_bar(rank, counts, mine=mine) for rank in range(len(counts))])


def _bar(rank: int, counts: Sequence[int], *, mine: int | None) -> Bar:
    count, highest, step = counts[rank], max(counts), WIDTH // len(counts)
    # Whoever is there is seen: at least two points high.
    height = max((BASE - TOP) * count // highest, 2) if count else 0
    last = rank == len(counts) - 1
    width = 100 // (len(counts) - 1)
    start = rank * width
    label = (
        f"{start}{french.THIN}% et plus"
        if last
        else f"de {start} à {start + width - 1}{french.THIN}%"
    )
    return Bar(
        label=label,
        short=f"{start}{french.THIN}%" + ("+" if last else ""),
        count=count,
        mine=rank == mine,
        left=rank * step + GAP // 2,
        top=BASE - height,
        width=step - GAP,
        height=height,
    )
