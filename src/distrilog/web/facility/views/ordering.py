"""Ordering: choose, check, send; amend and cancel until the cut-off. Each works without JavaScript."""

from typing import Any, Final
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.orders import queries as orders, services
from distrilog.domain.orders.queries import OrderView
from distrilog.domain.orders.rules import Demand
from distrilog.domain.orders.services.checking import rehearse
from distrilog.kernel import clock
from distrilog.kernel.refusals import Forbidden, NotFound, Refusal
from distrilog.web.facility.forms import BasketForm, field_of
from distrilog.web.facility.shelf import Shelf, by_code, shelf_of
from distrilog.web.shared.rights import ActorRequest, needs


REFUSED: Final = 422


def _form(shelf: Shelf, data: Any = None, **more: Any) -> BasketForm:
    return BasketForm(
        data,
        families=more.pop("families", shelf.with_quota),
        addresses=shelf.offer.addresses,
        asking=shelf.asking,
        **more,
    )


def _page(request: HttpRequest, shelf: Shelf, form: BasketForm) -> HttpResponse:
    context = {"shelf": shelf, "form": form}
    status = REFUSED if form.is_bound and form.errors else 200
    return render(request, "facility/order.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.ORDER_PLACE)
def order(request: ActorRequest) -> HttpResponse:
    """Show what may be ordered. A POST comes back from the check page to correct something."""
    shelf = shelf_of(actor=request.actor, at=clock.now())
    if request.method == "POST":
        return _page(request, shelf, _form(shelf, initial=request.POST.dict()))
    return _page(request, shelf, _form(shelf))


@require_POST
@needs(Deed.ORDER_PLACE)
def check(request: ActorRequest) -> HttpResponse:
    """Go through the demand without placing it, and show it once more; the key makes a double press harmless."""
    at = clock.now()
    shelf = shelf_of(actor=request.actor, at=at)
    form = _form(shelf, request.POST)
    if not form.is_valid():
        return _page(request, shelf, form)
    try:
        found = rehearse(actor=request.actor, demand=_demand(request, form, key=""), at=at)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, shelf, form)
    address = next(a for a in form.addresses if a.id == form.cleaned_data["address"])
    context = {
        "shelf": shelf,
        "form": form,
        "basket": [(item, units, found.amounts[item.family]) for item, units in form.basket()],
        "found": found,
        "address": address,
        "key": uuid4().hex,
    }
    return render(request, "facility/check.html", context)


@require_POST
@needs(Deed.ORDER_PLACE)
def send(request: ActorRequest) -> HttpResponse:
    """Place the order, then show its confirmation; a refusal goes back to the fields, nothing lost."""
    at = clock.now()
    shelf = shelf_of(actor=request.actor, at=at)
    form = _form(shelf, request.POST)
    if not form.is_valid():
        return _page(request, shelf, form)
    demand = _demand(request, form, key=request.POST.get("key", ""))
    try:
        placed = services.place(actor=request.actor, demand=demand, at=at)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, shelf, form)
    address = reverse("facility:order-detail", args=[placed.reference])
    return redirect(f"{address}?confirmation=1")


def _demand(request: ActorRequest, form: BasketForm, *, key: str) -> Demand:
    return Demand(
        registry=request.actor.registry,
        lines=form.lines(),
        address=form.cleaned_data["address"],
        key=key,
    )


def _own_order(request: ActorRequest, reference: str) -> OrderView:
    """Return an order that may be changed here: one of the actor's own facility."""
    found = orders.get(reference=reference, scope=request.actor.scope)
    if found.facility != request.actor.registry:
        raise Forbidden(detail="Vous voyez cette commande, mais ne modifiez que les vôtres.")
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.ORDER_PLACE)
def amend(request: ActorRequest, reference: str) -> HttpResponse:
    """Change the boxes of an order until the cut-off."""
    at = clock.now()
    found = _own_order(request, reference)
    if not found.may_change(at=at):
        return redirect("facility:order-detail", reference=reference)
    shelf = shelf_of(actor=request.actor, at=at)
    form = _amend_form(request, shelf, found)
    if request.method == "POST" and form.is_valid():
        try:
            services.amend(
                actor=request.actor,
                reference=reference,
                lines=form.lines(),
                at=at,
                expected_version=_version(request, found),
            )
        except NotFound:
            raise
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return redirect(f"{reverse('facility:order-detail', args=[reference])}?modification=1")
    context = {"shelf": shelf, "form": form, "order": found}
    status = REFUSED if form.is_bound and form.errors else 200
    return render(request, "facility/amend.html", context, status=status)


def _version(request: HttpRequest, found: OrderView) -> int:
    """Return the version that the reader was looking at; one that cannot be read is the one at hand."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and text.isascii() else found.version


def _amend_form(request: HttpRequest, shelf: Shelf, found: OrderView) -> BasketForm:
    """Offer what is open, and what the order holds already even if it closed since."""
    known = by_code(shelf.offer)
    codes = [family.family for family in shelf.with_quota]
    codes += [line.family for line in found.lines if line.family not in codes]
    form = _form(
        shelf,
        request.POST if request.method == "POST" else None,
        families=[known[code] for code in codes],
        had={line.family: line.units for line in found.lines},
        initial={field_of(line.family): line.boxes for line in found.lines},
    )
    del form.fields["address"]
    return form


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.ORDER_PLACE)
def cancel(request: ActorRequest, reference: str) -> HttpResponse:
    """Ask once, then cancel: the boxes go back to the quota."""
    found = _own_order(request, reference)
    at = clock.now()
    if request.method == "POST":
        services.cancel(actor=request.actor, reference=reference, at=at)
        return redirect(f"{reverse('facility:order-detail', args=[reference])}?annulation=1")
    if not found.may_change(at=at):
        return redirect("facility:order-detail", reference=reference)
    families = by_code(shelf_of(actor=request.actor, at=at).offer)
    return render(request, "facility/cancel.html", {"order": found, "families": families})
