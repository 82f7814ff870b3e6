"""The facilities of an area, who runs out first on top; and what one of them declared."""

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.declarations.models import Difficulty
from distrilog.domain.declarations.queries import areas, weeks as declared
from distrilog.domain.declarations.rules import BAND_NAMES
from distrilog.domain.declarations.rules.picture import FacilityPage
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.reporting import cover as with_way
from distrilog.kernel import clock
from distrilog.web.cover import listing
from distrilog.web.cover.forms import ListFilter
from distrilog.web.cover.look import Look, columns_of, look_of
from distrilog.web.cover.ways import crumbs_of, exports_of
from distrilog.web.shared import cover as words
from distrilog.web.shared.rights import ActorRequest, needs


HISTORY_WEEKS: Final = 6


@require_GET
@needs(Deed.DECLARATION_READ)
def listed(request: ActorRequest) -> HttpResponse:
    """List the facilities of an area for one article, the first to run out on top; who sees one alone sees that one."""
    if areas.widest(request.actor.scope) is None:
        return _shown(request, request.actor.registry)
    look = look_of(request, at=clock.now())
    path = look.place.path(scope=request.actor.scope)
    order = listing.order_asked(request.GET)
    choice = listing.choice_of(request.GET, family=look.family.code, order=order)
    page = with_way.facilities(
        scope=request.actor.scope,
        width=look.place.width,
        code=look.place.code,
        week=look.week,
        choice=choice,
    )
    kept = listing.parameters_of(choice, order=order)
    filters = {name: value for name, value in kept.items() if name in listing.FILTERS and value}
    context = {
        "look": look,
        "area": path[-1],
        "crumbs": crumbs_of(look, path=path, actor=request.actor),
        "lines": [listing.line_of(row, look=look) for row in page.rows],
        "page": page,
        "filter": ListFilter(levels=listing.LEVEL_CHOICES, initial=filters),
        "filtered": bool(filters),
        "all_address": look.address(request.path),
        "families": [
            (one, look.address(request.path, famille=one.code, **filters))
            for one in look.families.values()
        ],
        "columns": columns_of(
            listing.HEADINGS, order=order, look=look, path=request.path, anchor="liste", **filters
        ),
        "exports": exports_of(look, route="cover:facilities-export", kept=kept),
        **_pages(look, page=page, path=request.path, kept=kept),
    }
    return render(request, "cover/facilities.html", context)


def _pages(look: Look, *, page: FacilityPage, path: str, kept: dict[str, str]) -> dict[str, Any]:
    """Return where the page stands among the others, and where those beside it are."""
    choice = page.choice
    last = max(1, -(-page.matching // choice.per_page))

    def address(number: int) -> str:
        return look.address(path, **kept, page=number if number > 1 else "") + "#liste"

    return {
        "number": choice.page,
        "last": last,
        "previous": address(choice.page - 1) if choice.page > 1 else "",
        "next": address(choice.page + 1) if choice.page < last else "",
    }


@require_GET
@needs(Deed.DECLARATION_READ)
def facility(request: ActorRequest, registry: str) -> HttpResponse:
    """Show what a facility of one's scope declared: its cover now, its last weeks, its difficulties."""
    return _shown(request, registry)


def _shown(request: ActorRequest, registry: str) -> HttpResponse:
    at = clock.now()
    scope = request.actor.scope
    found = facilities.get(registry=registry, scope=scope)
    covers = declared.cover_of(registry=registry, scope=scope, at=at)
    context = {
        "facility": found,
        "covers": [(each, words.days(each.cover_tenths), words.tag(each.level)) for each in covers],
        "history": declared.history(registry=registry, scope=scope, weeks=HISTORY_WEEKS),
        "difficulties": Difficulty.objects.filter(facility=found)
        .select_related("family")
        .order_by("-week", "-pk")[:HISTORY_WEEKS],
        "bands": BAND_NAMES,
        "several": areas.widest(scope) is not None,
        "may_repair": request.actor.may(Deed.ACCOUNT_INVITE),
    }
    return render(request, "cover/facility.html", context)
