"""
From what each platform gets to where it comes from, box by box.

Sources are mixed at the platform, not at each facility: a platform receives one flow a source, and one line at most
of each boundary is served from two. Nothing is lost or made: rows and columns add up exactly.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


Integers = NDArray[np.int64]


def by_source(*, totals: Integers, volumes: Sequence[int], box: int) -> list[Integers]:
    """
    Split what each platform gets between the sources, in whole boxes, in proportion to the volumes.

    `totals` are units by platform, whole boxes; `volumes` the units each source can give. Returns one array a source,
    platform for platform; they add up to `totals`, and none gives more than its volume. Boxes left by rounding go to the largest remainders, ties to the
    first platform. ValueError when the sources together cannot give as much.
    """
    boxes = totals // box
    left = [volume // box for volume in volumes]
    if int(boxes.sum()) > sum(left):
        raise ValueError("the sources cannot give what the platforms get")
    shares = _in_proportion(int(boxes.sum()), left)
    remaining = boxes.copy()
    split = []
    for share in shares:
        part = _largest_remainders(remaining, share)
        remaining = remaining - part
        split.append(part * box)
    return split


def _in_proportion(total: int, limits: Sequence[int]) -> list[int]:
    """Share a total in proportion to limits that it does not exceed; what rounding leaves goes to the first with room."""
    whole = sum(limits)
    shares = [total * limit // whole if whole else 0 for limit in limits]
    over = total - sum(shares)
    for place, limit in enumerate(limits):
        more = min(over, limit - shares[place])
        shares[place] += more
        over -= more
    return shares


def _largest_remainders(weights: Integers, total: int) -> Integers:
    """Share a total in proportion to weights, none above its weight; ties to the first."""
    whole = int(weights.sum())
    if not whole:
        return np.zeros_like(weights)
    parts, remainders = np.divmod(weights * total, whole)
    over = total - int(parts.sum())
    if over:
        parts[np.argsort(-remainders, kind="stable")[:over]] += 1
    return parts


def by_line(
    *, units: Integers, platforms: NDArray[np.intp], sources: Sequence[Integers]
) -> list[Integers]:
    """
    Say from which source each line is served: the lines of a platform one after the other, a source after the other.

    `units` by line, lines of one platform together and platforms ascending; `platforms` gives each line's platform; `sources`, as
    `by_source` returns them, add up to each platform's lines. Returns one array a source, line for line.
    """
    totals = np.zeros(len(sources[0]), dtype=np.int64)
    np.add.at(totals, platforms, units)
    high = np.cumsum(units)
    low = high - units
    floor = np.cumsum(totals) - totals
    split = []
    for source in sources:
        ceiling = floor + source
        split.append(
            np.clip(
                np.minimum(high, ceiling[platforms]) - np.maximum(low, floor[platforms]), 0, None
            )
        )
        floor = ceiling
    return split
