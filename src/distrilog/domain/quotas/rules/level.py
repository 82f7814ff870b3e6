"""
The exact level of a fair share: the water line, found in integers.

A facility's share at level t is need·t - have, kept between floor and cap. The sum of all shares
is a broken line in t that never falls; it turns where a facility leaves its floor and where it
reaches its cap. The level is the smallest t at which the sum reaches the target.

Why nothing overflows, with need < 2^30, have + cap < 2^31 and all needs together at most 2^48:
a turning point a/d is keyed by floor(2^31·a/d), below 2^62; what that leaves by another 32 bits,
below 2^62. Two different fractions with denominators up to 10^9 differ by at least 10^-18, that is
more than 2^-60, so that 63 bits tell any two apart. Sums of a stay below 3·10^6·2^31 < 2^53; the
few products of sums are taken in Python's integers.
"""

from dataclasses import dataclass, replace
from math import gcd
from typing import Final

import numpy as np

from distrilog.domain.quotas.rules.claims import Integers


_COARSE_BITS: Final = 31
_FINE_BITS: Final = 32
_DIGIT_BITS: Final = 14
_DIGIT_SHIFTS: Final = (28, 14, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    """One straight piece of the broken line: offset + slope·t."""

    offset: int
    slope: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Turns:
    """Where the line turns: at -offset/slope it gains `offset` and `slope`, ordered by `keys`."""

    keys: Integers
    offset: Integers
    slope: Integers

    def where(self, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> "_Turns":
        """Return the chosen turning points."""
        return _Turns(keys=self.keys[chosen], offset=self.offset[chosen], slope=self.slope[chosen])

    def added_to(self, line: _Line) -> _Line:
        """Return the piece of line after all these turning points."""
        return _Line(
            offset=line.offset + int(self.offset.sum()), slope=line.slope + int(self.slope.sum())
        )


def exact_level(
    *, need: Integers, have: Integers, floor: Integers, cap: Integers, target: int
) -> tuple[int, int]:
    """Return the smallest level, in lowest terms, whose shares sum to `target` units."""
    line = _Line(offset=int(floor.sum()), slope=0)
    if target <= line.offset:
        return (0, 1)
    turns = _turning_points(need=need, leaves_floor=floor + have, reaches_cap=cap + have)
    line, turns = _narrow(line, turns, target=target, origin=0, scale=1 << _COARSE_BITS)
    if turns.keys.size:
        origin = int(turns.keys[0]) << _FINE_BITS
        turns = _keyed_finely(turns)
        scale = 1 << (_COARSE_BITS + _FINE_BITS)
        line, turns = _narrow(line, turns, target=target, origin=origin, scale=scale)
        line = _piece_that_reaches(line, turns, target=target)
    numerator, denominator = target - line.offset, line.slope
    common = gcd(numerator, denominator)
    return numerator // common, denominator // common


def scaled(values: Integers, *, numerator: int, denominator: int) -> tuple[Integers, Integers]:
    """
    Return the quotients and remainders of values·numerator by the denominator, exactly.

    Long division, 14 bits at a time: with values < 2^42 and numerator < denominator ≤ 2^48 each
    step stays below 2^63.
    """
    quotient = np.zeros_like(values)
    remainder = np.zeros_like(values)
    for shift in _DIGIT_SHIFTS:
        digit = (values >> shift) & ((1 << _DIGIT_BITS) - 1)
        remainder = (remainder << _DIGIT_BITS) + digit * numerator
        step = remainder // denominator
        remainder -= step * denominator
        quotient = (quotient << _DIGIT_BITS) + step
    return quotient, remainder


def _turning_points(*, need: Integers, leaves_floor: Integers, reaches_cap: Integers) -> _Turns:
    moves = reaches_cap > leaves_floor
    need = need[moves]
    offset = np.concatenate((-leaves_floor[moves], reaches_cap[moves]))
    slope = np.concatenate((need, -need))
    keys = (np.abs(offset) << _COARSE_BITS) // np.abs(slope)
    return _Turns(keys=keys, offset=offset, slope=slope)


def _keyed_finely(turns: _Turns) -> _Turns:
    need = np.abs(turns.slope)
    rest = (np.abs(turns.offset) << _COARSE_BITS) % need
    return replace(turns, keys=(rest << _FINE_BITS) // need)


def _narrow(
    line: _Line, turns: _Turns, *, target: int, origin: int, scale: int
) -> tuple[_Line, _Turns]:
    """
    Halve the turning points until those left share one key.

    The level lies after every turning point added to the line and at or before every one dropped.
    """
    while turns.keys.size:
        least = int(turns.keys.min())
        if least == int(turns.keys.max()):
            break
        middle = turns.keys.size // 2
        pivot = max(int(np.partition(turns.keys, middle)[middle]), least + 1)
        below = turns.keys < pivot
        passed = turns.where(below)
        line_at_pivot = passed.added_to(line)
        reached = line_at_pivot.offset * scale + line_at_pivot.slope * (origin + pivot)
        if reached < target * scale:
            line, turns = line_at_pivot, turns.where(~below)
        else:
            turns = passed
    return line, turns


def _piece_that_reaches(line: _Line, turns: _Turns, *, target: int) -> _Line:
    """All turning points left are one: return the piece before it, or the piece after."""
    numerator, denominator = abs(int(turns.offset[0])), abs(int(turns.slope[0]))
    if line.offset * denominator + line.slope * numerator >= target * denominator:
        return line
    return turns.added_to(line)
