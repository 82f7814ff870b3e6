"""The orders of a facility: the list with its filter, and one order with what happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.orders import queries as orders
from distrilog.domain.orders.models import Order
from distrilog.domain.orders.queries import Change, OrderView
from distrilog.domain.orders.rules import Status
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week
from distrilog.web.facility.forms import OrdersFilter
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import ActorRequest, needs


PAGE: Final = 20
WEEKS_OFFERED: Final = 26


def _families() -> dict[str, Family]:
    return {family.code: family for family in Family.objects.order_by("position", "code")}


@needs(Deed.ORDER_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """List the orders of the facility, newest first; the filter is in the address, so it can be kept."""
    families = _families()
    this_week = Week.at(clock.now())
    registry = request.GET.get("etablissement", "")[:20]
    facility = facilities.get(registry=registry, scope=request.actor.scope) if registry else None
    form = OrdersFilter(
        request.GET or None,
        statuses=[(str(value), str(words)) for value, words in Order.Status.choices],
        families=[(family.code, french.sentence(family.plural)) for family in families.values()],
        weeks=[str(this_week.plus(-back)) for back in range(WEEKS_OFFERED)],
    )
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page = orders.listing(
        scope=request.actor.scope,
        route=request.actor.route,
        week=wanted.get("week", ""),
        status=wanted.get("status", ""),
        family=wanted.get("family", ""),
        facility=registry,
        before=_number(request.GET.get("avant", "")),
        limit=PAGE,
    )
    context = {
        "form": form,
        "page": page,
        "families": families,
        "filtered": any(wanted.values()),
        "later": _later(request, page.before),
        "several": facility is None and request.actor.scope.code != request.actor.registry,
        "facility": facility,
        "may_order": request.actor.may(Deed.ORDER_PLACE),
    }
    return render(request, "facility/orders.html", context)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else None  # noqa: PLR2004


def _later(request: ActorRequest, before: int | None) -> str:
    """Return the address of the next page, its filter kept."""
    if before is None:
        return ""
    query = request.GET.copy()
    query["avant"] = str(before)
    return f"?{query.urlencode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened to an order, or will."""

    words: str
    at: datetime | None = None
    when: str = ""
    more: str = ""
    later: bool = False


@needs(Deed.ORDER_READ)
def detail(request: ActorRequest, reference: str) -> HttpResponse:
    """Show an order: its lines, where and when it arrives, what happened, what can still be done."""
    actor = request.actor
    at = clock.now()
    found = orders.get(reference=reference, scope=actor.scope, route=actor.route)
    facility = facilities.get(registry=found.facility, scope=actor.scope)
    families = _families()
    own = found.facility == actor.registry and actor.may(Deed.ORDER_PLACE)
    changes = orders.changes(reference=reference, scope=actor.scope, route=actor.route)
    zone = ZoneInfo(facility.department.zone.time_zone)
    context = {
        "order": found,
        "facility": facility,
        "families": families,
        "lines": [(families[line.family], line) for line in found.lines],
        "may_change": own and found.charge == Order.Charge.QUOTA and found.may_change(at=at),
        "zone": zone,
        "route": dict(facility.Route.choices)[found.route],
        "steps": _steps(found, changes, families, zone),
        "just": _just(request),
    }
    return render(request, "facility/order_detail.html", context)


def _just(request: ActorRequest) -> str:
    known = ("confirmation", "modification", "annulation")
    return next((word for word in known if word in request.GET), "")


def _steps(
    found: OrderView, changes: list[Change], families: Mapping[str, Family], zone: ZoneInfo
) -> list[Step]:
    """Return what happened and what is next, in order."""
    steps = [Step(words="Commande enregistrée", at=found.placed_at)]
    steps += [_happened(change, families) for change in changes]
    match Status(found.status):
        case Status.CANCELLED:
            return steps
        case Status.PLACED:
            cut_off = french.end_moment(found.cut_off_at, zone)
            steps.append(Step(words="Transmission pour préparation", when=cut_off, later=True))
        case Status.RELEASED:
            pass
    arrival = french.day(found.promised_on)
    return [*steps, Step(words="Livraison prévue", when=arrival, later=True)]


def _happened(change: Change, families: Mapping[str, Family]) -> Step:
    if change.status_after == Status.CANCELLED != change.status_before:
        back = "Les boîtes sont revenues à votre contingent."
        return Step(words="Commande annulée", at=change.at, more=back)
    if change.status_after == Status.RELEASED != change.status_before:
        return Step(words="Transmise pour préparation", at=change.at)
    before = ", ".join(
        f"{families[code].plural}, "
        + french.in_boxes(units, families[code], box_units=families[code].box_units)
        for code, units in change.units_before.items()
    )
    return Step(words="Commande modifiée", at=change.at, more=f"Avant : {before}")
