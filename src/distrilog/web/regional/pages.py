"""How every page of a region's stock is shown: its tab, its region, what the reader may do."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Region, Territory
from distrilog.domain.regional import queries
from distrilog.domain.regional.models import Supply
from distrilog.kernel.scopes import ScopeKind
from distrilog.web.shared.rights import ActorRequest


LARGEST: Final = 2**63 - 1
REFUSED: Final = 422


def region_shown(request: ActorRequest) -> Region:
    """Return the region whose stock is shown: one's own; for the country, the one of the address, or the first that has some."""
    scope = request.actor.scope
    code = queries.region_of(scope)
    if scope.kind is ScopeKind.COUNTRY:
        code = request.GET.get("region", "") or _first_supplied()
    found = Region.objects.filter(pk=code[:3]).first()
    if found is None:
        raise Http404
    return found


def _first_supplied() -> str:
    supplied = Supply.objects.order_by("-made_at").values_list("region", flat=True).first()
    return str(supplied or Region.objects.order_by("name").values_list("code", flat=True).first())


def must_see(request: ActorRequest, region: str) -> None:
    """Answer 404 unless a region is the reader's, or the reader is the country's."""
    scope = request.actor.scope
    if scope.kind is not ScopeKind.COUNTRY and queries.region_of(scope) != region:
        raise Http404


def page(
    request: ActorRequest,
    name: str,
    *,
    tab: str,
    region: Region,
    context: Mapping[str, Any],
    status: int = 200,
) -> HttpResponse:
    """Show a template of a region's stock under one of its tabs."""
    actor = request.actor
    shown = {
        "tab": tab,
        "region": region,
        "chosen": f"?region={region.pk}" if actor.scope.kind is ScopeKind.COUNTRY else "",
        "may_manage": actor.may(Deed.REGIONAL_MANAGE),
        "may_release": actor.may(Deed.REGIONAL_RELEASE),
        **context,
    }
    return render(request, f"regional/{name}.html", shown, status=status)


def families() -> dict[str, Family]:
    """Return the families by code, in the order of the catalogue. One query."""
    return {each.code: each for each in Family.objects.order_by("position", "code")}


def territories(region: str) -> list[Territory]:
    """Return the territories of a region that a platform serves, by name. One query."""
    return list(
        Territory.objects.filter(region=region, platform__isnull=False)
        .select_related("platform")
        .order_by("name")
    )


def place_choices(region: Region) -> list[tuple[str, str]]:
    """Return where a region's stock may lie: its own store, each platform."""
    platforms = [(f"ght-{each.pk}", f"Plateforme {each.name}") for each in territories(region.pk)]
    return [(f"reg-{region.pk}", f"Stock régional, {region.name}"), *platforms]
