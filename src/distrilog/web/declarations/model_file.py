"""The file to fill in: a line a family and a site, for every site that a person declares for."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any, Final

from distrilog.domain.accounts.models import Person
from distrilog.domain.accounts.queries import profiles_of
from distrilog.domain.accounts.rules import GRANTS, Deed, Role
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.models import Statement, Target
from distrilog.domain.declarations.rules import BAND_NAMES, WEEKS_REMEMBERED, Band
from distrilog.domain.facilities.models import Facility
from distrilog.kernel.weeks import Week
from distrilog.web.shared.spreadsheets import safe_row


# As the import reads them; the names and the remark are for people.
TITLES: Final = (
    "établissement",
    "nom",
    "semaine",
    "famille",
    "unités par boîte",
    "stock",
    "consommation",
    "tranche",
    "remarque",
)
_WIDTHS: Final = (16, 34, 12, 24, 16, 12, 14, 24, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of the sites: their needs, and what they said last, in units."""

    needs: Mapping[tuple[int, str], int]
    last: Mapping[tuple[int, str], Statement]


def sites_of(*, person: Person, at: datetime) -> list[Facility]:
    """Return the facilities that a person may declare for, under any profile, by name."""
    profiles = profiles_of(person=person, at=at)
    found = {
        each.facility.pk: each.facility
        for each in profiles
        if each.facility and Deed.DECLARATION_MAKE in GRANTS[Role(each.role)]
    }
    return sorted(found.values(), key=lambda site: (site.name, site.registry))


def lines_of(*, sites: Sequence[Facility], week: Week) -> list[list[Any]]:
    """
    Return the lines of the file, in a fixed number of statements.

    What is declared already this week stands in its columns; what was said last is a remark: a number that
    nobody counted must not be sent back as a stock.
    """
    families = list(Family.objects.order_by("position", "code"))
    known = _known(sites, week=week)
    return [line for site in sites for line in _of_site(site, families, known, week=week)]


def _known(sites: Sequence[Facility], *, week: Week) -> _Known:
    ids = [site.pk for site in sites]
    targets = Target.objects.filter(facility__in=ids)
    weeks = [str(week.plus(-back)) for back in range(WEEKS_REMEMBERED + 1)]
    said = Statement.objects.filter(week__in=weeks, facility__in=ids, current=True)
    return _Known(
        needs={(each.facility_id, each.family_id): each.need for each in targets},
        last={(each.facility_id, each.family_id): each for each in said.order_by("week")},
    )


def _of_site(
    site: Facility, families: Sequence[Family], known: _Known, *, week: Week
) -> Iterator[list[Any]]:
    for family in families:
        place = (site.pk, family.code)
        said = known.last.get(place)
        if place not in known.needs and said is None:
            continue
        holds = said is not None and said.week == str(week)
        yield [
            site.registry,
            site.name,
            str(week),
            family.name,
            family.box_units,
            *(_figures(said) if said and holds else ("", "", "")),
            f"dernière fois : {said.stock} ({said.week})" if said and not holds else "",
        ]


def _figures(said: Statement) -> tuple[object, object, object]:
    if said.band:
        return "", "", BAND_NAMES[Band(said.band)]
    return said.stock, "" if said.consumption is None else said.consumption, ""


def as_csv(lines: Sequence[Sequence[Any]]) -> str:
    """Return the lines as CSV for French spreadsheets: semicolons, and a mark that says UTF-8."""
    buffer = StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(TITLES)
    writer.writerows(safe_row(line) for line in lines)
    return buffer.getvalue()


def as_workbook(lines: Sequence[Sequence[Any]]) -> bytes:
    """Return the lines as an XLSX file; texts are written as texts, never as formulas."""
    import xlsxwriter  # noqa: PLC0415 - only who asks for a workbook pays for it

    buffer = BytesIO()
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **options}) as book:
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("Déclaration")
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width, text if column == 0 else None)
        for column, words in enumerate(TITLES):
            sheet.write_string(0, column, words, bold)
        for row, line in enumerate(lines, start=1):
            for column, cell in enumerate(line):
                if isinstance(cell, int):
                    sheet.write_number(row, column, cell)
                elif cell:
                    sheet.write_string(row, column, str(cell))
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()
