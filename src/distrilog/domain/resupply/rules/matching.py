"""
Whom to match with whom: all open requests of a family at once, in whole boxes. Pure.

A transport problem. The most urgent are served first, then as many boxes as can be, then from as near as can be. It is
solved as a linear programme on the nearest lenders of each request; its prices then tell which of the other pairs would
better it, those are added, and it goes on from where it was until none would. So the answer is that of the whole problem,
found on a small part of it. The matrix is totally unimodular: a vertex is in whole boxes.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray


Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

EARTH_METRES: Final = 6_371_008.8
# How many of the nearest lenders a request begins with.
NEAREST: Final = 8
# Distances are weighed to the hundred metres.
WEIGHED_METRES: Final = 100
# Pairs are measured so many requests at a time: it bounds the memory.
_SLICE: Final = 256
_TOLERANCE: Final = 1e-6
# A degree of latitude is never shorter.
_METRES_A_DEGREE: Final = 110_574.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Boxes that a line still asks for. `rank` is its urgency, 0 the most; degrees."""

    key: int
    boxes: int
    rank: int
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lending:
    """Boxes that a facility could lend, and how far from it at most; degrees and metres."""

    key: int
    boxes: int
    latitude: float
    longitude: float
    metres: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Boxes that one could lend to another, and how far apart they are."""

    asking: int
    lending: int
    boxes: int
    metres: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Who could lend to whom: ranks of requests and of lenders, nearest first within a request; metres."""

    asking: Integers
    lending: Integers
    metres: Integers

    def at(self, chosen: NDArray[Any]) -> "Pairs":
        """Keep some of them."""
        return Pairs(
            asking=self.asking[chosen], lending=self.lending[chosen], metres=self.metres[chosen]
        )


def match(
    *,
    askings: Sequence[Asking],
    lendings: Sequence[Lending],
    excluded: Collection[tuple[int, int]] = (),
) -> list[Flow]:
    """
    Return who could lend how many boxes to whom, by key; `excluded` pairs (asking, lending) are left out.

    Nobody lends more than it has, nobody is lent more than it asks. Whatever the order they are given in.
    """
    wanting = sorted((one for one in askings if one.boxes > 0), key=lambda one: one.key)
    having = sorted((one for one in lendings if one.boxes > 0), key=lambda one: one.key)
    if not wanting or not having:
        return []
    pairs = pairs_within(askings=wanting, lendings=having, excluded=excluded)
    if not pairs.metres.size:
        return []
    demand = np.array([one.boxes for one in wanting], dtype=np.int64)
    supply = np.array([one.boxes for one in having], dtype=np.int64)
    ranks = np.array([one.rank for one in wanting], dtype=np.int64)
    if demand.size == 1:
        boxes = _nearest_first(pairs, supply, int(demand[0]))
        chosen = pairs
    else:
        chosen, boxes = solve(pairs=pairs, demand=demand, supply=supply, ranks=ranks)
    return [
        Flow(
            asking=wanting[int(chosen.asking[place])].key,
            lending=having[int(chosen.lending[place])].key,
            boxes=int(boxes[place]),
            metres=int(chosen.metres[place]),
        )
        for place in np.flatnonzero(boxes)
    ]


def _nearest_first(pairs: Pairs, supply: Integers, wanted: int) -> Integers:
    """Serve one request: nothing else competes, so the nearest give first."""
    given = np.cumsum(supply[pairs.lending])
    return np.diff(np.minimum(given, wanted), prepend=0)


def metres_between(
    *, latitudes: Floats, longitudes: Floats, other_latitudes: Floats, other_longitudes: Floats
) -> Floats:
    """Return great-circle distances, in metres, of points given in degrees (haversine)."""
    north, other_north = np.radians(latitudes), np.radians(other_latitudes)
    east = np.radians(other_longitudes - longitudes)
    half = (
        np.sin((other_north - north) / 2) ** 2
        + np.cos(north) * np.cos(other_north) * np.sin(east / 2) ** 2
    )
    found: Floats = 2 * EARTH_METRES * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return found


def pairs_within(
    *,
    askings: Sequence[Asking],
    lendings: Sequence[Lending],
    excluded: Collection[tuple[int, int]] = (),
) -> Pairs:
    """Return the pairs within the lender’s radius, by request, nearest first; found along the meridian, not by trying all."""
    places = np.array([(one.latitude, one.longitude) for one in lendings], dtype=np.float64)
    radius = np.array([one.metres for one in lendings], dtype=np.float64)
    keys = np.array([one.key for one in lendings], dtype=np.int64)
    by_latitude = np.argsort(places[:, 0], kind="stable")
    sorted_latitudes = places[by_latitude, 0]
    band = radius.max() / _METRES_A_DEGREE
    barred: dict[int, list[int]] = {}
    for asking_key, lending_key in excluded:
        barred.setdefault(asking_key, []).append(lending_key)
    found: list[Pairs] = []
    for start in range(0, len(askings), _SLICE):
        some = askings[start : start + _SLICE]
        here = np.array([(one.latitude, one.longitude) for one in some], dtype=np.float64)
        low = np.searchsorted(sorted_latitudes, here[:, 0] - band, side="left")
        high = np.searchsorted(sorted_latitudes, here[:, 0] + band, side="right")
        rank = np.repeat(np.arange(len(some)), high - low)
        steps = np.arange(rank.size) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
        lender = by_latitude[np.repeat(low, high - low) + steps]
        metres = metres_between(
            latitudes=here[rank, 0],
            longitudes=here[rank, 1],
            other_latitudes=places[lender, 0],
            other_longitudes=places[lender, 1],
        )
        near = metres <= radius[lender]
        for place, one in enumerate(some):
            if one.key in barred:
                near &= ~((rank == place) & np.isin(keys[lender], barred[one.key]))
        rank, lender, metres = rank[near], lender[near], metres[near]
        order = np.lexsort((lender, metres, rank))
        found.append(
            Pairs(
                asking=rank[order] + start,
                lending=lender[order],
                metres=np.rint(metres[order]).astype(np.int64),
            )
        )
    return Pairs(
        asking=np.concatenate([one.asking for one in found]),
        lending=np.concatenate([one.lending for one in found]),
        metres=np.concatenate([one.metres for one in found]),
    )


