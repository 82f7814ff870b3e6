"""What I get: of the plans to come, when and where, why; a change to ask for; and all that ever came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import ChangeRequest, Plan
from distrilog.domain.distribution.queries import endowments, plans, requests
from distrilog.domain.distribution.queries.endowments import EndowmentLine
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Address, Facility
from distrilog.domain.reporting.history import WAY_NAMES, Supply, Way, supply_history
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound, Refusal
from distrilog.kernel.weeks import PARIS, Week
from distrilog.web.plans.forms import ChangeForm
from distrilog.web.plans.telling import name_of
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


SHOWN = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One family of a plan as its facility reads it."""

    line: EndowmentLine
    told: str
    state: str
    tag: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Endowed:
    """One plan to come, or of this week, as its facility reads it."""

    plan: Plan
    name: str
    sure: bool
    items: Sequence[Item]
    platform: Facility | None
    address: Address | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A row of the history."""

    supply: Supply
    way: str
    told: str
    received: str
    address: str


@require_GET
@needs(Deed.PLAN_READ)
def own(request: ActorRequest) -> HttpResponse:
    """Show my facility's endowment."""
    return _page(request, _mine(request))


@require_GET
@needs(Deed.PLAN_READ)
def of_facility(request: ActorRequest, registry: str) -> HttpResponse:
    """Show a facility's endowment to who sees it: its platform, its agency, the cell."""
    return _page(request, facilities.get(registry=registry, scope=request.actor.scope))


@require_POST
@needs(Deed.CHANGE_ASK)
def ask(request: ActorRequest) -> HttpResponse:
    """Ask for another endowment; before Thursday 18:00 for the next plan, afterwards for the one after."""
    facility = _mine(request)
    form = ChangeForm(request.POST, families=plans.families())
    if form.is_valid():
        try:
            made = services.ask_change(
                actor=request.actor,
                registry=facility.registry,
                family=form.cleaned_data["family"],
                units=form.units,
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
        except Refusal as refusal:
            add_faults(form, refusal, names={"units": "boxes"})
        else:
            notes.success(
                request,
                f"Votre demande est transmise à votre ARS, pour le plan de la {french.week_name(made.week)}.",
            )
            return redirect("plans:own")
    return _page(request, facility, form=form, status=422)


def _mine(request: ActorRequest) -> Facility:
    if not request.actor.registry:
        raise NotFound(detail="Votre profil n’est pas celui d’un établissement.")
    return facilities.get(registry=request.actor.registry, scope=request.actor.scope)


def _page(
    request: ActorRequest, facility: Facility, *, form: ChangeForm | None = None, status: int = 200
) -> HttpResponse:
    at = clock.now()
    week = Week.at(at)
    families = plans.families()
    lines = endowments.of_facility(facility_id=facility.pk)
    coming = [line for line in lines if line.line.plan.week >= str(week)]
    mine = facility.registry == request.actor.registry
    history = supply_history(facility_id=facility.pk)
    following = requests.following_plan_week(at=at)
    context = {
        "facility": facility,
        "mine": mine,
        "coming": _coming(coming, facility, at=at),
        "latest": lines[0].line.plan if lines and not coming else None,
        "asks": mine and request.actor.may(Deed.CHANGE_ASK),
        "form": form or ChangeForm(families=families),
        "following": following,
        "until": requests.until(week=following),
        "requests": [
            (one, one.units // one.family.box_units, _request_tag(one))
            for one in _wishes(request, facility)
        ],
        "history": [_came(one) for one in history[:SHOWN]],
        "hidden": max(0, len(history) - SHOWN),
    }
    return render(request, "plans/own.html", context, status=status)


def _wishes(request: ActorRequest, facility: Facility) -> list[ChangeRequest]:
    """Return what it asked for; an auditor reads no facility's own words."""
    if not request.actor.may(Deed.DECLARATION_READ):
        return []
    return requests.of_facility(facility_id=facility.pk)


def _coming(lines: Iterable[EndowmentLine], facility: Facility, *, at: datetime) -> list[Endowed]:
    found = []
    on = at.astimezone(PARIS).date()
    addresses = facilities.addresses_for(facility=facility, on=on)
    for _, group in groupby(lines, key=lambda one: one.line.plan_id):
        several = list(group)
        plan, platform = several[0].line.plan, several[0].line.territory.platform
        found.append(
            Endowed(
                plan=plan,
                name=name_of(plan),
                sure=several[0].sure,
                items=[_item(each, facility) for each in several],
                platform=platform,
                address=next(
                    (one for one in addresses if platform and one.facility_id == platform.pk),
                    None,
                ),
            )
        )
    return found


def _item(each: EndowmentLine, facility: Facility) -> Item:
    line = each.line
    state, tag = _state(each)
    address = reverse("plans:why", args=[line.plan_id, facility.registry])
    return Item(
        line=each,
        told=french.in_boxes(line.units, line.family, box_units=each.box_units),
        state=state,
        tag=tag,
        why=f"{address}?famille={line.family_id}#{line.family_id}",
    )


def _state(each: EndowmentLine) -> tuple[str, str]:
    if not each.sure:
        return "Provisoire", "tension"
    if each.line.units and each.handed >= each.line.units:
        return "Remis", "good"
    if each.handed:
        return (
            f"Remis en partie : {french.plural(each.handed // each.box_units, 'boîte')}",
            "tension",
        )
    return ("À remettre", "routine") if each.line.plan.sent_at else ("Arrêté", "routine")


def _request_tag(one: ChangeRequest) -> str:
    return {ChangeRequest.State.TAKEN: "good", ChangeRequest.State.REFUSED: "late"}.get(
        ChangeRequest.State(one.state), "tension"
    )


def _came(one: Supply) -> Came:
    address = ""
    if one.way in {Way.ORDER, Way.RESUPPLY}:
        address = reverse("facility:order-detail", args=[one.reference])
    return Came(
        supply=one,
        way=WAY_NAMES[one.way],
        told=french.in_boxes(one.units, one.family, box_units=one.box_units),
        received=""
        if one.received is None
        else french.in_boxes(one.received, one.family, box_units=one.box_units),
        address=address,
    )
