"""
The fair share once more, in Python's unbounded integers: sort all turning points and walk.

Nothing here is taken from the engine, which narrows the level down by halves in 64 bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import gcd
from typing import Final, NamedTuple


_KEY_BITS: Final = 64


class Claim(NamedTuple):
    """What one facility, or one region for its pot, claims of an envelope."""

    key: str
    need: int
    have: int
    floor: int
    cap: int
    carried: int


class Line(NamedTuple):
    """What the rule gives: units, why, the exact share and the carry in thousandths of a unit."""

    units: int
    reason: str
    exact: int
    carried_next: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rule gives to all, in the order of the claims."""

    lines: Sequence[Line]
    level: tuple[int, int]
    floors_short: bool


class _Reach(NamedTuple):
    """A claim's exact share at the level, multiplied by the level's denominator, and why."""

    exact: int
    reason: str


def share(claims: Sequence[Claim], *, envelope: int, box: int, lot: str) -> Answer:
    """Share the envelope; `lot` (« week|family|») comes before the key in what is drawn by hash."""
    usable = envelope // box * box
    caps = [_up(claim.cap, box) if claim.need else 0 for claim in claims]
    floors = [
        min(_up(claim.floor, box), cap) if claim.need else 0
        for claim, cap in zip(claims, caps, strict=True)
    ]
    floors_short = sum(floors) > usable
    if floors_short:
        floors, caps = [0] * len(claims), floors
    target = min(usable, sum(caps))
    level = _level(claims, floors, caps, target)
    bounded = zip(claims, floors, caps, strict=True)
    reached = [_reach(claim, floor, cap, level) for claim, floor, cap in bounded]
    if floors_short or not usable:
        reached = [
            _Reach(reach.exact, _reason_when_short(claim, cap, usable))
            for claim, cap, reach in zip(claims, caps, reached, strict=True)
        ]
    boxes = _round(claims, reached, denominator=level[1], box=box, target=target, lot=lot)
    answers = zip(claims, reached, boxes, strict=True)
    lines = [_line(claim, reach, count * box, level[1]) for claim, reach, count in answers]
    return Answer(lines, level, floors_short)


def _up(units: int, box: int) -> int:
    return (units + box - 1) // box * box


def _level(
    claims: Sequence[Claim], floors: Sequence[int], caps: Sequence[int], target: int
) -> tuple[int, int]:
    """Walk up the turning points until the shares sum to the target: the smallest such level."""
    offset, slope = sum(floors), 0
    if target <= offset:
        return (0, 1)
    turns = []
    for claim, floor, cap in zip(claims, floors, caps, strict=True):
        if floor < cap:
            for sign, top in ((1, floor + claim.have), (-1, cap + claim.have)):
                # Fractions with denominators up to 10^9 differ by more than 2^-64 or not at all.
                turns.append(((top << _KEY_BITS) // claim.need, top, claim.need, sign))
    for _, top, need, sign in sorted(turns):
        if offset * need + slope * top >= target * need:
            break
        offset -= sign * top
        slope += sign * need
    common = gcd(target - offset, slope)
    return (target - offset) // common, slope // common


def _reach(claim: Claim, floor: int, cap: int, level: tuple[int, int]) -> _Reach:
    if not claim.need:
        return _Reach(0, "no_need")
    numerator, denominator = level
    lifted = numerator * claim.need - denominator * claim.have
    if lifted >= denominator * cap:
        return _Reach(denominator * cap, "at_cap")
    if lifted <= denominator * floor:
        return _Reach(denominator * floor, "at_floor")
    return _Reach(lifted, "at_level")


def _reason_when_short(claim: Claim, shared_floor: int, usable: int) -> str:
    if not claim.need:
        return "no_need"
    return "floor_shared" if usable and shared_floor else "nothing_left"


def _round(
    claims: Sequence[Claim],
    reached: Sequence[_Reach],
    *,
    denominator: int,
    box: int,
    target: int,
    lot: str,
) -> list[int]:
    """Round down to boxes, then give those left, one each, in the published order."""
    boxes = [reach.exact // (denominator * box) for reach in reached]
    waiting = []
    for index, (claim, reach) in enumerate(zip(claims, reached, strict=True)):
        if reach.exact % (denominator * box):
            exact = 1000 * reach.exact // denominator
            owed = exact - 1000 * box * boxes[index] + claim.carried
            drawn = sha256(f"{lot}{claim.key}".encode()).digest()
            waiting.append((-owed, -claim.carried, exact, drawn, index))
    left = target // box - sum(boxes)
    for *_, index in sorted(waiting)[:left]:
        boxes[index] += 1
    return boxes


def _line(claim: Claim, reach: _Reach, units: int, denominator: int) -> Line:
    exact = 1000 * reach.exact // denominator
    return Line(units, reach.reason, exact, claim.carried + exact - 1000 * units)
