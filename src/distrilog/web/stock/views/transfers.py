"""Between places: thresholds and levels, pallets and capacity, requests, departures, arrivals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages as notes
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.stock import queries, services
from distrilog.domain.stock.models import Place, Transfer
from distrilog.domain.stock.rules import PalletOutcome
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.stock import reading
from distrilog.web.stock.forms import PalletsForm, ReasonForm, ThresholdForm, TransferForm
from distrilog.web.stock.pages import page


PER_PAGE: Final = 50
BAR: Final = 1000
_LARGEST: Final = 2**63 - 1
_TAGS: Final = {"asked": "tension", "sent": "", "received": "good", "refused": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRow:
    """A level against its threshold, and its bar in thousandths of the highest of its figures."""

    level: queries.Level
    family: Family
    place: str
    ask: str

    @property
    def _scale(self) -> int:
        level = self.level
        return max(level.maximum, level.usable + level.coming, 1)

    @property
    def usable(self) -> int:
        """Length of what is there."""
        return BAR * self.level.usable // self._scale

    @property
    def coming(self) -> int:
        """Length of what comes."""
        return BAR * self.level.coming // self._scale

    @property
    def minimum(self) -> int:
        """Where the minimum stands."""
        return BAR * self.level.minimum // self._scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Pallets of a place: there, coming, and how many fit."""

    place: str
    there: int
    coming: int
    fits: int

    @property
    def free(self) -> int:
        """Pallets that still fit."""
        return max(0, self.fits - self.there - self.coming)

    @property
    def there_length(self) -> int:
        """In thousandths."""
        return min(BAR, BAR * self.there // max(1, self.fits))

    @property
    def coming_length(self) -> int:
        """In thousandths."""
        return min(BAR - self.there_length, BAR * self.coming // max(1, self.fits))


@needs(Deed.STOCK_READ)
def transfers(request: ActorRequest) -> HttpResponse:
    """Show levels, capacity and transfers; ask for one, or set a threshold."""
    families, places = reading.families(), reading.places()
    form = TransferForm(families=families, places=places, initial=_asked(request))
    threshold = ThresholdForm(families=families, places=places, initial={"place": "operator"})
    if request.method == "POST":
        request.actor.require(Deed.STOCK_MANAGE)
        if request.POST.get("deed") == "threshold":
            threshold = ThresholdForm(request.POST, families=families, places=places)
            answer = _set_threshold(request, threshold)
        else:
            form = TransferForm(request.POST, families=families, places=places)
            answer = _ask(request, form)
        if answer:
            return answer
    everything = request.GET.get("tout", "") == "oui"
    context = {
        "levels": _levels(families, places),
        "capacities": _capacities(places),
        "everything": everything,
        "pages": _transfers(request, families, places, everything=everything),
        "form": form,
        "threshold": threshold,
    }
    status = 422 if form.is_bound or threshold.is_bound else 200
    return page(request, "transfers", tab="transfers", context=context, status=status)


def _asked(request: ActorRequest) -> dict[str, str]:
    names = {"de": "source", "vers": "target", "famille": "family", "unites": "units"}
    given = {field: request.GET.get(name, "") for name, field in names.items()}
    return {"source": "spf", "target": "operator"} | {k: v for k, v in given.items() if v}


def _levels(families: Mapping[str, Family], places: Mapping[str, Place]) -> list[LevelRow]:
    path = reverse("stock:transfers")
    return [
        LevelRow(
            level=each,
            family=families[each.family],
            place=places[each.place].name,
            ask=reading.address(path, vers=each.place, famille=each.family, unites=each.wanted)
            + "#demander"
            if each.is_low
            else "",
        )
        for each in queries.levels()
    ]


def _capacities(places: Mapping[str, Place]) -> list[Capacity]:
    return [
        Capacity(
            place=each.name,
            there=queries.pallets_at(place=each.code),
            coming=queries.pallets_coming(place=each.code),
            fits=each.pallets,
        )
        for each in places.values()
        if each.pallets is not None
    ]


def _transfers(
    request: ActorRequest,
    families: Mapping[str, Family],
    places: Mapping[str, Place],
    *,
    everything: bool,
) -> reading.Pages:
    found = queries.transfers(open_only=not everything)
    numbers = dict(Transfer.objects.values_list("reference", "pk"))
    states = dict(Transfer.State.choices)
    rows = [
        {
            "row": each,
            "number": numbers[each.reference],
            "source": places[each.source].name,
            "target": places[each.target].name,
            "family": families[each.family],
            "state": states[Transfer.State(each.state)],
            "tag": _TAGS[each.state],
        }
        for each in found
    ]
    return reading.Pages.of(
        rows,
        total=len(rows),
        number=reading.page_number(request.GET.get("page", "")),
        size=PER_PAGE,
        path=reverse("stock:transfers"),
        kept={"tout": "oui" if everything else ""},
    )


def _ask(request: ActorRequest, form: TransferForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    asked = form.cleaned_data
    try:
        made = services.request_transfer(
            source=asked["source"],
            target=asked["target"],
            family=asked["family"],
            units=asked["units"],
            reason=asked["reason"],
            reference=f"TR-{asked['key'][:8].upper()}",
            by=request.actor.by,
            at=clock.now(),
        )
    except Refusal as refusal:
        add_faults(form, refusal)
        return None
    notes.success(request, f"Demandé : {french.number(made.asked)} unités, par palettes entières.")
    return redirect("stock:transfer", number=made.pk)


def _set_threshold(request: ActorRequest, form: ThresholdForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    asked = form.cleaned_data
    try:
        services.set_threshold(
            actor=request.actor,
            place=asked["place"],
            family=asked["family"],
            minimum=asked["minimum"],
            maximum=asked["maximum"],
        )
    except Refusal as refusal:
        add_faults(form, refusal)
        return None
    notes.success(request, "Seuils enregistrés.")
    return redirect("stock:transfers")


# ------------------------------------------------------------------ one transfer


@needs(Deed.STOCK_READ)
def transfer(request: ActorRequest, number: int) -> HttpResponse:
    """Show one transfer and its pallets; send it, refuse it, say how its pallets ended."""
    found = (
        Transfer.objects.select_related("source", "target", "family")
        .filter(pk=min(number, _LARGEST))
        .first()
    )
    if found is None:
        raise Http404
    lines = list(found.lines.select_related("lot").order_by("pk"))
    moving = [each for each in lines if not each.outcome]
    pallets, reason, refusal = PalletsForm(lines=moving), ReasonForm(), None
    if request.method == "POST":
        request.actor.require(Deed.STOCK_MANAGE)
        deed = request.POST.get("deed", "")
        if deed == "pallets":
            pallets = PalletsForm(request.POST, lines=moving)
        elif deed == "refuse":
            reason = ReasonForm(request.POST)
        try:
            told = _act(request, found, deed=deed, pallets=pallets, reason=reason)
        except Refusal as refused:
            told, refusal = "", refused
        if told:
            notes.success(request, told)
            return redirect("stock:transfer", number=found.pk)
    context = {
        "transfer": found,
        "tag": _TAGS[found.state],
        "lines": lines,
        "moving": sum(each.units for each in moving),
        "pallets": pallets if moving else None,
        "reason": reason,
        "refusal": refusal,
    }
    status = 422 if request.method == "POST" else 200
    return page(request, "transfer", tab="transfers", context=context, status=status)


def _act(
    request: ActorRequest, found: Transfer, *, deed: str, pallets: PalletsForm, reason: ReasonForm
) -> str:
    """Do what was asked; return what to tell, or nothing where a form is wrong. Raises refusals."""
    who: dict[str, Any] = {"by": request.actor.by, "at": clock.now()}
    if deed == "send":
        sent = services.send_transfer(reference=found.reference, **who)
        return f"Parti : {french.number(sent.sent)} unités."
    if deed == "refuse" and reason.is_valid():
        services.refuse_transfer(
            reference=found.reference, reason=reason.cleaned_data["reason"], **who
        )
        return "Demande refusée."
    if deed == "pallets" and pallets.is_valid():
        ssccs = pallets.cleaned_data["ssccs"]
        services.receive_pallets(
            ssccs=ssccs,
            outcome=PalletOutcome(pallets.cleaned_data["outcome"]),
            reason=pallets.cleaned_data["reason"],
            **who,
        )
        return f"Noté pour {french.plural(len(ssccs), 'palette')}."
    return ""
