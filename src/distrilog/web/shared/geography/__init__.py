"""
Maps of departments, drawn on the server: no script, no tiles, nothing asked of another site.

Outlines: IGN Admin Express by gregoiredavid/france-geojson, Licence Ouverte; see `build_outlines.py`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


# At most five classes, each with its words: nobody tells six blues apart.
CLASSES = 5
MAINLAND = (0, 0, 1000, 970)
INSET = 120
INSET_GAP = 150
OVERSEAS = ("971", "972", "973", "974", "976")
OVERSEAS_NAMES = {
    "971": "Guadeloupe",
    "972": "Martinique",
    "973": "Guyane",
    "974": "La Réunion",
    "976": "Mayotte",
}
MARGIN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One department to draw: its class (0 to 4, None: nothing to say) and what hover and focus say."""

    code: str
    label: str
    grade: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A department as drawn: an SVG path, moved by `shift`."""

    code: str
    label: str
    grade: int | None
    path: str
    shift: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A map ready for its template: frame, shapes, names of insets, legend."""

    frame: str
    shapes: Sequence[Shape]
    insets: Sequence[tuple[str, int, int]]
    legend: Sequence[tuple[int, str]]


def drawn(*, areas: Sequence[Area], legend: Sequence[str]) -> Drawing:
    """Draw departments; several mainland ones alone are zoomed on, overseas ones stand in a row below."""
    outlines = _outlines()
    mainland = [area for area in areas if area.code in outlines and area.code not in OVERSEAS]
    overseas = [area for area in areas if area.code in OVERSEAS]
    left, top, width, height = _frame([outlines[area.code] for area in mainland])
    scale = width / MAINLAND[2]
    step = max(1, round(INSET_GAP * scale))
    shapes = [
        Shape(code=one.code, label=one.label, grade=one.grade, path=outlines[one.code], shift="")
        for one in mainland
    ]
    insets = []
    below = top + height + round(40 * scale)
    for rank, one in enumerate(overseas):
        x = left + rank * step * 4 // 3
        shapes.append(
            Shape(
                code=one.code,
                label=one.label,
                grade=one.grade,
                path=outlines[one.code],
                shift=f"translate({x} {below}) scale({scale:.3f})",
            )
        )
        insets.append((OVERSEAS_NAMES[one.code], x, below + round((INSET + 30) * scale)))
    if overseas:
        height += round((INSET + 90) * scale)
    return Drawing(
        frame=f"{left - MARGIN} {top - MARGIN} {width + 2 * MARGIN} {height + 2 * MARGIN}",
        shapes=shapes,
        insets=insets,
        legend=list(enumerate(legend)),
    )


def grade_of(share: float | None, *, bounds: Sequence[float]) -> int | None:
    """Return the class of a share: how many bounds it reaches; None of nothing."""
    return None if share is None else sum(share >= bound for bound in bounds)


@cache
def _outlines() -> Mapping[str, str]:
    text = files(__package__).joinpath("outlines.json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found


def _frame(paths: Sequence[str]) -> tuple[int, int, int, int]:
    points = [(int(x), int(y)) for path in paths for x, y in re.findall(r"(-?\d+) (-?\d+)", path)]
    if not points:
        return MAINLAND[0], MAINLAND[1], MAINLAND[2] * 3 // 4, 1
    left, top = min(x for x, _ in points), min(y for _, y in points)
    return left, top, max(x for x, _ in points) - left, max(y for _, y in points) - top
