"""
Fair share of one envelope: weighted max-min over cover, then whole boxes.

The rule, its proofs of bound and a worked example are in `docs/fair-share.md`.
"""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from distrilog.domain.quotas.rules.claims import (
    BOX_LIMIT,
    ENVELOPE_LIMIT,
    THOUSANDTHS,
    Claims,
    Integers,
    Reason,
    Shares,
)
from distrilog.domain.quotas.rules.level import exact_level, scaled


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bounds:
    """Floors and caps in whole boxes, zero where there is no need."""

    floor: Integers
    cap: Integers


@dataclass(frozen=True, kw_only=True, slots=True)
class _Exact:
    """Exact shares in thousandths rounded down, and where something was cut off by that."""

    thousandths: Integers
    is_cut: NDArray[np.bool_]
    reason: NDArray[np.uint8]


def share_out(*, claims: Claims, envelope: int, box: int) -> Shares:
    """
    Share an envelope of `envelope` units between the claims, in whole boxes of `box` units.

    Raises ValueError where the envelope or the box is out of bounds.
    """
    if not 0 <= envelope <= ENVELOPE_LIMIT:
        raise ValueError(f"envelope must lie between 0 and {ENVELOPE_LIMIT}.")
    if not 1 <= box <= BOX_LIMIT:
        raise ValueError(f"box must lie between 1 and {BOX_LIMIT}.")
    bounds = _whole_box_bounds(claims=claims, box=box)
    usable = envelope - envelope % box
    floors_short = usable < int(bounds.floor.sum())
    if floors_short:
        bounds = _Bounds(floor=np.zeros_like(bounds.floor), cap=bounds.floor)
    target = min(usable, int(bounds.cap.sum()))
    level = exact_level(
        need=claims.need, have=claims.have, floor=bounds.floor, cap=bounds.cap, target=target
    )
    exact = _exact_shares(claims=claims, bounds=bounds, level=level)
    units = _in_boxes(claims=claims, exact=exact, target=target, box=box)
    return Shares(
        box=box,
        envelope=envelope,
        units=units,
        exact=exact.thousandths,
        reason=_reasons(claims, bounds, exact, usable=usable, floors_short=floors_short),
        carried_next=claims.carried + exact.thousandths - units * THOUSANDTHS,
        level=level,
        unallocated=envelope - int(units.sum()),
        floors_short=floors_short,
    )


def _whole_box_bounds(*, claims: Claims, box: int) -> _Bounds:
    """Round floors and caps up to a box: a promise is kept in full, the last box may be opened."""
    needed = claims.need > 0
    cap = np.where(needed, _up_to_box(claims.cap, box), 0)
    floor = np.where(needed, _up_to_box(claims.floor, box), 0)
    return _Bounds(floor=np.minimum(floor, cap), cap=cap)


def _up_to_box(units: Integers, box: int) -> Integers:
    return -(-units // box) * box


def _exact_shares(*, claims: Claims, bounds: _Bounds, level: tuple[int, int]) -> _Exact:
    whole, part = divmod(level[0], level[1])
    ceiling = bounds.cap + claims.have
    # Above this the whole part of the level alone reaches the cap, and the product could overflow.
    far_above = whole > ceiling // np.maximum(claims.need, 1)
    need = np.where(far_above, 0, claims.need)
    quotient, remainder = scaled(need * THOUSANDTHS, numerator=part, denominator=level[1])
    reached = quotient + need * (whole * THOUSANDTHS)
    at_cap = far_above | (reached >= ceiling * THOUSANDTHS)
    bottom = (bounds.floor + claims.have) * THOUSANDTHS
    at_floor = ~at_cap & ((reached < bottom) | ((reached == bottom) & (remainder == 0)))
    between = ~(at_cap | at_floor)
    bound = np.where(at_cap, bounds.cap, bounds.floor) * THOUSANDTHS
    return _Exact(
        thousandths=np.where(between, reached - claims.have * THOUSANDTHS, bound),
        is_cut=between & (remainder > 0),
        reason=np.where(
            at_cap, Reason.AT_CAP, np.where(at_floor, Reason.AT_FLOOR, Reason.AT_LEVEL)
        ).astype(np.uint8),
    )


def _reasons(
    claims: Claims, bounds: _Bounds, exact: _Exact, *, usable: int, floors_short: bool
) -> NDArray[np.uint8]:
    reason = exact.reason
    if floors_short:
        shared = np.where(bounds.cap > 0, Reason.FLOOR_SHARED, Reason.NOTHING_LEFT)
        reason = shared.astype(np.uint8)
    if usable == 0:
        reason = np.full_like(reason, Reason.NOTHING_LEFT)
    reason[claims.need == 0] = Reason.NO_NEED
    return reason


def _in_boxes(*, claims: Claims, exact: _Exact, target: int, box: int) -> Integers:
    """Round down to boxes, then give the boxes left to those who are owed most."""
    box_thousandths = box * THOUSANDTHS
    whole = exact.thousandths // box_thousandths
    remainder = exact.thousandths - whole * box_thousandths
    candidates = np.flatnonzero((remainder > 0) | exact.is_cut)
    owed = remainder[candidates] + claims.carried[candidates]
    boxes_left = target // box - int(whole.sum())
    if boxes_left:
        cut = np.partition(owed, owed.size - boxes_left)[owed.size - boxes_left]
        ahead = candidates[owed > cut]
        tied = candidates[owed == cut]
        whole[ahead] += 1
        whole[_first(claims, exact, tied, count=boxes_left - ahead.size)] += 1
    return whole * box


def _first(
    claims: Claims, exact: _Exact, tied: NDArray[np.intp], *, count: int
) -> NDArray[np.intp]:
    """Return the first `count` of those owed the same: most carried, then smallest share, then lot."""
    carried, share = claims.carried[tied], exact.thousandths[tied]
    order = np.lexsort((share, -carried))
    last = order[count - 1]
    same = (carried[order] == carried[last]) & (share[order] == share[last])
    before = order[: int(np.argmax(same))]
    drawn = _draw(claims, tied[order[same]], count=count - before.size)
    return np.concatenate((tied[before], drawn))


def _draw(claims: Claims, tied: NDArray[np.intp], *, count: int) -> NDArray[np.intp]:
    """Draw lots that anyone can draw again: the smallest SHA-256 of week, family and key win."""
    if tied.size == count:
        return tied
    prefix = f"{claims.week}|{claims.family}|".encode()
    keys = claims.keys[tied].tolist()
    lots = [sha256(prefix + key).digest() for key in keys]
    order = sorted(range(len(lots)), key=lots.__getitem__)
    return tied[np.array(order[:count], dtype=np.intp)]
