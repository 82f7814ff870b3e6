"""Open statistics of cover: departments, regions and the country by finished week, to read and to download."""

from collections.abc import Sequence
from typing import Final

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from distrilog.domain.catalogue.models import Family
from distrilog.domain.reporting.cover_files import MEDIA_TYPES, Form, open_table, written
from distrilog.domain.reporting.cover_statistics import (
    METHOD,
    OpenCell,
    open_cells,
    published_weeks,
)
from distrilog.domain.reporting.statistics import FEWEST
from distrilog.kernel import clock
from distrilog.web.shared import cover as words
from distrilog.web.shared.rights import PUBLIC, needs
from distrilog.web.shared.spreadsheets import attachment


WEEKS: Final = 13
FRESH: Final = 10 * 60


def _cells(week: str) -> list[OpenCell]:
    """Return the cells of a week, kept for some minutes; one query where they are not."""
    key = f"open-cover:{week}"
    found: list[OpenCell] | None = cache.get(key)
    if found is None:
        found = open_cells(weeks=[week])
        cache.set(key, found, FRESH)
    return found


def _chosen(asked: str, known: Sequence[str]) -> str:
    """Return what was asked for if it is known, else the first there is."""
    return asked if asked in known else next(iter(known), "")


@require_safe
@needs(PUBLIC)
def page(request: HttpRequest) -> HttpResponse:
    """Show a finished week by region and department for one article, and how the figures are made."""
    weeks = published_weeks(at=clock.now(), limit=WEEKS)
    week = _chosen(request.GET.get("semaine", ""), weeks)
    families = {one.code: one for one in Family.objects.order_by("position", "code")}
    family = _chosen(request.GET.get("famille", ""), list(families))
    rows = [
        (cell, words.days(cell.cover_tenths))
        for cell in (_cells(week) if week else [])
        if cell.family == family
    ]
    context = {
        "weeks": weeks,
        "week": week,
        "families": families.values(),
        "family": families.get(family),
        "rows": rows,
        "method": METHOD,
        "fewest": FEWEST,
        "forms": [("CSV", "csv"), ("XLSX", "xlsx"), ("Parquet", "parquet")],
    }
    return render(request, "transparency/cover.html", context)


@require_safe
@needs(PUBLIC)
def table(request: HttpRequest, kind: str) -> HttpResponse:
    """Give the figures of a finished week, all articles, as a file."""
    if kind not in set(Form):
        raise Http404
    at = clock.now()
    weeks = published_weeks(at=at, limit=WEEKS)
    week = _chosen(request.GET.get("semaine", ""), weeks)
    content = written(table=open_table(cells=_cells(week) if week else []), form=Form(kind), at=at)
    name = f"distrilog-couverture-{week or 'vide'}.{kind}"
    response = attachment(content=content, name=name, kind=MEDIA_TYPES[Form(kind)])
    response["Cache-Control"] = f"public, max-age={FRESH}"
    return response
