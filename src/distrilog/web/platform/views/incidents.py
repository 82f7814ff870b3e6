"""What went wrong at platforms: told, taken, passed on, closed; the late first."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.distribution import services
from distrilog.domain.distribution.queries import platforms
from distrilog.domain.distribution.queries.platforms import IncidentSeen
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.platform.forms.saying import CloseForm, IncidentForm, TakeForm
from distrilog.web.shared.forms import PageForm, add_faults
from distrilog.web.shared.rights import ActorRequest, needs


@needs(Deed.INCIDENT_TELL)
def listing(request: ActorRequest) -> HttpResponse:
    """List the incidents of the scope by deadline; take down a new one."""
    form = IncidentForm(
        request.POST if request.method == "POST" else None,
        platforms=_choices(request.actor),
        initial={"territory": request.GET.get("plateforme", "")},
    )
    if form.is_bound and form.is_valid():
        try:
            services.tell_incident(actor=request.actor, at=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            notes.success(request, "L’incident est signalé : vous voyez ici qui s’en charge.")
            return redirect("platform:incidents")
    return _page(request, form=form)


def _choices(actor: Actor) -> list[tuple[str, str]]:
    rows = platforms.in_scope(scope=actor.scope).select_related("region")
    return [
        (each.pk, f"{each.name} ({each.region.name})")
        for each in rows.order_by("region__name", "name")
    ]


def _page(
    request: ActorRequest,
    *,
    form: IncidentForm | None = None,
    dealt: tuple[int, PageForm] | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    actor, at = request.actor, clock.now()
    closed = request.GET.get("etat") == "clos"
    rows = platforms.incidents(scope=actor.scope, at=at, open_only=not closed)
    deals = actor.may(Deed.INCIDENT_DEAL)
    told = form or IncidentForm(platforms=_choices(actor))
    context = {
        "form": dealt[1] if dealt else told,
        "tell": told,
        "rows": [
            _row(each, deals=deals, dealt=dealt)
            for each in rows
            if (each.closed_at is not None) is closed
        ],
        "closed": closed,
        "deals": deals,
        "late": sum(each.late for each in rows),
        "refusal": refusal,
    }
    wrong = told.errors if form and form.is_bound else dealt and dealt[1].errors
    status = refusal.status if refusal else 422 if wrong else 200
    return render(request, "platform/incidents.html", context, status=status)


def _row(each: IncidentSeen, *, deals: bool, dealt: tuple[int, PageForm] | None) -> dict[str, Any]:
    if not deals or each.closed_at is not None:
        return {"incident": each}
    bound = dealt[1] if dealt and dealt[0] == each.pk else None
    return {
        "incident": each,
        "take": bound
        if isinstance(bound, TakeForm)
        else TakeForm(initial={"owner": each.owner}, auto_id=f"take-{each.pk}-%s"),
        "close": bound
        if isinstance(bound, CloseForm)
        else CloseForm(auto_id=f"close-{each.pk}-%s"),
        "open": bound is not None,
    }


@require_POST
@needs(Deed.INCIDENT_DEAL)
def take(request: ActorRequest, incident: int) -> HttpResponse:
    """Take an incident, or pass it on; perhaps with another deadline."""
    form = TakeForm(request.POST, auto_id=f"take-{incident}-%s")
    return _deal(
        request,
        incident,
        form,
        lambda: services.take_incident(
            actor=request.actor,
            incident_id=incident,
            owner=form.cleaned_data["owner"],
            due_at=form.due_at(),
            at=clock.now(),
        ),
        told="L’incident est pris en charge.",
    )


@require_POST
@needs(Deed.INCIDENT_DEAL)
def close(request: ActorRequest, incident: int) -> HttpResponse:
    """Close an incident and say what was done."""
    form = CloseForm(request.POST, auto_id=f"close-{incident}-%s")
    return _deal(
        request,
        incident,
        form,
        lambda: services.close_incident(
            actor=request.actor,
            incident_id=incident,
            answer=form.cleaned_data["answer"],
            at=clock.now(),
        ),
        told="L’incident est clos.",
    )


def _deal(
    request: ActorRequest,
    incident: int,
    form: PageForm,
    act: Callable[[], object],
    *,
    told: str,
) -> HttpResponse:
    if not form.is_valid():
        return _page(request, dealt=(incident, form))
    try:
        act()
    except Refusal as refusal:
        return _page(request, refusal=refusal)
    notes.success(request, told)
    return redirect("platform:incidents")
