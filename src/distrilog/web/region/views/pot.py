"""Ordering from the agency's pot for a facility of its region: choose it, say how many boxes, check, send."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders import queries as orders, services
from distrilog.domain.orders.queries import Offer, Offered
from distrilog.domain.orders.queries.situations import situation_of
from distrilog.domain.orders.rules import Charge, Demand
from distrilog.domain.orders.services.checking import rehearse
from distrilog.domain.quotas.models import Pot
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound, Refusal
from distrilog.kernel.weeks import PARIS, Week
from distrilog.web.region.forms import PotForm, PotItem
from distrilog.web.shared.rights import ActorRequest, needs


FOUND: Final = 20
REFUSED: Final = 422
LONGEST_SEARCH: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class PotLine:
    """What a pot holds of a family at one source. Units."""

    family: Family
    source: str
    cap: int
    ordered: int

    @property
    def left(self) -> int:
        """Units left."""
        return self.cap - self.ordered


@require_GET
@needs(Deed.ORDER_FROM_POT)
def choose(request: ActorRequest) -> HttpResponse:
    """Show what the pot holds, and look for the facility that is to receive some of it."""
    at = clock.now()
    search = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    page = None
    if search:
        page = facilities.listing(
            scope=request.actor.scope,
            search=search,
            open_on=at.astimezone(PARIS).date(),
            order="name",
            size=FOUND,
        )
    pots = Pot.objects.filter(region=request.actor.scope.code, week=str(Week.at(at)))
    context = {
        "pots": [
            PotLine(family=pot.family, source=pot.source.name, cap=pot.cap, ordered=pot.ordered)
            for pot in pots.select_related("family", "source").order_by(
                "family__position", "family_id", "source__name"
            )
            if pot.cap
        ],
        "search": search,
        "page": page,
        "most": FOUND,
        "week": Week.at(at),
    }
    return render(request, "region/choose.html", context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What the pot may give one facility now."""

    facility: Facility
    offer: Offer
    items: Sequence[PotItem]
    closed: Sequence[Offered]

    @property
    def zone(self) -> ZoneInfo:
        """The clocks on the facility's wall."""
        return ZoneInfo(self.facility.department.zone.time_zone)

    @property
    def open(self) -> bool:
        """Tell whether an order may be placed now."""
        return self.offer.open and any(item.left >= item.box for item in self.items)


def _counter(request: ActorRequest, registry: str) -> Counter:
    """Read what the pot of the facility's source holds, in a fixed number of queries."""
    at = clock.now()
    scope = request.actor.order_scope
    facility = facilities.get(registry=registry, scope=scope)
    offer = orders.offer(registry=registry, scope=scope, at=at)
    found = situation_of(registry=registry, at=at)
    if found is None:
        raise NotFound
    pots = {
        pot.family_id: pot
        for pot in Pot.objects.filter(
            region=found.situation.region, week=str(offer.week), source=found.situation.source()
        )
    }
    return Counter(
        facility=facility,
        offer=offer,
        items=[
            PotItem.of(each, cap=pots[each.family].cap, ordered=pots[each.family].ordered)
            for each in offer.families
            if each.open and each.family in pots and not pots[each.family].closed
        ],
        closed=[each for each in offer.families if not each.open or each.family not in pots],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.ORDER_FROM_POT)
def order(request: ActorRequest, registry: str) -> HttpResponse:
    """Ask for boxes, check them, send them: `etape` says which; nothing typed is lost on the way back."""
    counter = _counter(request, registry)
    if request.method != "POST":
        return _page(request, counter, _form(counter))
    step = request.POST.get("etape", "")
    if step == "corriger":
        return _page(request, counter, _form(counter, initial=request.POST.dict()))
    form = _form(counter, request.POST)
    if not form.is_valid():
        return _page(request, counter, form)
    try:
        return (
            _send(request, form, registry) if step == "envoyer" else _check(request, counter, form)
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, counter, form)


def _check(request: ActorRequest, counter: Counter, form: PotForm) -> HttpResponse:
    """Go through the demand without placing it; the key makes a double press harmless."""
    demand = _demand(form, counter.facility.registry, key="")
    found = rehearse(actor=request.actor, demand=demand, at=clock.now())
    chosen = form.cleaned_data["address"]
    context = {
        "counter": counter,
        "form": form,
        "basket": [(item, units, item.left - units) for item, units in form.basket()],
        "found": found,
        "address": next(each for each in counter.offer.addresses if each.id == chosen),
        "key": uuid4().hex,
    }
    return render(request, "region/check.html", context)


def _send(request: ActorRequest, form: PotForm, registry: str) -> HttpResponse:
    demand = _demand(form, registry, key=request.POST.get("key", ""))
    placed = services.place(actor=request.actor, demand=demand, at=clock.now())
    address = reverse("facility:order-detail", args=[placed.reference])
    return redirect(f"{address}?confirmation=1")


def _form(counter: Counter, data: Any = None, **more: Any) -> PotForm:
    return PotForm(data, items=counter.items, addresses=counter.offer.addresses, **more)


def _page(request: ActorRequest, counter: Counter, form: PotForm) -> HttpResponse:
    status = REFUSED if form.is_bound and form.errors else 200
    return render(request, "region/order.html", {"counter": counter, "form": form}, status=status)


def _demand(form: PotForm, registry: str, *, key: str) -> Demand:
    return Demand(
        registry=registry,
        lines=form.lines(),
        charge=Charge.POT,
        address=form.cleaned_data["address"],
        key=key,
    )