def worths(*, pairs: Pairs, demand: Integers, supply: Integers, ranks: Integers) -> Integers:
    """
    Return what a box on each pair is worth: any box more than any distance, any urgency more than all distances.

    To serve one box more, boxes change hands along a path that visits each request and lender once at most; a
    step of urgency is more than all its distances together. Small enough that every sum is exact.
    """
    far = -(-pairs.metres // WEIGHED_METRES)
    longest = 2 * min(demand.size, supply.size) + 1
    step = (int(far.max(initial=0)) + 1) * longest
    found: Integers = (int(ranks.max(initial=0)) + 1 - ranks[pairs.asking]) * step - far
    return found


def solve(
    *,
    pairs: Pairs,
    demand: Integers,
    supply: Integers,
    ranks: Integers,
    nearest: int = NEAREST,
) -> tuple[Pairs, Integers]:
    """Return the pairs that the solver looked at, and the boxes on each; raises `RuntimeError` where it gives no answer."""
    worth = worths(pairs=pairs, demand=demand, supply=supply, ranks=ranks)
    first = np.searchsorted(pairs.asking, np.arange(demand.size))
    looked_at = np.arange(pairs.asking.size) - first[pairs.asking] < nearest
    columns = np.flatnonzero(looked_at)
    programme = _Programme(demand=demand, supply=supply)
    programme.add(pairs.at(columns), worth[columns])
    while True:
        prices_asking, prices_lending = programme.run()
        gain = worth - prices_asking[pairs.asking] - prices_lending[pairs.lending]
        better = np.flatnonzero((gain > _TOLERANCE) & ~looked_at)
        if not better.size:
            break
        # The best few of each request: its first ones once sorted.
        order = better[np.lexsort((-gain[better], pairs.asking[better]))]
        begins = np.searchsorted(pairs.asking[order], pairs.asking[order], side="left")
        added = order[np.arange(order.size) - begins < nearest]
        looked_at[added] = True
        columns = np.concatenate([columns, added])
        programme.add(pairs.at(added), worth[added])
    return pairs.at(columns), whole(
        pairs=pairs.at(columns), found=programme.values(), demand=demand, supply=supply
    )


def whole(*, pairs: Pairs, found: Floats, demand: Integers, supply: Integers) -> Integers:
    """Return whole boxes; where rounding took more than there is, the last ones give it back."""
    boxes: Integers = np.rint(found).astype(np.int64)
    if np.abs(found - boxes).max(initial=0.0) > _TOLERANCE:
        boxes = np.floor(found + _TOLERANCE).astype(np.int64)
    boxes = np.maximum(boxes, 0)
    asked, held = Counter(), Counter()  # type: Counter[int], Counter[int]
    for place in np.flatnonzero(boxes):
        asking, lending = int(pairs.asking[place]), int(pairs.lending[place])
        room = min(demand[asking] - asked[asking], supply[lending] - held[lending])
        boxes[place] = min(int(boxes[place]), int(room))
        asked[asking] += int(boxes[place])
        held[lending] += int(boxes[place])
    return boxes


class _Programme:
    """The linear programme, one row a request and one a lender, to which pairs are added."""

    def __init__(self, *, demand: Integers, supply: Integers) -> None:
        import highspy  # noqa: PLC0415 - a web worker that never matches stays small

        self._solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solved = highspy.HighsModelStatus.kOptimal
        self._solver.setOptionValue("output_flag", False)  # noqa: FBT003 - the solver's own signature
        self._asking = demand.size
        limits = np.concatenate([demand, supply]).astype(np.float64)
        nothing = np.zeros(0, dtype=np.int32)
        self._solver.addRows(
            limits.size,
            np.full(limits.size, -highspy.kHighsInf),
            limits,
            0,
            np.zeros(limits.size, dtype=np.int32),
            nothing,
            nothing.astype(np.float64),
        )
        self._infinite = highspy.kHighsInf

    def add(self, pairs: Pairs, worth: Integers) -> None:
        count = worth.size
        rows = np.stack([pairs.asking, pairs.lending + self._asking], axis=1).astype(np.int32)
        self._solver.addCols(
            count,
            -worth.astype(np.float64),
            np.zeros(count),
            np.full(count, self._infinite),
            2 * count,
            np.arange(0, 2 * count, 2, dtype=np.int32),
            rows.ravel(),
            np.ones(2 * count),
        )

    def run(self) -> tuple[Floats, Floats]:
        """Solve from where it was; return the price of a box at each request and at each lender."""
        self._solver.run()
        status = self._solver.getModelStatus()
        if status != self._solved:
            raise RuntimeError(f"The matching was not solved: {status}.")
        prices = -np.asarray(self._solver.getSolution().row_dual)
        return prices[: self._asking], prices[self._asking :]

    def values(self) -> Floats:
        return np.asarray(self._solver.getSolution().col_value, dtype=np.float64)
