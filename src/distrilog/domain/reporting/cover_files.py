"""
Cover as files: one table, written as CSV (`;`, for spreadsheets), as XLSX or as Parquet (typed, English names).

Rows are read and written a few thousand at a time. No text is ever a formula.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from io import BytesIO, StringIO
from itertools import islice
from typing import Any, Final

import xlsxwriter

from distrilog.domain.declarations.rules import LEVEL_NAMES
from distrilog.domain.declarations.rules.forecast import METHOD as FORECAST_METHOD
from distrilog.domain.declarations.rules.picture import (
    AreaCover,
    FacilityCover,
    FamilyCover,
    FamilyName,
    Picture,
    Width,
)
from distrilog.domain.facilities.models import Category
from distrilog.domain.reporting.cover import AreaWay, Way
from distrilog.domain.reporting.cover_statistics import METHOD as OPEN_METHOD, OpenCell
from distrilog.kernel.spreadsheets import safe_row
from distrilog.kernel.weeks import PARIS


class Form(StrEnum):
    """What a file is written as; the value is its extension."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


MEDIA_TYPES: Final[Mapping[Form, str]] = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.PARQUET: "application/vnd.apache.parquet",
}
Cell = str | int | date | None


class Kind(StrEnum):
    """The type of a column; `TENTHS` are whole tenths, shown with one decimal."""

    TEXT = "text"
    COUNT = "count"
    TENTHS = "tenths"
    DAY = "day"
    YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its name in Parquet, its French title elsewhere, its type, and its width in characters."""

    name: str
    title: str
    kind: Kind = Kind.COUNT
    width: int = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a file holds; rows are read once, as they are written. `method` says how it is made."""

    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Cell]]
    method: tuple[str, ...]


_SHARED_METHOD: Final = (
    "Quantités en unités. Couverture : jours que dure le stock déclaré au besoin de crise de ceux qui ont déclaré.",
    "Stock, consommation et besoin sont ceux des établissements qui ont déclaré cette semaine-là.",
    (
        "En route : commandé et pas encore reçu, tous circuits, à la date du fichier : ce qui attend de partir et "
        "ce qui est expédié."
    ),
)
_BATCH: Final = 5000


# ------------------------------------------------------------------ tables


def _text(name: str, title: str, width: int = 20) -> Column:
    return Column(name=name, title=title, kind=Kind.TEXT, width=width)


def _count(name: str, title: str) -> Column:
    return Column(name=name, title=title)


_WEEK: Final = _text("week", "Semaine", 10)
_FAMILY: Final = (_text("family", "Code famille", 14), _text("family_name", "Famille", 22))
_COVER: Final = Column(name="cover_tenths", title="Couverture (jours)", kind=Kind.TENTHS)
_RUN_OUT: Final = tuple(
    Column(name=f"run_out_{name}", title=title, kind=Kind.DAY)
    for name, title in (
        ("earliest", "Épuisement au plus tôt"),
        ("expected", "Épuisement attendu"),
        ("latest", "Épuisement au plus tard"),
    )
)
_SUMS: Final = (
    _count("facilities", "Établissements"),
    _count("asked", "Enrôlés"),
    _count("declared", "Ont déclaré"),
    _count("stock", "Stock (unités)"),
    _count("consumption", "Consommation de la semaine (unités)"),
    _count("need", "Besoin de crise hebdomadaire (unités)"),
    _count("alert", "En alerte"),
    _count("watch", "À surveiller"),
    _count("covered", "Couverts"),
    _count("empty", "Dont sans stock"),
)
_AREA_COLUMNS: Final = (
    _WEEK,
    _text("level", "Niveau", 14),
    _text("code", "Code", 12),
    _text("name", "Nom", 30),
    *_FAMILY,
    *_SUMS,
    _COVER,
    _text("state", "État", 14),
    *_RUN_OUT,
    _count("waiting", "En route : à expédier (unités)"),
    _count("moving", "En route : expédié (unités)"),
)
_WIDTH_NAMES: Final[Mapping[Width, str]] = {
    Width.COUNTRY: "pays",
    Width.REGION: "région",
    Width.DEPARTMENT: "département",
    Width.TERRITORY: "territoire",
    Width.PART: "part de territoire",
}


