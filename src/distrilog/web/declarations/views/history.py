"""What was declared before, version by version; and the form on paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations import queries
from distrilog.domain.declarations.queries import HistoryWeek, LineView, SaidView
from distrilog.domain.declarations.rules import BAND_NAMES, Band, selectable
from distrilog.domain.facilities import queries as facilities
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.weeks import Week
from distrilog.web.declarations.page import sheet_of
from distrilog.web.declarations.rows import boxes, days
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import ActorRequest, needs


WEEKS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A line as it was said, in words."""

    name: str
    stock: str
    used: str
    cover: str
    current: bool
    questioned: bool


@require_safe
@needs(Deed.DECLARATION_READ)
def history(request: ActorRequest) -> HttpResponse:
    """Show the last twelve weeks of one's own facility, with every version."""
    if not request.actor.registry:
        raise NotFound(detail="Votre profil n’est celui d’aucun établissement.")
    return _history(request, request.actor.registry)


@require_safe
@needs(Deed.DECLARATION_READ)
def of_facility(request: ActorRequest, registry: str) -> HttpResponse:
    """Show the same of a facility of one's scope."""
    return _history(request, registry)


def _history(request: ActorRequest, registry: str) -> HttpResponse:
    actor = request.actor
    facility = facilities.get(registry=registry, scope=actor.scope)
    found = queries.history(registry=registry, scope=actor.scope, weeks=WEEKS)
    families = {family.code: family for family in Family.objects.all()}
    own = registry == actor.registry and actor.may(Deed.DECLARATION_MAKE)
    context = {
        "facility": facility,
        "weeks": [(week, _versions(week, families)) for week in found],
        "own": own,
        "correctable": selectable(now=Week.at(clock.now())),
    }
    return render(request, "declarations/history.html", context)


def _versions(
    week: HistoryWeek, families: Mapping[str, Family]
) -> list[tuple[queries.VersionView, Sequence[Seen]]]:
    return [
        (version, [_seen(line, families[line.family]) for line in version.lines])
        for version in week.versions
    ]


def _seen(line: SaidView, family: Family) -> Seen:
    return Seen(
        name=french.sentence(family.plural),
        stock=french.sentence(BAND_NAMES[Band(line.band)])
        if line.band
        else french.in_boxes(line.stock, family, box_units=family.box_units),
        used=""
        if line.consumption is None
        else french.in_boxes(line.consumption, family, box_units=family.box_units),
        cover="" if line.cover_tenths is None else days(line.cover_tenths),
        current=line.current,
        questioned=line.questioned,
    )


@require_safe
@needs(Deed.DECLARATION_MAKE)
def paper(request: ActorRequest) -> HttpResponse:
    """Show the form made for paper: empty, or as it was declared."""
    sheet = sheet_of(actor=request.actor, week=request.GET.get("semaine", ""), at=clock.now())
    filled = "remplie" in request.GET and bool(sheet.view.version)
    context = {
        "sheet": sheet,
        "view": sheet.view,
        "filled": filled,
        "lines": [
            _on_paper(line, sheet.families[line.family], filled=filled) for line in sheet.view.lines
        ],
    }
    return render(request, "declarations/paper.html", context)


def _on_paper(line: LineView, family: Family, *, filled: bool) -> dict[str, object]:
    """Return a line in words; what is to be filled in stays empty on an empty form."""
    stock = BAND_NAMES[Band(line.band)] if line.band else _boxes(line.stock, family)
    return {
        "family": family,
        "line": line,
        "target": _boxes(line.safety, family) if line.need else "",
        "last": _boxes(line.previous_stock, family),
        "received": _boxes(line.delivered_since or None, family),
        "stock": stock if filled else "",
        "used": _boxes(line.consumption, family) if filled else "",
    }


def _boxes(units: int | None, family: Family) -> str:
    return "" if units is None else boxes(units, family)
