"""
The weekly report of an agency as an XLSX file: the page's rows and sums, and how they are made.

Text is always written as text: a name that begins with `=`, `+`, `-` or `@` is never a formula.
"""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import Any, Final

import xlsxwriter

from distrilog.domain.facilities.models import Region
from distrilog.domain.reporting import queries
from distrilog.domain.reporting.rules import AreaFigures, Row
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import PARIS, Week


_OPTIONS: Final = {
    # Rows leave memory as soon as they are written, so they must be written in order.
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "remove_timezone": True,
}
ROW_TITLES: Final = (
    "Département",
    "Numéro",
    "Établissement",
    "Commune",
    "Catégorie",
    "Famille",
    "Unités par boîte",
    "Contingent (unités)",
    "Contingent (boîtes)",
    "Commandé (unités)",
    "Commandé (boîtes)",
    "Reste (unités)",
    "Reste (boîtes)",
    "Pot commun de l’ARS (unités)",
    "Dernière commande",
    "Passée le (heure de Paris)",
)
_ROW_WIDTHS: Final = (12, 12, 40, 24, 28, 22, 10, 12, 12, 12, 12, 12, 12, 14, 24, 20)
_SUM_TITLES: Final = (
    "Département",
    "Nom",
    "Famille",
    "Établissements concernés",
    "Ayant commandé",
    "Contingent (unités)",
    "Commandé (unités)",
    "Reste (unités)",
    "Pot commun de l’ARS (unités)",
)
_SUM_WIDTHS: Final = (12, 28, 22, 14, 14, 14, 14, 14, 14)
_METHOD: Final = (
    (
        "Une ligne par établissement et par famille où il y a, cette semaine, un besoin, un contingent ou "
        "une commande."
    ),
    "Contingent : ce que le calcul publié de la semaine accorde à l’établissement, en unités.",
    "Commandé : ce qui a été imputé sur ce contingent, commandes annulées exclues.",
    "Reste : ce qui peut encore être commandé ; zéro une fois la semaine close.",
    "Pot commun de l’ARS : ce que l’agence a commandé pour l’établissement sur son propre contingent.",
    "Boîtes : unités divisées par l’unité de commande de la famille cette semaine-là.",
    (
        "Les mêmes lignes et les mêmes sommes s’affichent sur la page du rapport : un seul calcul fait les "
        "deux."
    ),
)


def ars_report_workbook(*, region: str, week: Week, at: datetime) -> bytes:
    """Return a region's week as `report_workbook` does. NotFound for an unknown region."""
    known = Region.objects.filter(code=region).first()
    if known is None:
        raise NotFound(Fault(where="region", message="Cette région n’existe pas."))
    scope = Scope(kind=ScopeKind.REGION, code=region)
    return report_workbook(scope=scope, name=known.name, week=week, at=at)


def report_workbook(*, scope: Scope, name: str, week: Week, at: datetime) -> bytes:
    """
    Return a scope's week as an XLSX file: orders, sums by department and family, method.

    `name` is what the scope is called, `at` the moment of the report; both are written on it.
    """
    title = _title(name=name, week=week, at=at)
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        book.set_properties({"title": title, "created": at.astimezone(PARIS).replace(tzinfo=None)})
        styles = _Styles(book)
        rows = queries.rows_of_week(scope=scope, week=week)
        names = _orders_sheet(book, styles, title=title, rows=rows)
        _sums_sheet(book, styles, title=title, scope=scope, week=week, names=names)
        _method_sheet(book, styles, title=title)
    return buffer.getvalue()


def rows_workbook(*, rows: Iterable[Row], name: str, week: Week, at: datetime) -> bytes:
    """Return some rows of a week as an XLSX file, in their order, with how they are made."""
    title = _title(name=name, week=week, at=at)
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        book.set_properties({"title": title, "created": at.astimezone(PARIS).replace(tzinfo=None)})
        styles = _Styles(book)
        _orders_sheet(book, styles, title=title, rows=rows)
        _method_sheet(book, styles, title=title)
    return buffer.getvalue()


def _title(*, name: str, week: Week, at: datetime) -> str:
    return f"{name}, semaine {week}, état au {at.astimezone(PARIS):%d/%m/%Y à %H:%M}"


class _Styles:
    """The few formats of the workbook."""

    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 13})
        self.head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
        self.number = book.add_format({"num_format": "#,##0"})
        self.moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})


def _orders_sheet(book: Any, styles: _Styles, *, title: str, rows: Iterable[Row]) -> dict[str, str]:
    """Write a line a row; return the families' names met on the way."""
    sheet = _sheet(book, "Commandes", styles, title=title, titles=ROW_TITLES, widths=_ROW_WIDTHS)
    names: dict[str, str] = {}
    last = 2
    for last, row in enumerate(rows, start=3):
        names[row.family] = row.family_name
        _write(sheet, styles, last, row_cells(row))
        if row.last_order_at:
            moment = row.last_order_at.astimezone(PARIS).replace(tzinfo=None)
            sheet.write_datetime(last, len(ROW_TITLES) - 1, moment, styles.moment)
    sheet.autofilter(2, 0, last, len(ROW_TITLES) - 1)
    return names


def _sums_sheet(
    book: Any, styles: _Styles, *, title: str, scope: Scope, week: Week, names: dict[str, str]
) -> None:
    sheet = _sheet(book, "Totaux", styles, title=title, titles=_SUM_TITLES, widths=_SUM_WIDTHS)
    report = queries.region_week(scope=scope, week=week)
    line = 3
    for area in report.areas:
        _write(sheet, styles, line, _sum_cells(area, names))
        line += 1
    for family, figures in report.by_family.items():
        whole = AreaFigures(
            department="Total",
            department_name="Région",
            region=scope.code,
            region_name="",
            family=family,
            figures=figures,
        )
        _write(sheet, styles, line, _sum_cells(whole, names))
        line += 1


def _method_sheet(book: Any, styles: _Styles, *, title: str) -> None:
    sheet = book.add_worksheet("Méthode")
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, title, styles.title)
    for line, sentence in enumerate(_METHOD, start=2):
        sheet.write_string(line, 0, sentence, styles.wrapped)


def _sheet(
    book: Any,
    name: str,
    styles: _Styles,
    *,
    title: str,
    titles: tuple[str, ...],
    widths: tuple[int, ...],
) -> Any:
    sheet = book.add_worksheet(name)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(3, 0)
    sheet.write_string(0, 0, title, styles.title)
    for column, text in enumerate(titles):
        sheet.write_string(2, column, text, styles.head)
    return sheet


def _write(sheet: Any, styles: _Styles, line: int, cells: tuple[str | int, ...]) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, int):
            sheet.write_number(line, column, cell, styles.number)
        elif cell:
            sheet.write_string(line, column, cell)


def row_cells(row: Row) -> tuple[str | int, ...]:
    """Return a row as the file shows it, under `ROW_TITLES`; the moment of the last order left out."""
    box = row.box_units
    return (
        row.department,
        row.registry,
        row.facility,
        row.commune,
        row.category,
        row.family_name,
        box,
        row.quota,
        row.quota // box,
        row.ordered,
        row.ordered // box,
        row.left,
        row.left // box,
        row.from_pot,
        row.last_order,
    )


def _sum_cells(area: AreaFigures, names: dict[str, str]) -> tuple[str | int, ...]:
    figures = area.figures
    return (
        area.department,
        area.department_name,
        names.get(area.family, area.family),
        figures.facilities,
        figures.having_ordered,
        figures.quota,
        figures.ordered,
        figures.left,
        figures.from_pot,
    )