def area_table(*, picture: Picture, way: AreaWay | None = None) -> Table:
    """Return an area and its parts, a row a family: what the page of the picture shows."""
    way = way or AreaWay(total={}, parts={})
    covers = [(picture.total, way.total)] + [
        (child, way.parts.get(child.area.code, {})) for child in picture.children
    ]
    return Table(
        title=f"Couverture, {picture.path[-1].name}, semaine {picture.week}",
        columns=_AREA_COLUMNS,
        rows=[
            _area_row(picture.week, each, family, way=own.get(family.code, Way()))
            for each, own in covers
            for family in picture.families
        ],
        method=(*_SHARED_METHOD, *FORECAST_METHOD),
    )


_FACILITY_COLUMNS: Final = (
    _WEEK,
    _text("region", "Région", 8),
    _text("department", "Département", 8),
    _text("territory", "Territoire", 12),
    _text("registry", "Numéro", 12),
    _text("facility", "Établissement", 40),
    _text("commune", "Commune", 24),
    _text("category", "Catégorie", 30),
    *_FAMILY,
    _count("box_units", "Unités par boîte"),
    Column(name="asked", title="Enrôlé", kind=Kind.YES, width=8),
    _count("need", "Besoin de crise hebdomadaire (unités)"),
    _count("stock", "Stock (unités)"),
    _count("consumption", "Consommation de la semaine (unités)"),
    _COVER,
    _text("state", "État", 14),
    _count("watch_days", "Seuil : à surveiller (jours)"),
    _count("alert_days", "Seuil : alerte (jours)"),
    Column(name="said_on", title="Déclaré le", kind=Kind.DAY),
    *_RUN_OUT,
    _count("on_the_way", "En route (unités)"),
    Column(name="difficulty", title="Difficulté signalée", kind=Kind.YES, width=10),
    Column(name="questioned", title="Confirmé après question", kind=Kind.YES, width=10),
)


def facility_table(*, rows: Iterable[FacilityCover], week: str, name: str) -> Table:
    """Return facilities, a row a family, in the order given: what their list shows."""
    return Table(
        title=f"Couverture par établissement, {name}, semaine {week}",
        columns=_FACILITY_COLUMNS,
        rows=(_facility_row(week, row) for row in rows),
        method=(*_SHARED_METHOD, *FORECAST_METHOD),
    )


_OPEN_COLUMNS: Final = (
    _WEEK,
    _text("region", "Région", 8),
    _text("region_name", "Nom de la région", 26),
    _text("department", "Département", 8),
    _text("department_name", "Nom du département", 26),
    *_FAMILY,
    *_SUMS,
    _COVER,
    Column(name="withheld", title="Retiré (secret statistique)", kind=Kind.YES, width=10),
)


def open_table(*, cells: Iterable[OpenCell]) -> Table:
    """Return open statistics; what is withheld is empty, and says so."""
    return Table(
        title="Couverture : statistiques ouvertes",
        columns=_OPEN_COLUMNS,
        rows=([getattr(cell, column.name) for column in _OPEN_COLUMNS] for cell in cells),
        method=OPEN_METHOD,
    )


def _area_row(week: str, cover: AreaCover, family: FamilyName, *, way: Way) -> list[Cell]:
    found: FamilyCover = cover.families[family.code]
    figures = found.figures
    return [
        week,
        _WIDTH_NAMES[cover.area.width],
        cover.area.code,
        cover.area.name,
        family.code,
        family.name,
        *(getattr(figures, column.name) for column in _SUMS),
        figures.cover_tenths,
        LEVEL_NAMES[found.level],
        *_run_out_cells(found),
        way.waiting,
        way.moving,
    ]


def _facility_row(week: str, row: FacilityCover) -> list[Cell]:
    return [
        week,
        row.region,
        row.department,
        row.territory,
        row.registry,
        row.facility,
        row.commune,
        str(Category.Group(row.group).label),
        row.family,
        row.family_name,
        row.box_units,
        row.asked,
        row.need,
        row.stock,
        row.consumption,
        row.cover_tenths,
        LEVEL_NAMES[row.level],
        row.watch_days,
        row.alert_days,
        row.said_on,
        *_run_out_cells(row),
        row.on_the_way,
        row.difficulty,
        row.questioned,
    ]


def _run_out_cells(row: FamilyCover | FacilityCover) -> tuple[date | None, ...]:
    if row.run_out is None:
        return (None, None, None)
    return (row.run_out.earliest, row.run_out.expected, row.run_out.latest)


# ------------------------------------------------------------------ files


def written(*, table: Table, form: Form, at: datetime) -> bytes:
    """Return a table as a file, dated."""
    match form:
        case Form.CSV:
            return "".join(csv_lines(table=table)).encode()
        case Form.XLSX:
            return _xlsx(table, at=at)
        case Form.PARQUET:
            return _parquet(table)


