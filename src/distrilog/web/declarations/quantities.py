"""How quantities are typed and shown: in boxes or in units, the French way; kept in units. Pure."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import Final


LONGEST: Final = 20  # characters: beyond it nobody typed a quantity
MOST_UNITS: Final = 1_000_000_000
_SPACES: Final = dict.fromkeys(map(ord, " \t\u00a0\u202f\u2009"))


class Counting(StrEnum):
    """How somebody counts: in boxes, in units, or by telling a band."""

    BOXES = "boxes"
    UNITS = "units"
    BANDS = "bands"


COUNTING_NAMES: Final[Mapping[Counting, str]] = {
    Counting.BOXES: "en boîtes",
    Counting.UNITS: "en unités",
    Counting.BANDS: "sans compter",
}


class NotANumber(ValueError):  # noqa: N818 - names what is wrong with the text
    """Ce n’est pas un nombre."""


class TooMany(ValueError):  # noqa: N818 - names what is wrong with the text
    """Ce nombre est bien trop grand."""


def read(text: str, *, counting: Counting, box_units: int) -> int | None:
    """
    Return what was typed, in units; None for nothing. Raises NotANumber and TooMany; a minus sign is read.

    Boxes may be open: « 2,5 » boxes of 50 are 125 units, to the nearest unit. Units are whole.
    """
    bare = text.translate(_SPACES).replace(",", ".").replace("\u2212", "-")
    if not bare:
        return None
    if len(bare) > LONGEST:
        raise NotANumber(text)
    if not _plain(bare) or _ambiguous(text):
        raise NotANumber(text)
    try:
        typed = Decimal(bare)
    except InvalidOperation as error:
        raise NotANumber(text) from error
    units = typed * box_units if counting is Counting.BOXES else typed
    if counting is not Counting.BOXES and typed != typed.to_integral_value():
        raise NotANumber(text)
    if abs(units) > MOST_UNITS:
        raise TooMany(text)
    return int(units.to_integral_value(rounding=ROUND_HALF_UP))


def _plain(text: str) -> bool:
    """Tell whether a text is digits, one point at most and a sign: neither « 1e9 » nor « NaN »."""
    return set(text) <= set("0123456789.-")


def _ambiguous(text: str) -> bool:
    """Tell whether a point may part thousands or decimals: « 1.250 »; a comma parts decimals here."""
    return "," not in text and len(text.strip().rpartition(".")[2]) == 3 and "." in text  # noqa: PLR2004


def shown(units: int | None, *, counting: Counting, box_units: int) -> str:
    """Return what stands in a field: as few decimals as read back to the same units."""
    if units is None:
        return ""
    if counting is not Counting.BOXES:
        return str(units)
    boxes = Decimal(units) / box_units
    for places in range(1, 7):
        text = f"{boxes:.{places}f}".rstrip("0").rstrip(".").replace(".", ",")
        if read(text, counting=counting, box_units=box_units) == units:
            return text
    raise AssertionError(f"{units} units in boxes of {box_units} need more than six decimals.")
