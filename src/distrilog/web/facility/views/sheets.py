"""The sheet of a facility: what it is, who serves it, what the doctrine says it needs; and the list of a territory."""

from datetime import date
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.doctrines.queries import Need, NoDoctrine
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Facility
from distrilog.domain.quotas import queries as quotas
from distrilog.domain.quotas.queries import QuotaLine
from distrilog.domain.regimes import queries as regimes
from distrilog.kernel import clock
from distrilog.kernel.weeks import PARIS, Week
from distrilog.web.shared.rights import ActorRequest, needs


PAGE: Final = 50


@needs(Deed.FACILITY_READ)
def own(request: ActorRequest) -> HttpResponse:
    """Show my own facility; a profile without one sees the list."""
    if not request.actor.registry:
        return redirect("facility:list")
    return _sheet(request, request.actor.registry)


@needs(Deed.FACILITY_READ)
def sheet(request: ActorRequest, registry: str) -> HttpResponse:
    """Show one facility of the scope."""
    return _sheet(request, registry)


def _sheet(request: ActorRequest, registry: str) -> HttpResponse:
    at = clock.now()
    on = at.astimezone(PARIS).date()
    facility = facilities.get(registry=registry, scope=request.actor.scope)
    need = _need(facility, on)
    week = regimes.current_week(zone=facility.department.zone, at=at)
    own = registry == request.actor.registry
    sees_quotas = not own and request.actor.may(Deed.QUOTA_READ)
    context = {
        "facility": facility,
        "own": own,
        "week": week,
        "quotas": _quotas(facility, week) if sees_quotas else [],
        "capacities": list(facility.capacities.order_by("activity")),
        "staff": list(facility.staff.order_by("role")),
        "territory": facilities.territory_of(facility=facility, on=on),
        "addresses": facilities.addresses_for(facility=facility, on=on),
        "need": need,
        "by_family": _by_family(need),
        "contacts": facilities.contacts_of(facility=facility, on=on)
        if own or request.actor.may(Deed.PERIMETER_READ)
        else [],
        "sees_orders": not own and request.actor.may(Deed.ORDER_READ),
    }
    return render(request, "facility/sheet.html", context)


def _quotas(facility: Facility, week: Week) -> list[tuple[Family, QuotaLine]]:
    """Return the quotas of a week, each with its family."""
    families = {family.code: family for family in Family.objects.all()}
    lines = quotas.of_facility(facility_id=facility.pk, week=str(week))
    return [(families[line.family], line) for line in lines]


def _need(facility: Facility, on: date) -> Need | None:
    """Return its need, or None while no doctrine is in force."""
    try:
        version = doctrines.in_force(on=on)
    except NoDoctrine:
        return None
    return doctrines.need_of(facility=facility, version=version, on=on)


def _by_family(need: Need | None) -> list[dict[str, Any]]:
    """Return each family with its need and the lines behind it, in the order of the catalogue."""
    if need is None:
        return []
    return [
        {
            "family": family,
            "units": need.units.get(family.code, 0),
            "lines": [line for line in need.lines if line.family == family.code],
        }
        for family in Family.objects.order_by("position", "code")
    ]


@needs(Deed.FACILITY_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """List the facilities of the scope; the search is in the address."""
    search = request.GET.get("q", "").strip()[:80]
    page = facilities.listing(
        scope=request.actor.scope,
        search=search,
        open_on=clock.now().astimezone(PARIS).date(),
        order="name",
        after=request.GET.get("apres", ""),
        size=PAGE,
    )
    query = request.GET.copy()
    query["apres"] = page.after
    context = {
        "page": page,
        "search": search,
        "later": f"?{query.urlencode()}" if page.after else "",
    }
    return render(request, "facility/list.html", context)
