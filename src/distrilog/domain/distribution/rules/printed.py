"""
A table from a circular, checked against itself: sums against the totals it prints, shares against the quantities.

Both figures are kept: what is printed is never corrected, and each disagreement is told with its difference.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final


_SPACES: Final = dict.fromkeys(map(ord, " \u00a0\u202f\u2009"), None)
_GROUPED: Final = re.compile(r"^\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*$")
_DECIMAL: Final = re.compile(r"^\d+[.,]\d{1,2}$|^\d+[.,]\d{4,}$")
_TOTAL: Final = re.compile(r"^\W*(?:sous[- ])?total\b", re.IGNORECASE)
_SHARE: Final = re.compile(r"%|\bpct\b|pct_|pourcent|\bpart\b", re.IGNORECASE)


class Unreadable(ValueError):  # noqa: N818 - says what it is
    """A cell that is no number, or could be two; its text is the French reason."""


class Kind(StrEnum):
    """What a column holds."""

    LABEL = "label"
    QUANTITY = "quantity"
    SHARE = "share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """
    Two figures of a table that should be one: what is printed, and what its rows give.

    `row` counts from 1 after the heading, 0 for the total of a column. Numbers are as read.
    """

    row: int
    column: str
    label: str
    printed: Decimal
    computed: Decimal
    sentence: str

    @property
    def difference(self) -> Decimal:
        """What is printed, less what the rows give."""
        return self.printed - self.computed


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A cell that is not understood, and why."""

    row: int
    column: str
    text: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a table says of itself: what does not agree, and what could not be read."""

    rows: int
    columns: dict[str, Kind]
    sums: dict[str, Decimal]
    disagreements: tuple[Disagreement, ...]
    unread: tuple[Unread, ...]

    @property
    def agrees(self) -> bool:
        """Whether all of it was read and agrees."""
        return not self.disagreements and not self.unread


def read_number(text: str, *, share: bool = False) -> Decimal | None:
    """
    Read a printed number: spaces, points or commas between thousands, a comma or a point before decimals.

    None for an empty cell. `1.300` is 1,300 in a quantity; in a share, and for a comma before three digits, it could be
    either, and `Unreadable` says so.
    """
    plain = text.translate(_SPACES).removesuffix("%")
    if plain in {"", "-", "–", "—"}:
        return None
    if plain.isascii() and plain.isdigit():
        return Decimal(plain)
    grouped = _GROUPED.match(plain)
    if grouped:
        several = plain.count(grouped[1]) > 1
        if not several and (share or grouped[1] == ","):
            raise Unreadable(f"« {text} » peut se lire de deux façons : milliers ou décimales.")
        return Decimal(plain.replace(grouped[1], ""))
    if _DECIMAL.match(plain):
        return Decimal(plain.replace(",", "."))
    raise Unreadable(f"« {text} » n’est pas un nombre.")


def check_table(*, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> Report:
    """
    Check a table: its rows are texts, the last of which may be totals (« total » in a label).

    A column is a share where its name says so (%, pct, part), a quantity where most of its cells are numbers. A share
    is compared with the nearest quantity to its left, at the decimals that are printed. ValueError without a heading or rows.
    """
    if not heading or not rows:
        raise ValueError("Ce tableau est vide : il faut une ligne de titres et au moins une ligne.")
    table = _Table(heading=list(heading), rows=[_padded(row, len(heading)) for row in rows])
    return table.report()


def _padded(row: Sequence[str], width: int) -> list[str]:
    return [*row, *[""] * (width - len(row))][:width]


class _Table:
    """A table being read."""

    def __init__(self, *, heading: list[str], rows: list[list[str]]) -> None:
        self.heading = heading
        self.kinds = [self._kind(column, rows) for column in range(len(heading))]
        self.unread: list[Unread] = []
        self.labels, self.cells, self.totals = [], [], None
        for number, row in enumerate(rows, start=1):
            label = self._label(row)
            cells = self._read(number, row)
            if _TOTAL.match(label):
                self.totals = cells
            else:
                self.labels.append(label)
                self.cells.append(cells)

    def _kind(self, column: int, rows: Sequence[Sequence[str]]) -> Kind:
        if _SHARE.search(self.heading[column]):
            return Kind.SHARE
        filled = [row[column] for row in rows if row[column].strip()]
        numbers = sum(_looks_like_a_number(cell) for cell in filled)
        return Kind.QUANTITY if filled and numbers * 2 > len(filled) else Kind.LABEL

    def _label(self, row: Sequence[str]) -> str:
        return next(
            (
                cell.strip()
                for cell, kind in zip(row, self.kinds, strict=True)
                if kind is Kind.LABEL and cell.strip()
            ),
            "",
        )

    def _read(self, number: int, row: Sequence[str]) -> list[Decimal | None]:
        cells: list[Decimal | None] = []
        for name, kind, text in zip(self.heading, self.kinds, row, strict=True):
            value = None
            if kind is not Kind.LABEL:
                try:
                    value = read_number(text, share=kind is Kind.SHARE)
                except Unreadable as error:
                    self.unread.append(
                        Unread(row=number, column=name, text=text, sentence=str(error))
                    )
            cells.append(value)
        return cells

    def report(self) -> Report:
        numbers = [column for column, kind in enumerate(self.kinds) if kind is not Kind.LABEL]
        return Report(
            rows=len(self.cells),
            columns=dict(zip(self.heading, self.kinds, strict=True)),
            sums={self.heading[column]: self._sum(column) for column in numbers},
            disagreements=tuple(
                each
                for column in numbers
                for each in (*self._against_total(column), *self._against_shares(column))
            ),
            unread=tuple(self.unread),
        )

    def _sum(self, column: int) -> Decimal:
        return sum((row[column] or Decimal(0) for row in self.cells), Decimal(0))

    def _against_total(self, column: int) -> Iterator[Disagreement]:
        printed = self.totals[column] if self.totals else None
        if printed is None:
            return
        computed = self._sum(column)
        # Rounded shares may miss their total by half a unit of the last place each.
        slack = Decimal(0)
        if self.kinds[column] is Kind.SHARE:
            steps = [_step(row[column]) for row in self.cells if row[column] is not None]
            slack = sum(steps, Decimal(0)) / 2
        if abs(printed - computed) > slack:
            yield Disagreement(
                row=0,
                column=self.heading[column],
                label="Total",
                printed=printed,
                computed=computed,
                sentence=(
                    f"{self.heading[column]} : le total imprimé est {printed}, la somme des lignes {computed},"
                    f" soit un écart de {printed - computed:+f}."
                ),
            )

    def _against_shares(self, column: int) -> Iterator[Disagreement]:
        """Compare printed shares with the quantities to their left, at the printed decimals."""
        if self.kinds[column] is not Kind.SHARE:
            return
        quantity = max(
            (left for left in range(column) if self.kinds[left] is Kind.QUANTITY), default=None
        )
        whole = self._sum(quantity) if quantity is not None else Decimal(0)
        if quantity is None or not whole:
            return
        for number, (label, row) in enumerate(zip(self.labels, self.cells, strict=True), start=1):
            printed, units = row[column], row[quantity]
            if printed is None or units is None:
                continue
            computed = (units * 100 / whole).quantize(_step(printed), rounding=ROUND_HALF_UP)
            if computed != printed:
                yield Disagreement(
                    row=number,
                    column=self.heading[column],
                    label=label,
                    printed=printed,
                    computed=computed,
                    sentence=(
                        f"{label} : la part imprimée est {printed} %, les quantités donnent {computed} %."
                    ),
                )


def _looks_like_a_number(text: str) -> bool:
    try:
        return read_number(text) is not None
    except Unreadable:
        return bool(re.fullmatch(r"[\d.,\s%]+", text))


def _step(number: Decimal | None) -> Decimal:
    """Return one unit of the last printed place."""
    exponent = number.as_tuple().exponent if number is not None else 0
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
