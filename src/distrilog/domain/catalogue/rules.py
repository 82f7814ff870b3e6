"""Article numbers: GS1's check digit. Pure."""

from typing import Final

from distrilog.kernel import gs1


GTIN_DIGITS: Final = gs1.GTIN_DIGITS


def gtin_check_digit(body: str) -> str:
    """Return the digit that completes the first thirteen of a GTIN-14 (GS1 General Specifications, 7.9)."""
    return gs1.check_digit(body)


def gtin_fault(gtin: str) -> str | None:
    """Return what is wrong with a GTIN-14, in French, or None."""
    return gs1.gtin_fault(gtin)
