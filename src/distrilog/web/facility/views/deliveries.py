"""Deliveries: what is on its way, the parcel in one's hands, what was received of it, the papers that go with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.shipping import queries, services
from distrilog.domain.shipping.queries import DespatchSeen, ParcelSeen
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.facility.receipt_form import ReceiptForm, counted
from distrilog.web.shared import format as french
from distrilog.web.shared.labels import Label, LabelLine
from distrilog.web.shared.rights import ActorRequest, needs


PAGE: Final = 20
_MOST_DIGITS: Final = 18
SENT: Final = "envoyee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A despatch as lists show it: what it holds in words, and how many days are left to answer."""

    despatch: DespatchSeen
    holds: str
    days_left: int | None

    @property
    def urgent(self) -> bool:
        """Tell whether silence will soon be taken for an answer."""
        return self.days_left is not None and self.days_left <= 2  # noqa: PLR2004


def families_by_code() -> dict[str, Family]:
    """Return the families in the order of the catalogue."""
    return {family.code: family for family in Family.objects.order_by("position", "code")}


def holds(despatch: DespatchSeen, families: Mapping[str, Family]) -> str:
    """Write « 12 boîtes de masques chirurgicaux, 1 boîte de surblouses »."""
    told = []
    for code, units in despatch.units.items():
        family = families[code]
        boxes, rest = divmod(units, family.box_units)
        if rest:
            told.append(french.plural(units, family.unit))
        else:
            told.append(f"{french.plural(boxes, 'boîte')} de {family.plural}")
    return ", ".join(told)


def card(despatch: DespatchSeen, families: Mapping[str, Family], *, at: datetime) -> Card:
    """Return a despatch as lists show it at a moment."""
    today = at.astimezone(despatch.zone).date()
    left = despatch.assumed_on
    return Card(
        despatch=despatch,
        holds=holds(despatch, families),
        days_left=None if left is None else max(0, (left - today).days),
    )


def awaited_cards(
    *, facility_id: int | None, families: Mapping[str, Family], at: datetime
) -> Sequence[Card]:
    """Return what a facility awaits or has not answered for, as lists show it."""
    if facility_id is None:
        return []
    return [card(each, families, at=at) for each in queries.awaiting(facility_id=facility_id)]


@needs(Deed.RECEIPT_RECORD)
def listing(request: ActorRequest) -> HttpResponse:
    """Show what is to confirm, what is on its way, and what was confirmed, newest first."""
    return _listing(request, code="", refusal=None)


def _listing(request: ActorRequest, *, code: str, refusal: Refusal | None) -> HttpResponse:
    families, at = families_by_code(), clock.now()
    waiting = awaited_cards(facility_id=request.actor.facility_id, families=families, at=at)
    earlier = request.GET.get("avant", "")
    known = earlier.isdecimal() and earlier.isascii() and len(earlier) <= _MOST_DIGITS
    past, before = queries.deliveries(
        facility_id=request.actor.facility_id or 0,
        before=int(earlier) if known else None,
        limit=PAGE,
    )
    context = {
        "to_confirm": [each for each in waiting if each.despatch.delivered],
        "coming": [each for each in waiting if not each.despatch.delivered],
        "past": [card(each, families, at=at) for each in past],
        "before": before,
        "code": code[:100],
        "refusal": refusal,
    }
    status = refusal.status if refusal else 200
    return render(request, "facility/deliveries.html", context, status=status)


@needs(Deed.RECEIPT_RECORD)
def parcel(request: ActorRequest) -> HttpResponse:
    """Open the delivery of the parcel whose label was scanned or typed; say nothing of anybody else's."""
    code = request.GET.get("code", "")
    if not code.strip():
        return redirect("facility:deliveries")
    try:
        found = queries.by_sscc(sscc=code, scope=request.actor.scope)
    except Refusal as refusal:
        return _listing(request, code=code, refusal=refusal)
    return redirect("facility:delivery", despatch=found)


@needs(Deed.ORDER_READ)
def detail(request: ActorRequest, despatch: str) -> HttpResponse:
    """Show a delivery: what is in it and where it is; or what was said of it and what happens next."""
    return _detail(request, _found(request.actor, despatch))


def _found(actor: Actor, reference: str) -> DespatchSeen:
    return queries.despatch(reference=reference, scope=actor.scope, route=actor.route)


