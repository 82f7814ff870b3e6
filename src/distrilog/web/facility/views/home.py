"""The first page: each role opens on its own; a facility's people see their week."""

from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from distrilog.domain.accounts.rules import Actor, Deed, Role
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations import queries as declarations
from distrilog.domain.declarations.queries import WeekView
from distrilog.domain.distribution.queries import endowments
from distrilog.domain.distribution.queries.endowments import EndowmentLine
from distrilog.domain.messages import queries as messages
from distrilog.domain.orders import queries as orders
from distrilog.domain.orders.queries import OrderView
from distrilog.domain.orders.rules import Status
from distrilog.domain.resupply import queries as resupply
from distrilog.domain.shipping import queries as shipping
from distrilog.kernel import clock
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.weeks import Week
from distrilog.web.facility.rules_in_force import regimes_of
from distrilog.web.facility.shelf import Shelf, by_code, shelf_of
from distrilog.web.facility.views.deliveries import awaited_cards, families_by_code
from distrilog.web.shared.rights import PUBLIC, ActorRequest, actor_of, needs


DESKS: Final[dict[Role, str]] = {
    Role.ARS: "/region/",
    Role.DELEGATION: "/region/",
    Role.NATIONAL_CELL: "/pays/",
    Role.NATIONAL_DUTY: "/pays/",
    Role.AUDITOR: "/transparence/",
    Role.SPF: "/stock/",
    Role.DONOR: "/dons/",
}
WEEKS_ON_THE_WAY: Final = 3  # an order is delivered within three weeks, overseas included
MOST_ON_THE_WAY: Final = 10
MOST_ASKS: Final = 5


@needs(PUBLIC)
def home(request: HttpRequest) -> HttpResponse:
    """Open the page of the role; the anonymous read what this is."""
    actor = actor_of(request)
    if actor is None:
        families = list(Family.objects.order_by("position", "code"))
        rows = regimes_of(families=families, region="", at=clock.now())
        return render(request, "facility/landing.html", {"regimes": rows})
    if actor.role in DESKS:
        return redirect(DESKS[actor.role])
    if actor.role is Role.PLATFORM and actor.scope.kind is ScopeKind.TERRITORY:
        return redirect("/tournee/")
    if actor.facility_id is None:
        return render(
            request, "facility/elsewhere.html", {"waiting": messages.waiting(actor=actor)}
        )
    return _my_week(request, actor)


@needs(Deed.QUOTA_READ)
def week(request: ActorRequest) -> HttpResponse:
    """Show a facility’s week to those of its people who open on another page, a platform’s round."""
    if request.actor.facility_id is None:
        return redirect("facility:home")
    return _my_week(request, request.actor)


def _my_week(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show what is open and until when, the quotas, what is on its way, what is asked of me."""
    at = clock.now()
    shelf = shelf_of(actor=actor, at=at)
    coming = _coming(shelf)
    cards = awaited_cards(facility_id=actor.facility_id, families=families_by_code(), at=at)
    return render(
        request,
        "facility/week.html",
        {
            "shelf": shelf,
            "families": by_code(shelf.offer),
            "waiting": messages.waiting(actor=actor)[:MOST_ASKS],
            "help": resupply.waiting_for(facility_id=shelf.facility.pk),
            "declaration": _declaration(shelf, actor=actor, at=at),
            "endowments": _pushed(shelf),
            "coming": coming,
            "states": shipping.states(references=[order.reference for order in coming]),
            "to_confirm": [each for each in cards if each.despatch.delivered],
            "on_the_way": [each for each in cards if not each.despatch.delivered],
        },
    )


def _declaration(shelf: Shelf, *, actor: Actor, at: datetime) -> WeekView | None:
    """Return the week to declare; nothing to whoever does not declare, or has nothing to declare."""
    if not actor.may(Deed.DECLARATION_MAKE):
        return None
    view = declarations.of_facility(
        registry=shelf.facility.registry,
        scope=actor.scope,
        week=Week.at(at, shelf.zone),
        at=at,
        actor=actor,
    )
    return view if view.version or (view.may_declare and view.lines) else None


def _pushed(shelf: Shelf) -> list[EndowmentLine]:
    """Return what the State sends without an order, this week and the next."""
    week = shelf.offer.week
    lines = endowments.of_facility(
        facility_id=shelf.facility.pk, weeks=[str(week), str(week.plus(1))]
    )
    return [each for each in lines if each.line.units]


def _coming(shelf: Shelf) -> list[OrderView]:
    oldest = str(shelf.offer.week.plus(1 - WEEKS_ON_THE_WAY))
    page = orders.history(facility_id=shelf.offer.facility_id, limit=MOST_ON_THE_WAY)
    return [o for o in page.orders if o.week >= oldest and o.status != Status.CANCELLED]
