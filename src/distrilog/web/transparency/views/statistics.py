"""Open statistics: regions by week, to read and to download."""

import csv
from collections.abc import Sequence
from typing import Final

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from distrilog.domain.reporting.statistics import FEWEST, Cell, open_cells, published_weeks
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week
from distrilog.web.shared.rights import PUBLIC, needs
from distrilog.web.shared.spreadsheets import CSV, attachment, safe_row


WEEKS: Final = 13
FRESH: Final = 10 * 60
TITLES: Final = (
    "semaine",
    "etat",
    "code_region",
    "region",
    "famille",
    "unites_par_boite",
    "etablissements",
    "besoin_unites",
    "contingents_unites",
    "commandes_unites",
    "etablissements_ayant_commande",
    "secret_statistique",
)


def _cells(weeks: Sequence[str]) -> list[Cell]:
    """Return the cells of some weeks; weeks not asked for in the last minutes are read in one query."""
    keys = {week: f"open-statistics:{week}" for week in weeks}
    known = cache.get_many(keys.values())
    missing = [week for week in weeks if keys[week] not in known]
    if missing:
        read = open_cells(weeks=missing)
        fresh = {keys[week]: [cell for cell in read if cell.week == week] for week in missing}
        cache.set_many(fresh, FRESH)
        known |= fresh
    return [cell for week in weeks for cell in known[keys[week]]]


def _week(request: HttpRequest, weeks: Sequence[str]) -> str:
    """Return the week asked for if it is published, else the latest one."""
    asked = request.GET.get("semaine", "")
    return asked if asked in weeks else next(iter(weeks), "")


def _state(week: str) -> str:
    return "provisoire" if Week.parse(week) >= Week.at(clock.now()) else "definitif"


@require_safe
@needs(PUBLIC)
def page(request: HttpRequest) -> HttpResponse:
    """Show one week by region, and how the figures are made."""
    weeks = published_weeks(limit=WEEKS)
    week = _week(request, weeks)
    cells = _cells([week]) if week else []
    families = dict.fromkeys((cell.family, cell.family_name) for cell in cells)
    family = request.GET.get("famille", "")
    codes = [code for code, _ in families]
    family = family if family in codes else next(iter(codes), "")
    context = {
        "weeks": weeks,
        "week": week,
        "provisional": bool(week) and _state(week) == "provisoire",
        "families": list(families),
        "family": family,
        "cells": [cell for cell in cells if cell.family == family],
        "fewest": FEWEST,
        "most": WEEKS,
    }
    return render(request, "transparency/statistics.html", context)


@require_safe
@needs(PUBLIC)
def table(request: HttpRequest) -> HttpResponse:
    """Give the figures as CSV: the week asked for, or the latest ones."""
    weeks = published_weeks(limit=WEEKS)
    asked = request.GET.get("semaine", "")
    chosen = [week for week in weeks if asked in ("", week)]
    name = f"distrilog-statistiques-{chosen[0] if asked and chosen else 'semaines'}.csv"
    response = attachment(content="\ufeff", name=name, kind=CSV)
    writer = csv.writer(response, delimiter=";", lineterminator="\r\n")
    writer.writerow(TITLES)
    writer.writerows(safe_row(_row(cell)) for cell in _cells(chosen))
    response["Cache-Control"] = f"public, max-age={FRESH}"
    return response


def _row(cell: Cell) -> list[object]:
    return [
        cell.week,
        _state(cell.week),
        cell.region,
        cell.region_name,
        cell.family_name,
        cell.box_units,
        cell.facilities,
        cell.need,
        cell.quota,
        "" if cell.ordered is None else cell.ordered,
        "" if cell.having_ordered is None else cell.having_ordered,
        "oui" if cell.withheld else "non",
    ]
