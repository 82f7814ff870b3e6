"""Lots and what they are for: the list, a new plan, its parts shared out, decided, carried out."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages as notes
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.regional import queries, services
from distrilog.domain.regional.models import LotPart, LotPlan, LotShare
from distrilog.domain.regional.services.planning import national_weights
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.weeks import PARIS
from distrilog.web.regional.forms import LotForm, Parts, ReasonForm, SharesForm
from distrilog.web.regional.pages import (
    LARGEST,
    REFUSED,
    families,
    must_see,
    page,
    place_choices,
    region_shown,
    territories,
)
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


SHOWN = 100
TAGS = {"draft": "tension", "decided": "", "done": "good", "abandoned": "late"}


@require_safe
@needs(Deed.REGIONAL_READ)
def plans(request: ActorRequest) -> HttpResponse:
    """List the plans, the last first."""
    region = region_shown(request)
    rows = [(each, TAGS[each.state]) for each in queries.lot_plans(region=region.pk)[:SHOWN]]
    return page(request, "plans", tab="plans", region=region, context={"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.REGIONAL_MANAGE)
def prepare(request: ActorRequest) -> HttpResponse:
    """Write what a lot is for: parts that add up to it."""
    region = region_shown(request)
    form = LotForm(
        request.POST or None,
        families=families(),
        places=place_choices(region),
        initial={"reference": _reference(region.pk)},
    )
    parts = Parts(request.POST or None, prefix="parts")
    refusal = None
    if request.method == "POST" and form.is_valid() and parts.is_valid():
        try:
            made = services.prepare_lot_plan(
                actor=request.actor, proposal=_proposal(form, parts), at=clock.now()
            )
        except Refusal as refused:
            refusal = refused
            add_faults(form, refused)
        else:
            notes.success(request, "Plan préparé. Répartissez chaque part, puis faites-le décider.")
            return redirect("regional:plan", number=made.pk)
    status = REFUSED if form.is_bound else 200
    context = {"form": form, "parts": parts, "refused": refusal}
    return page(request, "plan_new", tab="plans", region=region, context=context, status=status)


def _reference(region: str) -> str:
    """Return a reference nobody used yet: the region, the day, a number."""
    start = f"LOT-{region}-{clock.now().astimezone(PARIS):%Y%m%d}-"
    used = set(
        LotPlan.objects.filter(reference__startswith=start).values_list("reference", flat=True)
    )
    return next(name for rank in range(1, 1000) if (name := f"{start}{rank}") not in used)


def _proposal(form: LotForm, parts: Any) -> services.LotProposal:
    asked = form.cleaned_data
    given = [
        services.PartOf(purpose=each["purpose"], units=each["units"], words=each["words"])
        for each in (part.cleaned_data for part in parts)
        if each.get("units")
    ]
    return services.LotProposal(
        reference=asked["reference"],
        title=asked["title"],
        family=asked["family"],
        units=asked["units"],
        place=asked["place"],
        parts=given,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSeen:
    """A part as the page shows it: its shares, what is not shared yet, the form that shares it. Units."""

    part: LotPart
    shares: list[LotShare]
    form: SharesForm | None

    @property
    def shared(self) -> int:
        """Units that are shared out."""
        return sum(share.units for share in self.shares)

    @property
    def left(self) -> int:
        """Units that are not."""
        return 0 if self.part.purpose == LotPart.Purpose.KEPT else self.part.units - self.shared


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.REGIONAL_READ)
def plan(request: ActorRequest, number: int) -> HttpResponse:
    """Show a plan; share out a part, decide it, carry it out, abandon it."""
    known = LotPlan.objects.select_related("region").filter(pk=min(number, LARGEST)).first()
    if known is None:
        raise Http404
    must_see(request, known.region_id)
    bound: dict[int, SharesForm] = {}
    reason, refusal = ReasonForm(prefix="reason"), None
    if request.method == "POST":
        request.actor.require(Deed.REGIONAL_MANAGE)
        if request.POST.get("deed") == "abandon":
            reason = ReasonForm(request.POST, prefix="reason")
        try:
            told = _done(request, known, bound, reason)
        except Refusal as refused:
            told, refusal = "", refused
        if told:
            notes.success(request, told)
            return redirect("regional:plan", number=known.pk)
    found, parts = queries.lot_plan(reference=known.reference, region=known.region_id)
    editable = request.actor.may(Deed.REGIONAL_MANAGE) and found.state == LotPlan.State.DRAFT
    seen = [_seen(each, bound, known, editable=editable) for each in parts]
    mine = found.made_by == request.actor.by
    weights = national_weights(region=known.region_id, family=found.family_id) if editable else {}
    context = {
        "plan": found,
        "state_tag": TAGS[found.state],
        "parts": seen,
        "ready": all(each.left == 0 for each in seen),
        "mine": mine,
        "pro_rata": bool(weights),
        "reason": reason,
        "refusal": refusal,
    }
    status = REFUSED if request.method == "POST" else 200
    return page(request, "plan", tab="plans", region=known.region, context=context, status=status)


def _seen(
    part: LotPart, bound: dict[int, SharesForm], known: LotPlan, *, editable: bool
) -> PartSeen:
    shares = list(part.shares.all())
    form = None
    if editable and part.purpose != LotPart.Purpose.KEPT:
        form = bound.get(part.pk) or _shares_form(part, known, shares=shares)
    return PartSeen(part=part, shares=shares, form=form)


def _shares_form(
    part: LotPart, known: LotPlan, *, data: Any = None, shares: list[LotShare] | None = None
) -> SharesForm:
    given = shares or []
    return SharesForm(
        data,
        prefix=f"part-{part.pk}",
        territories=territories(known.region_id),
        receivers=[each.code for each in queries.receivers(region=known.region_id)],
        initial={
            **{f"t-{each.territory_id}": each.units for each in given if each.territory_id},
            "others": "\n".join(_lines(given)),
        },
    )


def _lines(shares: list[LotShare]) -> list[str]:
    lines = []
    for each in shares:
        if each.facility is not None:
            lines.append(f"{each.facility.registry} ; {each.units}")
        elif each.receiver is not None:
            lines.append(f"{each.receiver.code} ; {each.units}")
    return lines


def _done(
    request: ActorRequest, known: LotPlan, bound: dict[int, SharesForm], reason: ReasonForm
) -> str:
    """Do what was asked; return what to say of it, empty where a form is wrong."""
    actor, at, reference = request.actor, clock.now(), known.reference
    told = ""
    match request.POST.get("deed"):
        case "split":
            told = _split(request, known, bound)
        case "pro-rata":
            services.split_pro_rata(actor=actor, part_id=_part(request, known).pk, at=at)
            told = "Part répartie au prorata des dotations nationales, par boîtes entières."
        case "by-places":
            part, weights = _part(request, known), queries.places_served(region=known.region_id)
            services.split_pro_rata(actor=actor, part_id=part.pk, weights=weights, at=at)
            told = "Part répartie au prorata des lits et places desservis, par boîtes entières."
        case "decide":
            services.decide_lot_plan(actor=actor, reference=reference, at=at)
            told = "Plan décidé : ses unités sont réservées."
        case "execute":
            services.execute_plan(actor=actor, reference=reference, at=at)
            told = "Plan exécuté : les unités sont chez leurs destinataires."
        case "share":
            services.execute_share(actor=actor, share_id=_number(request, "share"), at=at)
            told = "Part exécutée."
        case "abandon" if reason.is_valid():
            words = reason.cleaned_data["reason"]
            services.abandon_lot_plan(actor=actor, reference=reference, reason=words, at=at)
            told = "Plan abandonné : ce qui n’était pas exécuté est libre."
    return told


def _split(request: ActorRequest, known: LotPlan, bound: dict[int, SharesForm]) -> str:
    part = _part(request, known)
    form = bound[part.pk] = _shares_form(part, known, data=request.POST)
    if not form.is_valid():
        return ""
    services.split_part(actor=request.actor, part_id=part.pk, shares=form.shares, at=clock.now())
    return "Part répartie."


def _part(request: ActorRequest, known: LotPlan) -> LotPart:
    found = known.parts.filter(pk=_number(request, "part")).first()
    if found is None:
        raise Http404
    return found


def _number(request: ActorRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdigit()):
        raise Http404
    return min(int(text[:19]), LARGEST)
