"""
A sentence of a circular that prints a whole and its parts, checked like a table: nothing is corrected, both are told.

Numbers are read as printed: `1.279.100`, `2,5 millions`, `5M`. What cannot be read, such as `404.00`, is told as such.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from distrilog.domain.distribution.rules.printed import (
    Unreadable,
    read_number,
    read_quantity,
    shown,
)


MILLION: Final = 1_000_000
_MILLIONS: Final = re.compile(r"^(\d+(?:,\d+)?)[\s\u00a0\u202f]*(?:M|millions?)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part as printed: so many `times` a number; -1 takes it away. `where` is the place in the text."""

    label: str
    times: int
    text: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A whole that a text prints (empty: it prints none), and the parts that it prints elsewhere."""

    code: str
    label: str
    text: str
    where: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a statement. `printed` and `computed` are None where unreadable or not printed; units."""

    statement: Statement
    printed: int | None
    computed: int | None
    sentence: str

    @property
    def difference(self) -> int | None:
        """What is printed, less what the parts give."""
        if self.printed is None or self.computed is None:
            return None
        return self.printed - self.computed

    @property
    def agrees(self) -> bool:
        """Whether all of it was read, and says one thing; a whole that is not printed contradicts nothing."""
        return self.computed is not None and (self.difference == 0 or not self.statement.text)


def read_units(text: str) -> int | None:
    """Read a printed number of units, in millions where it says so; None when nothing is printed; raises `Unreadable`."""
    million = _MILLIONS.match(text.strip())
    if million:
        return int(Decimal(million[1].replace(",", ".")) * MILLION)
    number = read_number(text)
    return None if number is None else int(read_quantity(text))


def check_statement(*, statement: Statement) -> Verdict:
    """Add up the parts of a statement and compare them with its whole."""
    try:
        printed = read_units(statement.text)
        computed = sum(part.times * (read_units(part.text) or 0) for part in statement.parts)
    except Unreadable as unreadable:
        return Verdict(
            statement=statement,
            printed=None,
            computed=None,
            sentence=f"{statement.label} : {unreadable}",
        )
    return Verdict(
        statement=statement,
        printed=printed,
        computed=computed,
        sentence=_sentence(statement, printed=printed, computed=computed),
    )


def _sentence(statement: Statement, *, printed: int | None, computed: int) -> str:
    if printed is None:
        return (
            f"{statement.label} : aucun total n’est imprimé, les parties font {_digits(computed)}."
        )
    if printed == computed:
        return f"{statement.label} : {_digits(printed)}, comme ses parties."
    gap = printed - computed
    said = f"{statement.label} : {statement.text} imprimé, les parties font {_digits(computed)}"
    told = f"{said}, soit un écart de {shown(Decimal(gap), signed=True)}."
    return f"{told} L’arrondi peut l’expliquer." if _is_rounding(statement.text, gap) else told


def _is_rounding(text: str, gap: int) -> bool:
    million = _MILLIONS.match(text.strip())
    if not million:
        return False
    last_place = Decimal(MILLION).scaleb(-len(million[1].partition(",")[2]))
    return abs(gap) * 2 <= last_place


def _digits(number: int) -> str:
    return shown(Decimal(number))
