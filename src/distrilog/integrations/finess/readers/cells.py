"""Cells of a file as values; what cannot be read is a `BadCellError`."""

from datetime import date

from distrilog.domain.facilities.rules import neutralised


# The register writes overseas departments with a letter: 9A is 971.
OVERSEAS_LETTERS = {
    "9A": "971", "9B": "972", "9C": "973", "9D": "974", "9E": "975", "9F": "976",
    "9J": "986", "9K": "988", "9L": "987",
}  # fmt: skip
CLOSED_PREFIX = "[Fermé]"


class BadCellError(ValueError):
    """A cell that does not say what its column needs; the message is French."""


def whole_number(text: str) -> int:
    """Read a count; empty is zero."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise BadCellError(f"« {text[:20]} » n’est pas un nombre entier.")
    return int(text[:9])


def decimal_number(text: str) -> float | None:
    """Read a decimal number with a point or a comma; empty is None."""
    if not text:
        return None
    try:
        value = float(text.replace(",", ".", 1))
    except ValueError:
        value = float("nan")
    if value - value != 0:  # not a number, or infinite
        raise BadCellError(f"« {text[:20]} » n’est pas un nombre.")
    return value


def day(text: str) -> str | None:
    """Read a date, `2020-11-02` or `02/11/2020`, as ISO text; empty is None."""
    if not text:
        return None
    found = "-".join(reversed(text.split("/"))) if "/" in text else text
    try:
        return date.fromisoformat(found).isoformat()
    except ValueError:
        raise BadCellError(f"« {text[:20]} » n’est pas une date (AAAA-MM-JJ).") from None


def department(code: str) -> str:
    """Return the INSEE code of a department as the national register writes it."""
    return OVERSEAS_LETTERS.get(code, code)


def commune(*, department_code: str, number: str) -> str:
    """Return the INSEE code of a commune: overseas, two digits and the register's three."""
    if not number:
        return ""
    start = department_code[:2] if department_code not in OVERSEAS_LETTERS else "97"
    return f"{start}{number}"[:5]


def plain(text: str) -> str:
    """Return a text of the national register, harmless in a spreadsheet."""
    return neutralised(" ".join(text.split()))
