"""
GS1's numbers and barcodes: article (GTIN), logistic unit (SSCC), place (GLN), element strings. Pure.

Lengths, check digits and application identifiers: GS1 General Specifications, sections 3 and 7.9.
"""

import string
from dataclasses import dataclass
from datetime import date
from typing import Final

from biip import ParseError
from biip.gs1_element_strings import GS1ElementStrings
from biip.gs1_messages import GS1Message

from distrilog.kernel.refusals import Fault, Invalid


GTIN_DIGITS: Final = 14
SSCC_DIGITS: Final = 18
GLN_DIGITS: Final = 13
# FNC1 as a reader hands it over between two elements.
SEPARATOR: Final = "\x1d"
# The longest GS1-128 symbol holds 48 characters, a DataMatrix 2,335; nothing we print comes near.
LONGEST_SCAN: Final = 500
_SSCC_BODY: Final = SSCC_DIGITS - 2
_SHORTEST_PREFIX: Final = 4
_LONGEST_PREFIX: Final = 12
_SHORT_GTIN_DIGITS: Final = (8, 12, 13)
_LONGEST_LOT: Final = 20
_LARGEST_COUNT: Final = 99_999_999
# GS1's 82 characters, without the parentheses: the human form could not be read again.
_LOT_CHARACTERS: Final = frozenset(string.ascii_letters + string.digits + "!\"%&'*+,-./:;<=>?_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a barcode said; a text is empty, a date or a count None, where it said nothing of it."""

    sscc: str = ""
    gtin: str = ""
    lot: str = ""
    expires_on: date | None = None
    count: int | None = None


def check_digit(body: str) -> str:
    """Return the digit that completes a GTIN, an SSCC or a GLN (General Specifications, 7.9)."""
    weighted = sum(
        int(digit) * (3 if rank % 2 == 0 else 1) for rank, digit in enumerate(reversed(body))
    )
    return str(-weighted % 10)


def gtin_fault(number: str) -> str | None:
    """Return what is wrong with a GTIN-14, in French, or None."""
    if not _is_digits(number, GTIN_DIGITS):
        return f"« {number[:30]} » n’est pas un GTIN : il faut quatorze chiffres."
    return _check_fault(number, "du GTIN")


def sscc_fault(number: str) -> str | None:
    """Return what is wrong with an SSCC, in French, or None."""
    if not _is_digits(number, SSCC_DIGITS):
        return f"« {number[:30]} » n’est pas un SSCC : il faut dix-huit chiffres."
    return _check_fault(number, "du SSCC")


def gln_fault(number: str) -> str | None:
    """Return what is wrong with a GLN, in French, or None."""
    if not _is_digits(number, GLN_DIGITS):
        return f"« {number[:30]} » n’est pas un GLN : il faut treize chiffres."
    return _check_fault(number, "du GLN")


def make_sscc(*, prefix: str, serial: int, extension: int = 3) -> str:
    """
    Return the SSCC of a logistic unit: extension, company prefix, serial reference, check digit.

    Raises ValueError where the prefix is no GS1 company prefix or the serial does not fit beside it.
    """
    room = _SSCC_BODY - len(prefix)
    if not (_SHORTEST_PREFIX <= len(prefix) <= _LONGEST_PREFIX and _is_digits(prefix, len(prefix))):
        raise ValueError(f"{prefix!r} is no GS1 company prefix.")
    if not 0 <= serial < 10**room:
        raise ValueError(f"Serial {serial} does not fit in {room} digits.")
    if extension not in range(10):
        raise ValueError(f"{extension} is no extension digit.")
    body = f"{extension}{prefix}{serial:0{room}d}"
    return body + check_digit(body)


def element_string(
    *,
    sscc: str = "",
    gtin: str = "",
    expires_on: date | None = None,
    lot: str = "",
    count: int | None = None,
) -> str:
    """
    Return the element string in its human form: `(00)…`, `(01)…(17)…(10)…`.

    A count says how many articles a logistic unit holds: with it the article is the content, (02), and
    the count (37), as the General Specifications ask (3.2, 4.13.2). Raises ValueError for what cannot
    be encoded.
    """
    if (gtin and gtin_fault(gtin)) or (sscc and sscc_fault(sscc)):
        raise ValueError(f"Not encodable: {gtin!r}, {sscc!r}.")
    if len(lot) > _LONGEST_LOT or not set(lot) <= _LOT_CHARACTERS:
        raise ValueError(f"Lot {lot!r} cannot be encoded.")
    if count is not None and not (gtin and 0 < count <= _LARGEST_COUNT):
        raise ValueError(f"Count {count} cannot be encoded.")
    elements = (
        ("00", sscc),
        ("01" if count is None else "02", gtin),
        ("17", f"{expires_on:%y%m%d}" if expires_on else ""),
        ("10", lot),
        ("37", "" if count is None else str(count)),
    )
    return "".join(f"({identifier}){value}" for identifier, value in elements if value)


def read_scan(text: str) -> Scan:
    """
    Return what was scanned or typed: GS1-128 or DataMatrix elements, `(00)…`, a bare SSCC or GTIN.

    A GTIN of 8, 12 or 13 digits is filled up to 14. Raises Invalid where nothing can be read.
    """
    if len(text) > LONGEST_SCAN:
        raise _invalid("Ce texte est trop long pour un code-barres.")
    code = text.strip().strip(SEPARATOR)
    bare = "".join(code.split()) if SEPARATOR not in code else code
    if bare.isascii() and bare.isdigit() and (number := _number(bare)):
        return number
    return _elements(bare)


def _number(digits: str) -> Scan | None:
    if len(digits) == SSCC_DIGITS and sscc_fault(digits) is None:
        return Scan(sscc=digits)
    if len(digits) in {*_SHORT_GTIN_DIGITS, GTIN_DIGITS}:
        gtin = digits.zfill(GTIN_DIGITS)
        if fault := gtin_fault(gtin):
            raise _invalid(fault)
        return Scan(gtin=gtin)
    if len(digits) == SSCC_DIGITS and not digits.startswith(("01", "02")):
        raise _invalid(f"« {digits} » : la clé de contrôle du SSCC est fausse.")
    return None


def _elements(code: str) -> Scan:
    # A reader may say which symbol it saw (]C1, ]d2, ]e0, ]Q3) before what the symbol holds.
    data = code[3:] if code.startswith("]") else code
    try:
        message = (
            GS1Message.parse_hri(data)
            if data.startswith("(")
            else GS1Message.parse(data.strip(SEPARATOR))
        )
    except (ParseError, ValueError) as error:
        raise _invalid("Ce code n’a pas pu être lu : ce n’est pas un code GS1 complet.") from error
    scan = _scan_of(message.element_strings)
    if scan == Scan():
        raise _invalid("Ce code ne porte ni colis, ni article, ni lot.")
    return scan


def _scan_of(elements: GS1ElementStrings) -> Scan:
    found = {element.ai.ai: element for element in elements}
    values = {identifier: element.value for identifier, element in found.items()}
    if len(found) != len(elements):
        raise _invalid("Ce code porte deux fois la même donnée.")
    gtin = values.get("01", values.get("02", ""))
    sscc = values.get("00", "")
    if fault := (gtin and gtin_fault(gtin)) or (sscc and sscc_fault(sscc)):
        raise _invalid(fault)
    return Scan(
        sscc=sscc,
        gtin=gtin,
        lot=values.get("10", ""),
        expires_on=found["17"].date if "17" in found else None,
        count=int(values["37"]) if "37" in values else None,
    )


def _invalid(message: str) -> Invalid:
    return Invalid(
        Fault(
            where="code",
            message=message,
            remedy="Scannez de nouveau l’étiquette, ou saisissez les chiffres du code.",
        )
    )


def _is_digits(number: str, length: int) -> bool:
    return len(number) == length and number.isascii() and number.isdigit()


def _check_fault(number: str, whose: str) -> str | None:
    if check_digit(number[:-1]) != number[-1]:
        return f"« {number} » : la clé de contrôle {whose} est fausse."
    return None
