"""Registry numbers and their check digit."""

import re


RESERVED_PREFIX = "96"
OWN_PREFIX = "DIS-"
SIRET_PREFIX = "SIRET-"
LONGEST_ECHO = 30
# The two departments of Corsica count as 1 and 2 in the check digit: with these values, and no
# others, every Corsican number of the national hospital statistics passes.
CORSICA = str.maketrans("AB", "12")
FINESS_SHAPE = re.compile(r"(\d{2}|2[AB])\d{7}", re.ASCII)
SIRET_SHAPE = re.compile(SIRET_PREFIX + r"\d{14}", re.ASCII)
OWN_SHAPE = re.compile(OWN_PREFIX + r"\d{9}", re.ASCII)
# La Poste's post offices do not follow Luhn: the sum of their digits is a multiple of five.
LA_POSTE_SIREN = "356000000"


def luhn_sum(digits: str) -> int:
    """Return Luhn's sum (ISO/IEC 7812-1) of a number with its check digit; valid when it ends in 0."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        total += sum(divmod(int(digit) * (1 + position % 2), 10))
    return total


def check_digit(digits: str) -> str:
    """Return the digit to append so that the number passes Luhn; Corsican letters allowed."""
    return str(-luhn_sum(digits.translate(CORSICA) + "0") % 10)


def finess_number(*, prefix: str, rank: int) -> str:
    """Return the FINESS-shaped number of a rank under a two-character prefix, check digit included."""
    body = f"{prefix}{rank:06d}"
    if len(body) != len(prefix) + 6:
        raise ValueError(f"rank {rank} does not fit under {prefix}")
    return body + check_digit(body)


def own_number(*, rank: int, fictitious: bool = False) -> str:
    """Return our own number of a rank: `DIS-`, eight digits, a check digit; `96…` when fictitious."""
    body = f"{RESERVED_PREFIX if fictitious else '00'}{rank:06d}"
    if len(body) != len(RESERVED_PREFIX) + 6:
        raise ValueError(f"rank {rank} does not fit in six digits")
    return OWN_PREFIX + body + check_digit(body)


def registry_fault(number: str) -> str | None:
    """
    Return what is wrong with a registry number, in French, or None.

    Three forms: FINESS (nine characters, `2A`/`2B` in Corsica), `SIRET-` and fourteen digits,
    `DIS-` and nine digits (ours, where neither exists). All carry Luhn's check digit.
    """
    shown = number[:LONGEST_ECHO]
    if not number:
        return "Le numéro d’établissement manque."
    if number.startswith(OWN_PREFIX):
        known = OWN_SHAPE.fullmatch(number)
        expected = "DIS- suivi de neuf chiffres"
    elif number.startswith(SIRET_PREFIX):
        known = SIRET_SHAPE.fullmatch(number)
        expected = "SIRET- suivi de quatorze chiffres"
    else:
        known = FINESS_SHAPE.fullmatch(number)
        expected = "un numéro FINESS de neuf caractères (2A ou 2B en majuscules pour la Corse)"
    if known is None:
        return f"« {shown} » n’est pas un numéro d’établissement : écrire {expected}."
    if not _passes(number):
        return (
            f"« {shown} » : la clé de contrôle est fausse, un chiffre a sans doute été mal saisi."
        )
    return None


def _passes(number: str) -> bool:
    """Tell whether a well-shaped number ends with the right check digit."""
    digits = number.rpartition("-")[2].translate(CORSICA)
    if luhn_sum(digits) % 10 == 0:
        return True
    return number.startswith(SIRET_PREFIX + LA_POSTE_SIREN) and sum(map(int, digits)) % 5 == 0


def in_reserved_range(number: str) -> bool:
    """
    Tell whether a number lies in the range kept for fictitious facilities.

    FINESS numbers begin with the department: none is `96` (Seine-et-Oise and the others of the old
    list are gone, overseas is `97` and `98`), so `96…` and `DIS-96…` can meet no real facility.
    """
    return number.removeprefix(OWN_PREFIX).startswith(RESERVED_PREFIX)
