"""Files of the tour: what each facility gets, and the platforms of a scope; as CSV and as workbooks."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from typing import Final

import xlsxwriter

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import HandOut
from distrilog.domain.distribution.queries.platforms import PlatformSeen, RoundSeen, Site
from distrilog.kernel.weeks import PARIS
from distrilog.web.shared.spreadsheets import safe_row


Cells = tuple[str | int, ...]

SITE_TITLES: Final = (
    "Plan",
    "Semaine",
    "Numéro",
    "Établissement",
    "Département",
    "Commune",
    "Famille",
    "Prévu (unités)",
    "Prévu (boîtes)",
    "Remis (unités)",
    "Reste (unités)",
    "Mode",
    "Dernière remise (heure de Paris)",
)
_SITE_WIDTHS: Final = (28, 10, 12, 40, 12, 24, 22, 12, 12, 12, 12, 18, 20)
PLATFORM_TITLES: Final = (
    "Code",
    "Plateforme",
    "Région",
    "Famille",
    "Envoyé (unités)",
    "En route (unités)",
    "Reçu (unités)",
    "Non arrivé (unités)",
    "Remis (unités)",
    "Reste à remettre (unités)",
    "Reliquat (unités)",
    "Reliquat expliqué (unités)",
    "Dû à la plateforme (unités)",
    "Situation de la semaine",
    "Incidents ouverts",
    "Incidents en retard",
)
_PLATFORM_WIDTHS: Final = (10, 36, 26, 22, 12, 12, 12, 12, 12, 14, 12, 14, 14, 18, 10, 10)
_OPTIONS: Final = {
    "in_memory": True,
    # A name that begins with an equals sign is a name.
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def _sites(
    found: RoundSeen, sites: Iterable[Site], families: Mapping[str, Family]
) -> Iterator[Cells]:
    for site in sites:
        for line in site.lines:
            family = families[line.family]
            latest = max((act.at for act in site.given if line.family in act.units), default=None)
            yield (
                found.title,
                found.week,
                site.registry,
                site.name,
                site.department,
                site.commune,
                family.name,
                line.units,
                line.units // family.box_units,
                line.handed,
                line.left,
                str(HandOut.Way(site.way).label),
                f"{latest.astimezone(PARIS):%d/%m/%Y %H:%M}" if latest else "",
            )


def sites_csv(*, found: RoundSeen, sites: Sequence[Site], families: Mapping[str, Family]) -> str:
    """Return a round’s facilities as CSV, as French spreadsheets open it."""
    return _csv(SITE_TITLES, _sites(found, sites, families))


def sites_workbook(
    *, found: RoundSeen, sites: Sequence[Site], families: Mapping[str, Family], at: datetime
) -> bytes:
    """Return a round’s facilities as an XLSX file, dated."""
    return _workbook("Tournée", SITE_TITLES, _SITE_WIDTHS, _sites(found, sites, families), at=at)


def _platforms(rows: Iterable[PlatformSeen], families: Mapping[str, Family]) -> Iterator[Cells]:
    for row in rows:
        for code in [code for code in families if code in row.totals or code in row.debts] or [""]:
            each = row.totals.get(code)
            figures = (
                (
                    each.sent,
                    each.coming,
                    each.received,
                    each.sent - each.coming - each.received,
                    each.handed,
                    each.left,
                    each.staying,
                    each.explained,
                )
                if each
                else (0,) * 8
            )
            yield (
                row.territory.pk,
                row.territory.name,
                row.territory.region.name,
                families[code].name if code else "",
                *figures,
                row.debts.get(code, 0),
                "manquante" if row.missing else "",
                row.incidents,
                row.late,
            )


def platforms_csv(*, rows: Sequence[PlatformSeen], families: Mapping[str, Family]) -> str:
    """Return platforms as CSV, a line a family."""
    return _csv(PLATFORM_TITLES, _platforms(rows, families))


def platforms_workbook(
    *, rows: Sequence[PlatformSeen], families: Mapping[str, Family], at: datetime
) -> bytes:
    """Return platforms as an XLSX file, a line a family, dated."""
    cells = _platforms(rows, families)
    return _workbook("Plateformes", PLATFORM_TITLES, _PLATFORM_WIDTHS, cells, at=at)


def _csv(titles: Sequence[str], rows: Iterable[Cells]) -> str:
    text = StringIO()
    text.write("\ufeff")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(titles)
    writer.writerows(safe_row(cells) for cells in rows)
    return text.getvalue()


def _workbook(
    name: str,
    titles: Sequence[str],
    widths: Sequence[int],
    rows: Iterable[Cells],
    *,
    at: datetime,
) -> bytes:
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        book.set_properties({"created": at.astimezone(PARIS).replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "text_wrap": True})
        sheet = book.add_worksheet(name)
        for column, (title, width) in enumerate(zip(titles, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, bold)
        sheet.freeze_panes(1, 0)
        for line, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells):
                sheet.write(line, column, cell)
    return buffer.getvalue()
