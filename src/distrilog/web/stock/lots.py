"""The list of lots: what an address asks for, its rows, and the files that hold the same rows."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO
from typing import Any, Final

import xlsxwriter
from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.http import QueryDict

from distrilog.domain.catalogue.models import Family
from distrilog.domain.stock.models import Account, Place
from distrilog.domain.stock.rules import STATE
from distrilog.web.shared.spreadsheets import safe_row
from distrilog.web.stock.reading import HELD, STATUS_WORDS, address, freshness


LONGEST_NUMBER: Final = 20
# word of the address → words of the header, what it sorts by, whether it is a number.
COLUMNS: Final[Mapping[str, tuple[str, str, bool]]] = {
    "lot": ("Lot", "lot__number", False),
    "unites": ("Unités", "units", True),
    "peremption": ("Péremption", "lot__expires_on", False),
    "lieu": ("Lieu", "place__name", False),
    "statut": ("Statut", "status", False),
}
FIRST: Final = "peremption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which rows are shown, and in which order."""

    family: str
    place: str
    status: str
    number: str
    sort: str
    descending: bool

    @property
    def words(self) -> dict[str, str]:
        """What an address says of it."""
        return {
            "famille": self.family,
            "lieu": self.place,
            "statut": self.status,
            "lot": self.number,
            "tri": self.sort if self.sort != FIRST else "",
            "sens": "desc" if self.descending else "",
        }


def choice_of(
    asked: QueryDict, *, families: Mapping[str, Family], places: Mapping[str, Place]
) -> Choice:
    """Read the address; what it says that means nothing is passed over."""

    def one_of(name: str, known: Iterable[str]) -> str:
        value = asked.get(name, "")
        return value if value in known else ""

    return Choice(
        family=one_of("famille", families),
        place=one_of("lieu", places),
        status=one_of("statut", HELD),
        number=asked.get("lot", "").strip()[:LONGEST_NUMBER],
        sort=one_of("tri", COLUMNS) or FIRST,
        descending=asked.get("sens", "") == "desc",
    )


def rows_of(choice: Choice) -> QuerySet[Account]:
    """Return what lies where, lot by lot, in the order asked for: ties by expiry, lot, place, status."""
    rows = Account.objects.filter(
        status__in=[choice.status] if choice.status else HELD, units__gt=0
    ).select_related("lot__article__family", "place", "owner")
    if choice.family:
        rows = rows.filter(lot__article__family=choice.family)
    if choice.place:
        rows = rows.filter(place=choice.place)
    if choice.number:
        rows = rows.filter(lot__number__istartswith=choice.number)
    return rows.order_by(
        _order(COLUMNS[choice.sort][1], descending=choice.descending),
        _order("lot__expires_on"),
        "lot_id",
        "place_id",
        "status",
        "pk",
    )


def _order(name: str, *, descending: bool = False) -> OrderBy:
    return F(name).desc(nulls_last=True) if descending else F(name).asc(nulls_last=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row as the table shows it."""

    account: Account
    tag: str
    tag_words: str

    @property
    def owner(self) -> str:
        """Whose it is, unless the State's."""
        return "" if self.account.owner_id == STATE else self.account.owner.name

    @property
    def status(self) -> str:
        """Its status in words."""
        return STATUS_WORDS[self.account.status]


def lines_of(rows: Iterable[Account], *, on: date) -> list[Line]:
    """Return rows as the table shows them."""
    found = []
    for account in rows:
        tag, words = freshness(account.lot.expires_on, on=on)
        found.append(Line(account=account, tag=tag, tag_words=words))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header that sorts: its words, where it leads, how it is sorted now (`aria-sort`)."""

    words: str
    address: str
    sorted: str
    number: bool


def headers_of(choice: Choice, *, path: str) -> list[Header]:
    """Return the headers; a press on the one that sorts turns it over, figures begin with the largest."""
    found = []
    for word, (words, _name, number) in COLUMNS.items():
        current = word == choice.sort
        turned = not choice.descending if current else number
        kept = choice.words | {"tri": word, "sens": "desc" if turned else ""}
        found.append(
            Header(
                words=words,
                address=address(path, **kept) + "#lots",
                sorted=("descending" if choice.descending else "ascending") if current else "",
                number=number,
            )
        )
    return found


# ------------------------------------------------------------------ files

TITLES: Final = (
    "Famille",
    "Article",
    "GTIN",
    "Lot",
    "Péremption",
    "Rappelé",
    "Lieu",
    "Propriétaire",
    "Statut",
    "Unités",
)
_WIDTHS: Final = (24, 36, 16, 14, 12, 9, 28, 20, 18, 14)


def _cells(line: Line) -> list[Any]:
    account, lot = line.account, line.account.lot
    return [
        lot.article.family.name,
        lot.article.name,
        lot.article_id,
        lot.number,
        lot.expires_on.isoformat() if lot.expires_on else "",
        "oui" if lot.recalled_at else "non",
        account.place.name,
        account.owner.name,
        line.status,
        account.units,
    ]


def as_csv(lines: Iterable[Line]) -> str:
    """Return the rows as CSV for French spreadsheets: semicolons, and a mark that says UTF-8."""
    buffer = StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(TITLES)
    writer.writerows(safe_row(_cells(line)) for line in lines)
    return buffer.getvalue()


def as_workbook(lines: Iterable[Line], *, title: str) -> bytes:
    """Return the rows as an XLSX file; texts are written as texts, never as formulas."""
    buffer = BytesIO()
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **options}) as book:
        bold, number = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0"})
        sheet = book.add_worksheet("Lots")
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.write_string(0, 0, title, bold)
        for column, words in enumerate(TITLES):
            sheet.write_string(2, column, words, bold)
        last = 2
        for last, line in enumerate(lines, start=3):
            *texts, units = _cells(line)
            for column, text in enumerate(texts):
                sheet.write_string(last, column, text)
            sheet.write_number(last, len(texts), units, number)
        sheet.freeze_panes(3, 0)
        sheet.autofilter(2, 0, last, len(TITLES) - 1)
    return buffer.getvalue()
