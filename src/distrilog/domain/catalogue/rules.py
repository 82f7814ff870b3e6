"""Article numbers: GS1's check digit. Pure."""

from typing import Final


GTIN_DIGITS: Final = 14


def gtin_check_digit(body: str) -> str:
    """Return the digit that completes the first thirteen of a GTIN-14 (GS1 General Specifications, 7.9)."""
    weighted = sum(int(digit) * (3 if rank % 2 == 0 else 1) for rank, digit in enumerate(body))
    return str(-weighted % 10)


def gtin_fault(gtin: str) -> str | None:
    """Return what is wrong with a GTIN-14, in French, or None."""
    if len(gtin) != GTIN_DIGITS or not (gtin.isascii() and gtin.isdigit()):
        return f"« {gtin[:30]} » n’est pas un GTIN : il faut quatorze chiffres."
    if gtin_check_digit(gtin[:-1]) != gtin[-1]:
        return f"« {gtin} » : la clé de contrôle du GTIN est fausse."
    return None