def csv_lines(*, table: Table) -> Iterator[str]:
    """Yield a table as CSV text, a few thousand rows at a time, a byte order mark first."""
    shown = [_SHOWN[column.kind] for column in table.columns]
    yield "\ufeff" + _csv([[column.title for column in table.columns]])
    rows = iter(table.rows)
    while batch := list(islice(rows, _BATCH)):
        yield _csv(
            [safe_row([show(cell) for show, cell in zip(shown, row, strict=True)]) for row in batch]
        )


def _csv(rows: Iterable[Sequence[object]]) -> str:
    buffer = StringIO()
    csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()


def _decimal(tenths: Any) -> str:
    return "" if tenths is None else f"{tenths // 10},{tenths % 10}"


def _plain(cell: Any) -> object:
    return "" if cell is None else cell


_SHOWN: Final[Mapping[Kind, Callable[[Any], object]]] = {
    Kind.TEXT: _plain,
    Kind.COUNT: _plain,
    Kind.TENTHS: _decimal,
    Kind.DAY: lambda day: "" if day is None else f"{day:%d/%m/%Y}",
    Kind.YES: lambda yes: "oui" if yes else "non",
}
_OPTIONS: Final = {
    # Rows leave memory as soon as they are written, so they must be written in order.
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "remove_timezone": True,
}


def _xlsx(table: Table, *, at: datetime) -> bytes:
    moment = at.astimezone(PARIS)
    title = f"{table.title}, état au {moment:%d/%m/%Y à %H:%M}"
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        book.set_properties({"title": title, "created": moment.replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "font_size": 13})
        head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        formats = {
            Kind.COUNT: book.add_format({"num_format": "#,##0"}),
            Kind.TENTHS: book.add_format({"num_format": "0.0"}),
            Kind.DAY: book.add_format({"num_format": "dd/mm/yyyy"}),
        }
        sheet = book.add_worksheet("Couverture")
        sheet.freeze_panes(3, 0)
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, column.width)
        sheet.write_string(0, 0, title, bold)
        for place, column in enumerate(table.columns):
            sheet.write_string(2, place, column.title, head)
        last = _xlsx_rows(sheet, table, formats=formats)
        sheet.autofilter(2, 0, last, len(table.columns) - 1)
        notes = book.add_worksheet("Méthode")
        notes.set_column(0, 0, 110)
        notes.write_string(0, 0, title, bold)
        for line, sentence in enumerate(table.method, start=2):
            notes.write_string(line, 0, sentence, wrapped)
    return buffer.getvalue()


def _xlsx_rows(sheet: Any, table: Table, *, formats: Mapping[Kind, Any]) -> int:
    """Write the rows under the titles; return the number of the last line."""
    line = 2
    for line, row in enumerate(table.rows, start=3):
        for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            if cell is not None:
                _xlsx_cell(sheet, line, place, cell, kind=column.kind, formats=formats)
    return line


def _xlsx_cell(
    sheet: Any, line: int, place: int, cell: Any, *, kind: Kind, formats: Mapping[Kind, Any]
) -> None:
    match kind:
        case Kind.TEXT:
            sheet.write_string(line, place, cell)
        case Kind.YES:
            sheet.write_string(line, place, "oui" if cell else "non")
        case Kind.TENTHS:
            sheet.write_number(line, place, cell / 10, formats[kind])
        case Kind.COUNT:
            sheet.write_number(line, place, cell, formats[kind])
        case Kind.DAY:
            sheet.write_datetime(line, place, cell, formats[kind])


def _parquet(table: Table) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - large: a web worker pays for it when somebody asks
    from pyarrow import parquet  # noqa: PLC0415 - idem

    types = {
        Kind.TEXT: pa.string(),
        Kind.COUNT: pa.int64(),
        Kind.TENTHS: pa.int64(),
        Kind.DAY: pa.date32(),
        Kind.YES: pa.bool_(),
    }
    schema = pa.schema(
        [(column.name, types[column.kind]) for column in table.columns],
        metadata={"title": table.title, "method": "\n".join(table.method)},
    )
    buffer = BytesIO()
    rows = iter(table.rows)
    with parquet.ParquetWriter(buffer, schema, compression="zstd") as writer:
        while batch := list(islice(rows, _BATCH)):
            columns = [list(column) for column in zip(*batch, strict=True)]
            writer.write_batch(
                pa.record_batch(
                    [
                        pa.array(column, type=field.type)
                        for column, field in zip(columns, schema, strict=True)
                    ],
                    schema=schema,
                )
            )
    return buffer.getvalue()
