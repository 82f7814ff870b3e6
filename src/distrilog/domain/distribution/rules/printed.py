"""
A table from a circular, checked against itself: sums against the totals it prints, shares against the quantities.

Both figures are kept: what is printed is never corrected, and each disagreement is told with its difference. A cell is a
text, as printed, or a number, where a workbook holds one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final


_SPACES: Final = dict.fromkeys(map(ord, " \u00a0\u202f\u2009"), None)
_GROUPED: Final = re.compile(r"^[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*$")
_DECIMAL: Final = re.compile(r"^\d+[.,]\d{1,2}$|^\d+[.,]\d{4,}$|^0[.,]\d+$")
_TOTAL: Final = re.compile(r"^\W*total\b", re.IGNORECASE)
_SUBTOTAL: Final = re.compile(r"^\W*sous[- ]?total\b", re.IGNORECASE)
_TENTH: Final = Decimal("0.1")
_SHARE: Final = re.compile(r"%|\bpct\b|pct_|pourcent|\bpart\b", re.IGNORECASE)


Cell = str | Decimal


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

    `row` is the line of the row, 0 for the total of a column. Numbers are as read.
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
    plain = _plain(text)
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


def _plain(text: str) -> str:
    return text.translate(_SPACES).removesuffix("%")


def read_quantity(text: str) -> Decimal:
    """Read a number of units: whole, so that `404.00` is not read as 404; raises `Unreadable`."""
    number = read_number(text)
    if number is None or number != number.to_integral_value() or _DECIMAL.match(_plain(text)):
        raise Unreadable(
            f"« {text} » n’est pas un nombre entier : il manque peut-être des chiffres."
        )
    return number


def check_table(
    *,
    heading: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    lines: Sequence[int] | None = None,
) -> Report:
    """
    Check a table: some of its rows may be totals or subtotals (« total », « sous-total » in a label).

    A column is a share where its name says so (%, pct, part), a quantity where most of its cells are numbers. A share
    is compared with the nearest quantity to its left, at the decimals that are printed; one that a workbook holds as a
    fraction, at a tenth of a percent. In a column of whole numbers, a decimal is not read. A subtotal is that of the
    rows since the one before. Rows are told by `lines` where they are given, else counted from 1 after the heading.
    ValueError without a heading or rows.
    """
    if not heading or not rows:
        raise ValueError("Ce tableau est vide : il faut une ligne de titres et au moins une ligne.")
    table = _Table(
        heading=list(heading),
        rows=[_padded(row, len(heading)) for row in rows],
        lines=lines if lines is not None else range(1, len(rows) + 1),
    )
    return table.report()


def _padded(row: Sequence[Cell], width: int) -> list[Cell]:
    return [*row, *[""] * (width - len(row))][:width]


@dataclass(slots=True, kw_only=True)
class _Sums:
    """What a total prints, and from which row to which it adds up."""

    label: str
    row: int
    first: int
    last: int
    cells: list[Decimal | None]


class _Table:
    """A table being read."""

    def __init__(self, *, heading: list[str], rows: list[list[Cell]], lines: Sequence[int]) -> None:
        self.heading = heading
        self.kinds = [self._kind(column, rows) for column in range(len(heading))]
        self.whole = [_is_whole(column, rows) for column in range(len(heading))]
        self.fractions = [self._is_fraction(column, rows) for column in range(len(heading))]
        self.unread: list[Unread] = []
        self.labels: list[str] = []
        self.numbers: list[int] = []
        self.cells: list[list[Decimal | None]] = []
        self.totals: list[_Sums] = []
        for number, row in zip(lines, rows, strict=True):
            self._add(number, row)

    def _add(self, number: int, row: Sequence[Cell]) -> None:
        label, cells = self._label(row), self._read(number, row)
        part = bool(_SUBTOTAL.match(label))
        if not part and not _TOTAL.match(label):
            self.labels.append(label)
            self.numbers.append(number)
            self.cells.append(cells)
            return
        parts = [each.last for each in self.totals if _SUBTOTAL.match(each.label)]
        first = parts[-1] if part and parts else 0
        self.totals.append(
            _Sums(
                label=label,
                row=number if part else 0,
                first=first,
                last=len(self.cells),
                cells=cells,
            )
        )

    def _kind(self, column: int, rows: Sequence[Sequence[Cell]]) -> Kind:
        if _SHARE.search(self.heading[column]):
            return Kind.SHARE
        filled = _filled(column, rows)
        numbers = sum(_looks_like_a_number(cell) for cell in filled)
        return Kind.QUANTITY if filled and numbers * 2 > len(filled) else Kind.LABEL

    def _is_fraction(self, column: int, rows: Sequence[Sequence[Cell]]) -> bool:
        filled = _filled(column, rows)
        return self.kinds[column] is Kind.SHARE and all(
            isinstance(cell, Decimal) and cell <= 1 for cell in filled
        )

    def _label(self, row: Sequence[Cell]) -> str:
        return next(
            (
                str(cell).strip()
                for cell, kind in zip(row, self.kinds, strict=True)
                if kind is Kind.LABEL and str(cell).strip()
            ),
            "",
        )

    def _read(self, number: int, row: Sequence[Cell]) -> list[Decimal | None]:
        cells: list[Decimal | None] = []
        for column, cell in enumerate(row):
            value = None
            if self.kinds[column] is not Kind.LABEL:
                try:
                    value = self._read_cell(column, cell)
                except Unreadable as error:
                    self.unread.append(
                        Unread(
                            row=number,
                            column=self.heading[column],
                            text=str(cell),
                            sentence=str(error),
                        )
                    )
            cells.append(value)
        return cells

    def _read_cell(self, column: int, cell: Cell) -> Decimal | None:
        if isinstance(cell, Decimal):
            return (cell * 100).quantize(_TENTH) if self.fractions[column] else cell
        if self.kinds[column] is Kind.SHARE:
            return read_number(cell, share=True)
        value = read_number(cell)
        return read_quantity(cell) if value is not None and self.whole[column] else value

    def report(self) -> Report:
        numbers = [column for column, kind in enumerate(self.kinds) if kind is not Kind.LABEL]
        return Report(
            rows=len(self.cells),
            columns=dict(zip(self.heading, self.kinds, strict=True)),
            sums={self.heading[column]: self._sum(column) for column in numbers},
            disagreements=tuple(
                each
                for column in numbers
                for each in (*self._against_totals(column), *self._against_shares(column))
            ),
            unread=tuple(self.unread),
        )

    def _sum(self, column: int, first: int = 0, last: int | None = None) -> Decimal:
        return sum((row[column] or Decimal(0) for row in self.cells[first:last]), Decimal(0))

    def _against_totals(self, column: int) -> Iterator[Disagreement]:
        for total in self.totals:
            printed = total.cells[column]
            if printed is None:
                continue
            computed = self._sum(column, total.first, total.last)
            if abs(printed - computed) > self._slack(column, total):
                yield Disagreement(
                    row=total.row,
                    column=self.heading[column],
                    label=total.label,
                    printed=printed,
                    computed=computed,
                    sentence=(
                        f"{self.heading[column]} : le total imprimé est {shown(printed)}, la somme des lignes"
                        f" {shown(computed)}, soit un écart de {shown(printed - computed, signed=True)}."
                    ),
                )

    def _slack(self, column: int, total: _Sums) -> Decimal:
        """Return what rounding allows: shares may miss their total by half a unit of the last place each."""
        if self.kinds[column] is not Kind.SHARE:
            return Decimal(0)
        rows = [row[column] for row in self.cells[total.first : total.last]]
        return sum((_step(each) for each in rows if each is not None), Decimal(0)) / 2

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
        for number, label, row in zip(self.numbers, self.labels, self.cells, strict=True):
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
                        f"{label} : la part imprimée est {shown(printed)} %, les quantités donnent {shown(computed)} %."
                    ),
                )


def shown(number: Decimal, *, signed: bool = False) -> str:
    """Write a number as French tables do: thin spaces, a comma, a true minus."""
    text = f"{abs(number):,f}".replace(",", "\u202f").replace(".", ",")
    sign = "\u2212" if number < 0 else "+" if signed and number else ""
    return f"{sign}{text}"


def _filled(column: int, rows: Sequence[Sequence[Cell]]) -> list[Cell]:
    return [row[column] for row in rows if str(row[column]).strip()]


def _is_whole(column: int, rows: Sequence[Sequence[Cell]]) -> bool:
    """Tell whether most of a column is written without decimals."""
    filled = [cell for cell in _filled(column, rows) if isinstance(cell, str)]
    decimals = sum(bool(_DECIMAL.match(_plain(cell))) for cell in filled)
    return decimals * 2 <= len(filled)


def _looks_like_a_number(cell: Cell) -> bool:
    if isinstance(cell, Decimal):
        return True
    try:
        return read_number(cell) is not None
    except Unreadable:
        return bool(re.fullmatch(r"[\d.,\s%]+", cell))


def _step(number: Decimal | None) -> Decimal:
    """Return one unit of the last printed place."""
    exponent = number.as_tuple().exponent if number is not None else 0
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
