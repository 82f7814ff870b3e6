"""Cover on a map: five classes with their words; each department leads one level down, and says its figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from distrilog.web.shared.geography import Area, drawn


TENTHS: Final = 10
# Days of cover: bounds of the five classes, in days. One week is the time help takes, three are the safety stock.
BOUNDS: Final = (7, 14, 21, 42)
LEGEND: Final = (
    "moins de 7 jours",
    "de 7 à 14 jours",
    "de 14 à 21 jours",
    "de 21 à 42 jours",
    "42 jours et plus",
)
# The band above the drawing where the figure of what is pointed at stands: two lines.
LINES: Final = 3
WORDS_ACROSS: Final = 30
FEWEST_SHAPES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the map says of a department: tenths of a day (None: nobody said), its words, who said it, where it leads."""

    code: str
    name: str
    tenths: int | None
    words: str
    said: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A department as drawn."""

    name: str
    words: str
    said: str
    address: str
    grade: int | None
    path: str
    shift: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """A map ready for its template; `size` is that of its letters, in points of the drawing."""

    frame: str
    left: int
    first_line: int
    size: int
    spots: Sequence[Spot]
    insets: Sequence[tuple[str, int, int]]
    legend: Sequence[tuple[int, str]]


def grade_of(tenths: int | None) -> int | None:
    """Return the class of a cover: how many bounds it reaches; None of nothing."""
    return None if tenths is None else sum(tenths >= bound * TENTHS for bound in BOUNDS)


def map_of(told: Sequence[Told]) -> Map | None:
    """Draw departments; None where there are too few to compare."""
    by_code: Mapping[str, Told] = {one.code: one for one in told}
    drawing = drawn(
        areas=[
            Area(code=one.code, label=one.name, grade=grade_of(one.tenths))
            for one in sorted(told, key=lambda each: each.code)
        ],
        legend=LEGEND,
    )
    if len(drawing.shapes) < FEWEST_SHAPES:
        return None
    left, top, width, height = (int(one) for one in drawing.frame.split())
    size = max(1, width // WORDS_ACROSS)
    band = size * LINES
    return Map(
        frame=f"{left} {top - band} {width} {height + band}",
        left=left + size // 2,
        first_line=top - band + size,
        size=size,
        spots=[
            Spot(
                name=by_code[shape.code].name,
                words=by_code[shape.code].words,
                said=by_code[shape.code].said,
                address=by_code[shape.code].address,
                grade=shape.grade,
                path=shape.path,
                shift=shape.shift,
            )
            for shape in drawing.shapes
        ],
        insets=drawing.insets,
        legend=drawing.legend,
    )
