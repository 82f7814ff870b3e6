"""
Make `outlines.json` from public GeoJSON: `python build_outlines.py FOLDER`.

FOLDER holds `departements_metropole_3dec.geojson` and `departements-avec-outre-mer.geojson.gz`
(gregoiredavid/france-geojson, from IGN Admin Express; Licence Ouverte). Run by hand when borders change;
the product reads only its result.
"""

import gzip
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


# The mainland is drawn in a frame of this width; each overseas department in a square of its own.
MAINLAND_WIDTH = 1000
INSET = 120
OVERSEAS = ("971", "972", "973", "974", "976")
SMALLEST_RING = 6.0  # square units of the drawing: islets that nobody could see go
TOLERANCE = 1.1

Point = tuple[float, float]
Ring = list[Point]


def main(folder: Path) -> None:
    """Write `outlines.json` beside this script."""
    mainland = json.loads((folder / "departements_metropole_3dec.geojson").read_text())
    with gzip.open(folder / "departements-avec-outre-mer.geojson.gz", "rt") as file:
        overseas = json.load(file)
    shapes = dict(_shapes(mainland))
    paths = _drawn(shapes, width=MAINLAND_WIDTH)
    for code, rings in _shapes(overseas):
        if code in OVERSEAS:
            paths |= _drawn({code: rings}, width=INSET, height=INSET)
    target = Path(__file__).with_name("outlines.json")
    target.write_text(json.dumps(paths, sort_keys=True, separators=(",", ":")) + "\n")


def _shapes(collection: dict[str, Any]) -> Iterator[tuple[str, list[Ring]]]:
    for feature in collection["features"]:
        geometry = feature["geometry"]
        polygons = geometry["coordinates"]
        if geometry["type"] == "Polygon":
            polygons = [polygons]
        yield (
            feature["properties"]["code"],
            [[(x, y) for x, y, *_ in polygon[0]] for polygon in polygons],
        )


def _drawn(
    shapes: dict[str, list[Ring]], *, width: float, height: float | None = None
) -> dict[str, str]:
    middle = sum(y for rings in shapes.values() for ring in rings for _, y in ring) / sum(
        len(ring) for rings in shapes.values() for ring in rings
    )
    flat = {
        code: [[(x * math.cos(math.radians(middle)), -y) for x, y in ring] for ring in rings]
        for code, rings in shapes.items()
    }
    points = [point for rings in flat.values() for ring in rings for point in ring]
    left, top = min(x for x, _ in points), min(y for _, y in points)
    right, bottom = max(x for x, _ in points), max(y for _, y in points)
    scale = width / (right - left)
    if height is not None:
        scale = min(scale, height / (bottom - top))
    return {
        code: _path([[((x - left) * scale, (y - top) * scale) for x, y in ring] for ring in rings])
        for code, rings in flat.items()
    }


def _path(rings: list[Ring]) -> str:
    largest = max(rings, key=_area)
    parts = []
    for ring in rings:
        if ring is not largest and _area(ring) < SMALLEST_RING:
            continue
        simple = _simplified(ring)
        words = [f"{x:.0f} {y:.0f}" for x, y in simple]
        parts.append("M" + "L".join(words) + "Z")
    return "".join(parts)


def _area(ring: Ring) -> float:
    following = ring[1:] + ring[:1]
    return abs(sum(a * d - c * b for (a, b), (c, d) in zip(ring, following, strict=True))) / 2


def _simplified(ring: Ring) -> Ring:
    """Drop points that stray less than the tolerance from the line they stand on (Douglas and Peucker)."""
    kept = [True] + [False] * (len(ring) - 2) + [True]
    spans = [(0, len(ring) - 1)]
    while spans:
        first, last = spans.pop()
        farthest, distance = 0, 0.0
        for index in range(first + 1, last):
            stray = _distance(ring[index], ring[first], ring[last])
            if stray > distance:
                farthest, distance = index, stray
        if distance > TOLERANCE:
            kept[farthest] = True
            spans += [(first, farthest), (farthest, last)]
    return [point for point, keep in zip(ring, kept, strict=True) if keep]


def _distance(point: Point, start: Point, end: Point) -> float:
    (x, y), (a, b), (c, d) = point, start, end
    length = math.hypot(c - a, d - b)
    if not length:
        return math.hypot(x - a, y - b)
    return abs((c - a) * (b - y) - (a - x) * (d - b)) / length


if __name__ == "__main__":
    main(Path(sys.argv[1]))
