"""The requests of a list as a file: one line a family asked for."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from typing import Final

import xlsxwriter

from distrilog.domain.catalogue.models import Family
from distrilog.domain.resupply.queries import RequestRow
from distrilog.kernel.weeks import PARIS
from distrilog.web.shared.spreadsheets import safe_row


TITLES: Final = (
    "Référence",
    "Établissement",
    "Numéro",
    "Commune",
    "Département",
    "Demandée le (heure de Paris)",
    "Urgence",
    "État",
    "Famille",
    "Demandé (unités)",
    "Demandé (boîtes)",
    "Accordé (unités)",
    "Accordé (boîtes)",
    "Voisins qui ont dit oui",
    "En attente de",
    "Avant le (heure de Paris)",
    "En retard",
)
_WIDTHS: Final = (26, 36, 12, 22, 12, 18, 24, 12, 22, 12, 12, 12, 12, 12, 28, 18, 10)
_OPTIONS: Final = {
    "in_memory": True,
    # A name that begins with an equals sign is a name.
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def _cells(
    rows: Sequence[RequestRow], families: Mapping[str, Family]
) -> Iterator[tuple[str | int, ...]]:
    for row in rows:
        for code, units, granted in row.lines:
            family = families[code]
            yield (
                row.reference,
                row.facility_name,
                row.facility,
                row.commune,
                row.department,
                _moment(row.asked_at),
                row.urgency_name,
                row.state_name,
                family.name,
                units,
                units // family.box_units,
                granted,
                granted // family.box_units,
                row.offers,
                row.next_step,
                _moment(row.due_at),
                "oui" if row.late else "",
            )


def _moment(value: datetime | None) -> str:
    return f"{value.astimezone(PARIS):%d/%m/%Y %H:%M}" if value else ""


def requests_csv(*, rows: Sequence[RequestRow], families: Mapping[str, Family]) -> str:
    """Return the rows as CSV, as French spreadsheets open it."""
    text = StringIO()
    text.write("\ufeff")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(TITLES)
    writer.writerows(safe_row(cells) for cells in _cells(rows, families))
    return text.getvalue()


def requests_workbook(
    *, rows: Sequence[RequestRow], families: Mapping[str, Family], at: datetime
) -> bytes:
    """Return the rows as an XLSX file, dated."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        book.set_properties({"created": at.astimezone(PARIS).replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "text_wrap": True})
        sheet = book.add_worksheet("Dépannages")
        for column, (title, width) in enumerate(zip(TITLES, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, bold)
        sheet.freeze_panes(1, 0)
        for line, cells in enumerate(_cells(rows, families), start=1):
            for column, cell in enumerate(cells):
                sheet.write(line, column, cell)
    return buffer.getvalue()
