"""What the facilities claim of one envelope, and the shares that answer them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray


Integers = NDArray[np.int64]
Keys = NDArray[np.bytes_]

# The bounds keep every product of the arithmetic below 2^63; see `level.py` for the proof.
CLAIM_COUNT_LIMIT: Final = 3_000_000
NEED_LIMIT: Final = 10**9
TOTAL_NEED_LIMIT: Final = 2**48
UNITS_LIMIT: Final = 10**9
BOX_LIMIT: Final = 10**6
CARRIED_LIMIT: Final = 10**15
ENVELOPE_LIMIT: Final = 10**12

# Entitlements are kept to the thousandth of a unit: an integer, and fine enough that a facility
# that needs one mask a week is still owed something each week.
THOUSANDTHS: Final = 1000


class Reason(IntEnum):
    """Why a facility's exact share is what it is. The numbers are written in signed files."""

    AT_LEVEL = 1
    AT_FLOOR = 2
    AT_CAP = 3
    NO_NEED = 4
    NOTHING_LEFT = 5
    FLOOR_SHARED = 6


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Claims:
    """
    What each facility claims of one family from one source in one week.

    One array element is one facility; every array is int64 in units, except `keys` (registry
    numbers, distinct, used only to draw lots) and `carried` (thousandths of a unit, signed: what
    rounding still owes the facility, or below zero what it has advanced).
    """

    week: str
    family: str
    keys: Keys
    need: Integers
    have: Integers
    floor: Integers
    cap: Integers
    carried: Integers

    @classmethod
    def of(
        cls,
        *,
        week: str,
        family: str,
        keys: Sequence[bytes] | Keys,
        need: Sequence[int] | Integers,
        **optional: Sequence[int] | Integers | None,
    ) -> Self:
        """Claims from any sequences; without `have`, `floor`, `carried` zero, without `cap` the need."""
        need = np.asarray(need, dtype=np.int64)
        given = {name: array for name, array in optional.items() if array is not None}
        absent = {name: np.zeros_like(need) for name in ("have", "floor", "carried")}
        arrays = {"cap": need} | absent | given
        return cls(
            week=week,
            family=family,
            keys=np.asarray(keys, dtype=np.bytes_),
            need=need,
            **{name: np.asarray(array, dtype=np.int64) for name, array in arrays.items()},
        )

    def __post_init__(self) -> None:
        count = len(self.keys)
        if count > CLAIM_COUNT_LIMIT:
            raise ValueError(f"{count} claims exceed {CLAIM_COUNT_LIMIT}.")
        _check_bounds("need", self.need, count=count, most=NEED_LIMIT)
        if int(self.need.sum()) > TOTAL_NEED_LIMIT:
            raise ValueError(f"need must not exceed {TOTAL_NEED_LIMIT} in all.")
        for name in ("have", "floor", "cap"):
            _check_bounds(name, getattr(self, name), count=count, most=UNITS_LIMIT)
        _check_bounds(
            "carried", self.carried, count=count, least=-CARRIED_LIMIT, most=CARRIED_LIMIT
        )

    def __len__(self) -> int:
        return len(self.keys)

    def rows(self, order: NDArray[np.intp]) -> "Claims":
        """Return the same claims in another order, or some of them."""
        arrays = {
            each.name: getattr(self, each.name)[order]
            for each in fields(self)
            if each.name not in {"week", "family"}
        }
        return Claims(week=self.week, family=self.family, **arrays)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Shares:
    """
    The answer to the claims, element for element.

    `units` are whole boxes; `exact` is the exact share before rounding to boxes, in thousandths of
    a unit rounded down; `carried_next` (thousandths) is next week's `carried`. The exact share
    itself is rational and follows from `level` (numerator, denominator, in lowest terms) and the
    reason. `unallocated` is what stays in stock: less than a box, or more once all are at cap.
    """

    box: int
    envelope: int
    units: Integers
    exact: Integers
    reason: NDArray[np.uint8]
    carried_next: Integers
    level: tuple[int, int]
    unallocated: int
    floors_short: bool

    @property
    def rounded(self) -> Integers:
        """Thousandths of a unit that rounding to boxes added to each share, or took from it."""
        return self.units * THOUSANDTHS - self.exact


def _check_bounds(name: str, array: Integers, *, count: int, most: int, least: int = 0) -> None:
    if array.dtype != np.int64 or array.shape != (count,):
        raise ValueError(f"{name} must be {count} int64, not {array.dtype} {array.shape}.")
    if count and (int(array.min()) < least or int(array.max()) > most):
        raise ValueError(f"{name} must lie between {least} and {most}.")
