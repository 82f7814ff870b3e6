"""What a run lays over the doctrine: regional multipliers, floors, caps and regional pots."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from distrilog.domain.quotas.rules.claims import (
    ENVELOPE_LIMIT,
    NEED_LIMIT,
    THOUSANDTHS,
    UNITS_LIMIT,
    Claims,
    Integers,
)
from distrilog.domain.quotas.rules.sharing import share_out


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pots:
    """
    Pots of one family from one source: `units` for each region, in the order given, whole boxes.

    `for_facilities` is what is left of the envelope to share between the facilities.
    """

    units: Integers
    for_facilities: int


def apply_multipliers(*, need: Integers, thousandths: Integers) -> Integers:
    """Return need × multiplier, rounded up to the unit so that a need never rounds to nothing."""
    return _part(need, thousandths, rounded_up=True)


def floors_for(*, need: Integers, thousandths: Integers) -> Integers:
    """Return the floors, a part of the need in thousandths, rounded down to the unit."""
    return _part(need, thousandths, rounded_up=False)


def caps_for(*, need: Integers, thousandths: Integers) -> Integers:
    """Return the caps, a part of the need in thousandths, rounded up to the unit."""
    return _part(need, thousandths, rounded_up=True)


def split_pots(
    *,
    week: str,
    family: str,
    envelope: int,
    box: int,
    pot_thousandths: int,
    regions: Sequence[bytes],
    need: Sequence[int] | Integers,
    cap: Sequence[int] | Integers | None = None,
) -> Pots:
    """
    Set pots aside first: `pot_thousandths` of the envelope, split between regions by their need.

    What is set aside is rounded down to a box. The regions share it by the same rule as the
    facilities, so that within caps it is pro rata of need with the largest remainder in whole
    boxes; without a cap of its own, no region is limited. What the caps refuse goes back to the
    facilities.
    """
    if not 0 <= pot_thousandths <= THOUSANDTHS:
        raise ValueError("pot_thousandths must lie between 0 and 1000.")
    if not 0 <= envelope <= ENVELOPE_LIMIT:
        raise ValueError(f"envelope must lie between 0 and {ENVELOPE_LIMIT}.")
    aside = envelope * pot_thousandths // THOUSANDTHS
    aside -= aside % box
    claims = Claims.of(
        week=week,
        family=family,
        keys=list(regions),
        need=need,
        cap=np.full(len(regions), min(aside, UNITS_LIMIT)) if cap is None else cap,
    )
    units = share_out(claims=claims, envelope=aside, box=box).units
    return Pots(units=units, for_facilities=envelope - int(units.sum()))


def _part(need: Integers, thousandths: Integers, *, rounded_up: bool) -> Integers:
    need = np.asarray(need, dtype=np.int64)
    thousandths = np.asarray(thousandths, dtype=np.int64)
    if need.size and int(need.max()) > NEED_LIMIT:
        raise ValueError(f"need must not exceed {NEED_LIMIT}.")
    if thousandths.size and not 0 <= int(thousandths.min()) <= int(thousandths.max()) <= 10**6:
        raise ValueError("thousandths must lie between 0 and 1,000,000.")
    product = need * thousandths
    return -(-product // THOUSANDTHS) if rounded_up else product // THOUSANDTHS
