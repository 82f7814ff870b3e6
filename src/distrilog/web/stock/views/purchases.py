"""What was bought and is awaited: the schedule, a purchase, its arrivals, the rest given up."""

from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Final

from django.contrib import messages as notes
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.stock import queries, services
from distrilog.domain.stock.models import Entry, Purchase
from distrilog.domain.stock.rules import strategic_share
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.shared import format as french
from distrilog.web.shared.arrivals import Arrivals, arrivals_of
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.stock import reading
from distrilog.web.stock.forms import PurchaseForm, ReasonForm
from distrilog.web.stock.pages import page


PER_PAGE: Final = 50
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A purchase on the schedule: where it leads, its names, its state in a word."""

    line: queries.PurchaseLine
    number: int
    unit: str
    place: str
    tag: str
    state: str


@require_safe
@needs(Deed.STOCK_READ)
def purchases(request: ActorRequest) -> HttpResponse:
    """Show what is awaited, the late ones first; all of it when asked."""
    everything = request.GET.get("tout", "") == "oui"
    on = reading.today()
    lines = queries.purchases(on=on, awaited_only=not everything)
    numbers = dict(Purchase.objects.values_list("reference", "pk"))
    families, places = reading.families(), reading.places()
    rows = [
        Row(
            line=each,
            number=numbers[each.reference],
            unit=families[each.family].unit,
            place=places[each.place].name if each.place in places else each.place,
            **_state(each),
        )
        for each in lines
    ]
    pages = reading.Pages.of(
        rows,
        total=len(rows),
        number=reading.page_number(request.GET.get("page", "")),
        size=PER_PAGE,
        path=reverse("stock:purchases"),
        kept={"tout": "oui" if everything else ""},
    )
    context = {
        "everything": everything,
        "pages": pages,
        "awaited": sum(each.awaited > 0 for each in lines),
        "late": sum(each.late for each in lines),
    }
    return page(request, "purchases", tab="purchases", context=context)


def _state(line: queries.PurchaseLine) -> dict[str, str]:
    if line.late:
        return {"tag": "late", "state": "en retard"}
    if line.awaited and line.arrived:
        return {"tag": "", "state": "arrivé en partie"}
    if line.awaited:
        return {"tag": "", "state": "attendu"}
    if line.cancelled:
        return {"tag": "", "state": "reste annulé"}
    return {"tag": "good", "state": "arrivé"}


@needs(Deed.STOCK_MANAGE)
def plan(request: ActorRequest) -> HttpResponse:
    """Write down a purchase."""
    form = PurchaseForm(request.POST or None, places=reading.places(), initial={"place": "spf"})
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            made = services.plan_purchase(
                actor=request.actor,
                reference=asked["reference"],
                gtin=asked["gtin"],
                place=asked["place"],
                supplier=asked["supplier"],
                units=asked["units"],
                expected_on=asked["expected_on"],
                strategic_per_mille=int(asked["strategic"] * 10),
                at=clock.now(),
            )
        except Refusal as refusal:
            add_faults(form, refusal, names={"strategic_per_mille": "strategic"})
        else:
            notes.success(request, f"Achat {made.reference} prévu.")
            return redirect("stock:purchase", number=made.pk)
    status = 422 if form.is_bound else 200
    return page(request, "purchase_plan", tab="purchases", context={"form": form}, status=status)


@needs(Deed.STOCK_READ)
def purchase(request: ActorRequest, number: int) -> HttpResponse:
    """Show one purchase; record an arrival of it, or give up the rest."""
    found = (
        Purchase.objects.select_related("article__family", "place")
        .filter(pk=min(number, _LARGEST))
        .first()
    )
    if found is None:
        raise Http404
    lines = Arrivals(prefix="lots")
    reason, key, refusal = ReasonForm(), token_hex(10), None
    if request.method == "POST":
        request.actor.require(Deed.STOCK_MANAGE)
        key = request.POST.get("key", "")[:40] or key
        cancels = request.POST.get("deed") == "cancel"
        if cancels:
            reason = ReasonForm(request.POST)
        else:
            lines = Arrivals(request.POST, prefix="lots")
        try:
            answer = (
                _cancel(request, found, reason) if cancels else _arrive(request, found, lines, key)
            )
        except Refusal as refused:
            answer, refusal = None, refused
        if answer:
            return answer
    context = _shown(found) | {"lines": lines, "reason": reason, "key": key, "refusal": refusal}
    status = 422 if request.method == "POST" else 200
    return page(request, "purchase", tab="purchases", context=context, status=status)


def _cancel(request: ActorRequest, found: Purchase, form: ReasonForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    services.cancel_rest(
        actor=request.actor,
        reference=found.reference,
        reason=form.cleaned_data["reason"],
        at=clock.now(),
    )
    notes.success(request, f"Plus rien n’est attendu de l’achat {found.reference}.")
    return redirect("stock:purchase", number=found.pk)


def _arrive(request: ActorRequest, found: Purchase, lines: Any, key: str) -> HttpResponse | None:
    if not lines.is_valid():
        return None
    done = services.receive_purchase(
        actor=request.actor,
        reference=found.reference,
        arrivals=arrivals_of(lines),
        key=key,
        at=clock.now(),
    )
    told = [
        f"{french.number(units)} {words}"
        for units, words in (
            (done.available, "utilisables"),
            (done.strategic, "au stock stratégique"),
            (done.quarantine, "en quarantaine"),
            (done.awaited, "encore attendues"),
        )
        if units
    ]
    notes.success(request, f"Arrivée enregistrée, en unités : {', '.join(told)}.")
    return redirect("stock:purchase", number=found.pk)


def _shown(found: Purchase) -> dict[str, Any]:
    entries = (
        Entry.objects.filter(about=f"purchase:{found.reference}")
        .select_related("lot", "target")
        .order_by("-pk")
    )
    kept = strategic_share(
        units=found.awaited,
        per_mille=found.strategic_per_mille,
        box_units=found.article.box_units,
    )
    return {
        "purchase": found,
        "unit": found.article.family.unit,
        "late": found.awaited > 0 and found.expected_on < reading.today(),
        "share": _percent(found.strategic_per_mille),
        "kept": kept,
        "arrivals": [(each, reading.STATUS_WORDS[each.target.status]) for each in entries],
    }


def _percent(per_mille: int) -> str:
    """Write « 25 % », « 12,5 % »."""
    whole, tenth = divmod(per_mille, 10)
    return f"{whole}{f',{tenth}' if tenth else ''}{french.THIN}%"