def _detail(
    request: ActorRequest, found: DespatchSeen, *, refusal: Refusal | None = None
) -> HttpResponse:
    families = families_by_code()
    may = request.actor.may(Deed.RECEIPT_RECORD)
    context = {
        "card": card(found, families, at=clock.now()),
        "despatch": found,
        "parcels": [_seen(parcel, families) for parcel in found.parcels],
        "substitutes": [
            (families[each.family], each, counted(each, families[each.family]))
            for each in found.substitutes
        ],
        "claims": [
            (families[each.family], each, _told(each.units, families[each.family]))
            for each in found.claims
        ],
        "recalled": sorted({each.lot for each in found.contents if each.recalled}),
        "may_receive": may and found.answerable,
        "may_erase": may and found.receipt and (found.receipt.remark or found.receipt.photo),
        "shows_remark": request.actor.may(Deed.CLAIM_READ),
        "just": SENT in request.GET,
        "refusal": refusal,
    }
    status = refusal.status if refusal else 200
    return render(request, "facility/delivery.html", context, status=status)


def _seen(parcel: ParcelSeen, families: Mapping[str, Family]) -> dict[str, Any]:
    contents = [
        (families[each.family], each, counted(each, families[each.family]))
        for each in parcel.contents
    ]
    return {"parcel": parcel, "contents": contents}


def _told(units: int, family: Family) -> str:
    return french.in_boxes(units, family, box_units=family.box_units)


@needs(Deed.RECEIPT_RECORD)
def receive(request: ActorRequest, despatch: str) -> HttpResponse:
    """Take down what arrived: all of it at one press, or all but what the form says."""
    found = _found(request.actor, despatch)
    if request.method == "POST" and "conforme" in request.POST:
        return _conforming(request, found)
    families = families_by_code()
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ReceiptForm(data, files, despatch=found, families=families)
    if form.is_bound and form.is_valid():
        try:
            services.receive(
                actor=request.actor,
                despatch=found.reference,
                stated=form.stated(),
                remark=form.cleaned_data["remark"],
                photo=form.cleaned_data["photo"],
                at=clock.now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return _sent(found)
    if not found.answerable and not form.is_bound:
        return redirect("facility:delivery", despatch=found.reference)
    context = {"form": form, "despatch": found, "rows": list(form.rows())}
    status = 422 if form.errors else 200
    return render(request, "facility/receive.html", context, status=status)


def _conforming(request: ActorRequest, found: DespatchSeen) -> HttpResponse:
    try:
        services.receive(actor=request.actor, despatch=found.reference, at=clock.now())
    except Refusal as refusal:
        return _detail(request, found, refusal=refusal)
    return _sent(found)


def _sent(found: DespatchSeen) -> HttpResponse:
    address = reverse("facility:delivery", kwargs={"despatch": found.reference})
    return redirect(f"{address}?{urlencode({SENT: ''})}")


@needs(Deed.CLAIM_READ)
def photo(request: ActorRequest, despatch: str) -> HttpResponse:
    """Send the photo of a receipt; it is kept nowhere on the way."""
    actor = request.actor
    content = queries.photo(reference=despatch, scope=actor.scope, route=actor.route)
    return HttpResponse(
        content,
        content_type="image/jpeg",
        headers={"Cache-Control": "private, no-store", "Content-Disposition": "inline"},
    )


@needs(Deed.RECEIPT_RECORD)
def erase(request: ActorRequest, despatch: str) -> HttpResponse:
    """Erase the remark and the photo of a receipt, once it is confirmed; what was counted stays."""
    found = _found(request.actor, despatch)
    if request.method != "POST":
        return render(request, "facility/erase_remark.html", {"despatch": found})
    services.erase_remark(actor=request.actor, despatch=found.reference, at=clock.now())
    return redirect("facility:delivery", despatch=found.reference)


@needs(Deed.ORDER_READ)
def note(request: ActorRequest, despatch: str) -> HttpResponse:
    """Show the delivery note, made for paper."""
    found = _found(request.actor, despatch)
    families = families_by_code()
    parcels = [_seen(parcel, families) for parcel in found.parcels]
    context = {"despatch": found, "parcels": parcels, "holds": holds(found, families)}
    return render(request, "facility/delivery_note.html", context)


@needs(Deed.ORDER_READ)
def labels(request: ActorRequest, despatch: str) -> HttpResponse:
    """Show the labels of the parcels, one a sheet: the SSCC in bars and as a matrix."""
    found = _found(request.actor, despatch)
    made = [_label(parcel, found) for parcel in found.parcels]
    back = reverse("facility:delivery", kwargs={"despatch": found.reference})
    return render(request, "shared/label_sheet.html", {"labels": made, "back": back})


def _label(parcel: ParcelSeen, found: DespatchSeen) -> Label:
    return Label(
        sscc=parcel.sscc,
        sender=[found.place_name],
        receiver=found.address_lines,
        lines=[
            LabelLine(
                article=each.article, units=each.units, lot=each.lot, expires_on=each.expires_on
            )
            for each in parcel.contents
        ],
        order=found.order,
        tracking=parcel.tracking,
    )
