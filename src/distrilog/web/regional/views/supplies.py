"""What comes to a region: the list, a new one, its arrivals, its quality, the rest given up."""

from secrets import token_hex
from typing import Any

from django.contrib import messages as notes
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.regional import queries, services
from distrilog.domain.regional.models import Supply
from distrilog.domain.stock.models import Entry
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.weeks import PARIS
from distrilog.web.regional.forms import QualityForm, ReasonForm, SupplyForm
from distrilog.web.regional.pages import (
    LARGEST,
    REFUSED,
    must_see,
    page,
    place_choices,
    region_shown,
)
from distrilog.web.shared import format as french
from distrilog.web.shared.arrivals import Arrivals, arrivals_of
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


SHOWN = 200
QUALITY_TAGS = {"unchecked": "tension", "accepted": "good", "refused": "late"}


@require_safe
@needs(Deed.REGIONAL_READ)
def supplies(request: ActorRequest) -> HttpResponse:
    """List what comes and came, with what is pending: delivered + pending = ordered."""
    region, everything = region_shown(request), request.GET.get("tout", "") == "oui"
    rows = list(queries.supplies(region=region.pk, awaited_only=not everything)[:SHOWN])
    today = clock.now().astimezone(PARIS).date()
    context = {
        "everything": everything,
        "rows": [
            (
                each,
                QUALITY_TAGS[each.quality],
                bool(each.pending and each.expected_on and each.expected_on < today),
            )
            for each in rows
        ],
        "shown": SHOWN,
    }
    return page(request, "supplies", tab="supplies", region=region, context=context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.REGIONAL_MANAGE)
def register(request: ActorRequest) -> HttpResponse:
    """Write down what comes."""
    region = region_shown(request)
    form = SupplyForm(request.POST or None, places=place_choices(region))
    if request.method == "POST" and form.is_valid():
        try:
            made = services.register_supply(
                actor=request.actor, supply=services.NewSupply(**form.cleaned_data), at=clock.now()
            )
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            notes.success(request, f"Apport {made.reference} enregistré.")
            return redirect("regional:supply", number=made.pk)
    status = REFUSED if form.is_bound else 200
    context = {"form": form}
    return page(
        request, "supply_new", tab="supplies", region=region, context=context, status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.REGIONAL_READ)
def supply(request: ActorRequest, number: int) -> HttpResponse:
    """Show one; record an arrival, what a look at it found, or give up the rest."""
    found = (
        Supply.objects.select_related("article__family", "place", "owner", "region")
        .filter(pk=min(number, LARGEST))
        .first()
    )
    if found is None:
        raise Http404
    must_see(request, found.region_id)
    forms: dict[str, Any] = {
        "lines": Arrivals(prefix="lots"),
        "quality": QualityForm(prefix="quality"),
        "reason": ReasonForm(prefix="reason"),
        "key": token_hex(10),
        "refusal": None,
    }
    if request.method == "POST":
        request.actor.require(Deed.REGIONAL_MANAGE)
        try:
            told = _done(request, found, forms)
        except Refusal as refused:
            told, forms["refusal"] = "", refused
        if told:
            notes.success(request, told)
            return redirect("regional:supply", number=found.pk)
    entries = Entry.objects.filter(about=f"supply:{found.reference}", kind="receipt")
    context = {
        "supply": found,
        "quality_tag": QUALITY_TAGS[found.quality],
        "arrivals": entries.select_related("lot", "target").order_by("-pk"),
        **forms,
    }
    status = REFUSED if request.method == "POST" else 200
    return page(
        request, "supply", tab="supplies", region=found.region, context=context, status=status
    )


def _done(request: ActorRequest, found: Supply, forms: dict[str, Any]) -> str:
    """Do what was asked; return what to say of it, empty where a form is wrong."""
    match request.POST.get("deed"):
        case "arrive":
            forms["key"] = request.POST.get("key", "")[:40] or forms["key"]
            forms["lines"] = Arrivals(request.POST, prefix="lots")
            return _arrived(request, found, forms["lines"], forms["key"])
        case "quality":
            forms["quality"] = QualityForm(request.POST, prefix="quality")
            return _checked(request, found, forms["quality"])
        case "cancel":
            forms["reason"] = ReasonForm(request.POST, prefix="reason")
            return _cancelled(request, found, forms["reason"])
        case _:
            return ""


def _arrived(request: ActorRequest, found: Supply, lines: Any, key: str) -> str:
    if not lines.is_valid():
        return ""
    done = services.receive_supply(
        actor=request.actor,
        reference=found.reference,
        arrivals=arrivals_of(lines),
        key=key,
        at=clock.now(),
    )
    came, left = french.number(done.arrived), french.number(done.pending)
    return f"Arrivée enregistrée : {came} unités arrivées en tout, {left} encore attendues."


def _checked(request: ActorRequest, found: Supply, form: QualityForm) -> str:
    if not form.is_valid():
        return ""
    done = services.check_quality(
        actor=request.actor,
        reference=found.reference,
        accepted=form.cleaned_data["accepted"] == "yes",
        words=form.cleaned_data["words"],
        at=clock.now(),
    )
    return f"Apport {done.reference} : {done.get_quality_display()}."


def _cancelled(request: ActorRequest, found: Supply, form: ReasonForm) -> str:
    if not form.is_valid():
        return ""
    services.cancel_rest(
        actor=request.actor,
        reference=found.reference,
        reason=form.cleaned_data["reason"],
        at=clock.now(),
    )
    return f"Plus rien n’est attendu de l’apport {found.reference}."
