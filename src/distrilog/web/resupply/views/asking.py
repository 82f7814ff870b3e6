"""Whoever asks for help: its requests, a new one, the life of one, what arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations import queries as declarations
from distrilog.domain.facilities.models import Region
from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.queries import RequestRow, RequestView
from distrilog.domain.resupply.rules import Kind, PartState
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound, Refusal
from distrilog.web.resupply.forms.asking import AskForm, ReceivedForm, Shelf
from distrilog.web.resupply.telling import (
    PartSeen,
    Wait,
    families_by_code,
    holds,
    life_of,
    lines_of,
    own_zone,
    wait_of_row,
    waits_of,
    zone_of,
)
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import ActorRequest, needs


REFUSED: Final = 422
SHOWN: Final = 100  # one facility’s requests: more is a year of trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A request in the list of the facility; `mine`: it waits for the facility itself."""

    request: RequestRow
    holds: str
    waits: Sequence[Wait]
    mine: bool


@needs(Deed.RESUPPLY_ASK)
def requests(request: ActorRequest) -> HttpResponse:
    """List the facility’s requests: what runs, with its clock, then what ended."""
    actor, at = request.actor, clock.now()
    page = queries.requests(
        scope=actor.scope, facility=actor.registry, open_only=False, at=at, limit=SHOWN
    )
    families, zone = families_by_code(), own_zone(actor)
    waiting = {
        task.request for task in queries.to_receive(actor=actor, at=at) if not task.part.order
    }
    rows = [
        Row(
            request=row,
            holds=holds(row, families),
            waits=wait_of_row(row, zone),
            mine=row.reference in waiting,
        )
        for row in page.rows
    ]
    running = {"asked", "under_way"}
    context = {
        "open": [row for row in rows if row.request.state in running],
        "past": [row for row in rows if row.request.state not in running],
    }
    return render(request, "resupply/requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.RESUPPLY_ASK)
def ask(request: ActorRequest) -> HttpResponse:
    """Ask for help, beside what was last declared; `famille` begins with what seven days of it would take."""
    at = clock.now()
    shelves = _shelves(request.actor, at=at)
    if request.method != "POST":
        wanted = request.GET.get("famille", "")
        boxes = {
            f"boxes-{each.family.code}": each.lacking or ""
            for each in shelves
            if each.family.code == wanted
        }
        return _ask_page(request, AskForm(shelves=shelves, initial=boxes))
    form = AskForm(request.POST, shelves=shelves)
    if not form.is_valid():
        return _ask_page(request, form)
    try:
        asked = services.ask(
            actor=request.actor,
            registry=request.actor.registry,
            urgency=form.cleaned_data["urgency"],
            words=form.cleaned_data["words"],
            lines=form.lines(),
            contact=form.cleaned_data["contact"],
            key=form.cleaned_data["key"],
            at=at,
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _ask_page(request, form)
    address = reverse("resupply:request", args=[asked.reference])
    return redirect(f"{address}?demande=1")


def _shelves(actor: Actor, *, at: datetime) -> list[Shelf]:
    """Return every family with what the facility last said of it: what presses first."""
    said = {
        each.family: each
        for each in declarations.cover_of(registry=actor.registry, scope=actor.scope, at=at)
    }
    families = Family.objects.order_by("position", "code")
    shelves = [Shelf(family=family, cover=said.get(family.code)) for family in families]
    return sorted(shelves, key=lambda shelf: not shelf.pressing)


def _ask_page(request: ActorRequest, form: AskForm) -> HttpResponse:
    region = Region.objects.filter(pk=request.actor.region).first()
    context = {
        "form": form,
        "agency": f"l’ARS {region.name}" if region else "votre ARS",
        "declared": any(shelf.stock is not None for shelf in form.shelves),
    }
    status = REFUSED if form.is_bound and form.errors else 200
    return render(request, "resupply/ask.html", context, status=status)


@needs(Deed.RESUPPLY_READ)
def detail(request: ActorRequest, asked: str) -> HttpResponse:
    """Show the life of a request: what it waits for, who helps, what arrived."""
    found = queries.request(reference=asked, actor=request.actor, at=clock.now())
    return _detail(request, found)


def _detail(
    request: ActorRequest, found: RequestView, form: tuple[int, ReceivedForm] | None = None
) -> HttpResponse:
    actor = request.actor
    families, zone = families_by_code(), zone_of(found.department)
    own = found.facility == actor.registry
    lines = lines_of(found, families, opens_orders=actor.may(Deed.ORDER_READ))
    parts = [part for line in lines for part in line.parts]
    context = {
        "asked": found,
        "form": form[1] if form else None,
        "own": own,
        "lines": lines,
        "waits": waits_of(found.clocks, zone),
        "steps": life_of(found, families, zone),
        "to_receive": _to_receive(parts, form) if own and actor.may(Deed.RECEIPT_RECORD) else [],
        "may_withdraw": own and actor.may(Deed.RESUPPLY_ASK) and _may_withdraw(found, parts),
        "just": "demande" in request.GET,
    }
    status = REFUSED if form else 200
    return render(request, "resupply/request.html", context, status=status)


def _to_receive(
    parts: Sequence[PartSeen], form: tuple[int, ReceivedForm] | None
) -> list[Mapping[str, Any]]:
    """Return what was handed over and waits for its yes; what an order carries is received with its delivery."""
    return [
        {
            "seen": each,
            "form": form[1] if form and form[0] == each.part.id else _received_form(each),
        }
        for each in parts
        if each.part.state == PartState.SENT and not each.part.order
    ]


def _received_form(seen: PartSeen, data: Any = None) -> ReceivedForm:
    most = seen.part.units // seen.box_units
    return ReceivedForm(data, most=most, auto_id=f"received-{seen.part.id}-%s")


def _may_withdraw(found: RequestView, parts: Sequence[PartSeen]) -> bool:
    """Tell whether nothing of it is on its way nor being prepared."""
    gone = {PartState.SENT, PartState.RECEIVED}
    return found.open and not any(each.part.order or each.part.state in gone for each in parts)


@require_POST
@needs(Deed.RESUPPLY_ASK)
def withdraw(request: ActorRequest, asked: str) -> HttpResponse:
    """Take a request back; those who work on it are told."""
    services.withdraw_request(actor=request.actor, reference=asked, at=clock.now())
    notes.success(request, "Votre demande est retirée. Ceux qui y travaillaient sont prévenus.")
    return redirect("resupply:request", asked=asked)


@require_POST
@needs(Deed.RECEIPT_RECORD)
def receive(request: ActorRequest, part: int) -> HttpResponse:
    """Say how many boxes arrived of what a neighbour or the department handed over."""
    at = clock.now()
    task = _awaited(request.actor, part, at=at)
    found = queries.request(reference=task.request, actor=request.actor, at=at)
    line = next(line for line in found.lines if any(each.id == part for each in line.parts))
    most = task.part.units // line.box_units
    form = ReceivedForm(request.POST, most=most, auto_id=f"received-{part}-%s")
    if form.is_valid():
        boxes = form.cleaned_data["boxes"]
        try:
            services.receive(actor=request.actor, part_id=part, units=boxes * line.box_units, at=at)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            notes.success(request, _thanks(task.part.kind, boxes, fewer=boxes < most))
            return redirect("resupply:request", asked=task.request)
    return _detail(request, found, (part, form))


def _awaited(actor: Actor, part: int, *, at: datetime) -> queries.TaskView:
    """Return what is to be received; NotFound for anything else."""
    for task in queries.to_receive(actor=actor, at=at):
        if task.part.id == part:
            return task
    raise NotFound(detail="Il n’y a rien à recevoir ici : c’est peut-être déjà fait.")


def _thanks(kind: str, boxes: int, *, fewer: bool) -> str:
    told = f"Réception enregistrée : {french.plural(boxes, 'boîte')}."
    if fewer:
        told += " Ce qui manque est noté."
    return told + (" Celui qui prête le voit." if kind == Kind.NEIGHBOUR else "")
