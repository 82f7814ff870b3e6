"""The lines of a file of declarations, as far as they can be read, and everything that cannot. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from distrilog.domain.declarations.rules.lines import Said
from distrilog.domain.declarations.rules.reading import (
    Unreadable,
    band_of,
    columns_of,
    expected_headings,
    plain,
    registry_of,
    shown_of,
    units_of,
)
from distrilog.kernel.refusals import Fault
from distrilog.kernel.tables import Cell, FileRefused, read_table
from distrilog.kernel.weeks import Week


_ORDER: Final = ("facility", "week", "family", "stock", "consumption", "band")
_EMPTY: Final = frozenset({None, ""})
_MOST_COLUMNS_NAMED: Final = 10


@dataclass(slots=True, kw_only=True)
class FileLine:
    """A line that could be read: its number as a person sees it; `week` is empty where the line says none."""

    number: int
    registry: str
    week: str
    family: str
    stock: int | None
    consumption: int | None
    band: str

    @property
    def said(self) -> Said:
        """What the line says of a family."""
        return Said(
            family=self.family, stock=self.stock, consumption=self.consumption, band=self.band
        )


@dataclass(slots=True, kw_only=True)
class Reading:
    """
    What a file says: its lines, those that could not be read as faults, and how many say anything at all.

    `families` gives the code of a family by whatever it may be called (`plain`); `weeks` those that lines name.
    """

    families: dict[str, str]
    lines: list[FileLine] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    weeks: dict[str, Week] = field(default_factory=dict)
    count: int = 0


def read_file(*, name: str, content: bytes, families: Mapping[str, str]) -> Reading:
    """
    Read a file whole, whatever is wrong with it; a file that is no table is one fault, at `file`.

    `families` gives codes by plain names.
    """
    reading = Reading(families=dict(families))
    try:
        _read(reading, name=name, content=content)
    except FileRefused as refused:
        reading.faults.insert(
            0,
            Fault(
                where="file",
                message=refused.message,
                remedy=refused.remedy,
                values={"code": refused.code},
            ),
        )
    return reading


def line_fault(number: int, *, column: str, message: str, remedy: str, code: str) -> Fault:
    """Return a fault of a line of a file, at `lines.<number>.<column>`."""
    return Fault(
        where=f"lines.{number}.{column}",
        message=f"Ligne {number} : {message}",
        remedy=remedy,
        values={"code": code, "line": number},
    )


def at_line(number: int, fault: Fault) -> Fault:
    """Return a fault of a declaration as one of a line of a file."""
    return Fault(
        where=fault.where,
        message=f"Ligne {number} : {fault.message}",
        remedy=fault.remedy,
        values={**fault.values, "line": number},
    )


def _read(reading: Reading, *, name: str, content: bytes) -> None:
    rows = read_table(name=name, content=content).rows
    _, headings = next(rows, (0, ()))
    places, wrong = columns_of(headings)
    if wrong:
        raise FileRefused(
            f"Les colonnes ne conviennent pas : {' ; '.join(wrong[:_MOST_COLUMNS_NAMED])}.",
            remedy=f"Colonnes attendues, dans n’importe quel ordre : {expected_headings()}.",
            code="columns",
        )
    take = _taker(places)
    for number, row in rows:
        registry, week, family, stock, consumption, band = take(row)
        # A line of a form that nobody filled says nothing.
        if stock in _EMPTY and consumption in _EMPTY and band in _EMPTY:
            continue
        reading.count += 1
        before = len(reading.faults)
        line = FileLine(
            number=number,
            registry=registry_of(registry),
            week=_week_of(reading, number=number, cell=week) if week else "",
            family=_family_of(reading, number=number, cell=family),
            stock=_units(reading, number=number, column="stock", cell=stock),
            consumption=_units(reading, number=number, column="consumption", cell=consumption),
            band=band_of(band) if band else "",
        )
        if len(reading.faults) == before:
            reading.lines.append(line)
    if not reading.count:
        raise FileRefused(
            "Le fichier ne contient aucune déclaration.",
            remedy="Remplissez une ligne par famille et par établissement.",
            code="file-empty",
        )


def _taker(places: Mapping[str, int]) -> Callable[[Sequence[Cell]], list[Cell]]:
    """Return what puts the cells of a row in our own order, None where a column is absent or a row is short."""
    wanted = [places.get(column, -1) for column in _ORDER]

    def take(row: Sequence[Cell]) -> list[Cell]:
        length = len(row)
        return [row[place] if 0 <= place < length else None for place in wanted]

    return take


def _units(reading: Reading, *, number: int, column: str, cell: Cell) -> int | None:
    try:
        return units_of(cell)
    except Unreadable as wrong:
        reading.faults.append(
            line_fault(
                number, column=column, message=wrong.message, remedy=wrong.remedy, code=wrong.code
            )
        )
        return None


def _week_of(reading: Reading, *, number: int, cell: Cell) -> str:
    text = str(cell).strip()
    if text in reading.weeks or not text:
        return text
    try:
        reading.weeks[text] = Week.parse(text)
    except ValueError:
        reading.faults.append(
            line_fault(
                number,
                column="week",
                message=f"« {shown_of(text)} » n’est pas une semaine.",
                remedy="Écrivez par exemple 2020-W45, ou laissez vide pour la semaine en cours.",
                code="week",
            )
        )
    return text


def _family_of(reading: Reading, *, number: int, cell: Cell) -> str:
    text = str(cell or "")
    known = reading.families.get(text)
    if known is not None:
        return known
    known = reading.families.get(plain(text))
    if known is not None:
        # The next line that writes it so is read at once.
        reading.families[text] = known
        return known
    shown = f"Aucune famille d’article « {shown_of(text)} »." if text else "La famille manque."
    reading.faults.append(
        line_fault(
            number,
            column="family",
            message=shown,
            remedy="Écrivez le nom ou le code d’une famille du catalogue.",
            code="unknown-family",
        )
    )
    return ""
