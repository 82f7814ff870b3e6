"""Ma tournée: what arrives, what is handed to whom, what is left; and taking in what arrived."""

from typing import Any, Final

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.distribution import services
from distrilog.domain.distribution.queries import platforms
from distrilog.domain.distribution.queries.platforms import FlowSeen
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, NotFound, Refusal
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.weeks import PARIS, Week
from distrilog.web.platform.forms.docking import ReceiveForm
from distrilog.web.platform.telling import families_by_code, holds
from distrilog.web.shared.rights import ActorRequest, needs


DONE_SHOWN: Final = 6


def own_territory(actor: Actor) -> str:
    """Return the territory that a referent answers for, or NotFound: its facility is no platform."""
    if actor.scope.kind is not ScopeKind.TERRITORY:
        raise NotFound(
            Fault(
                where="territory",
                message="Votre établissement n’est la plateforme d’aucun territoire.",
                remedy="Demandez à votre ARS de le rattacher.",
            )
        )
    return actor.scope.code


@require_safe
@needs(Deed.PLATFORM_RUN)
def tour(request: ActorRequest) -> HttpResponse:
    """Show the platform’s week: to receive, to hand out, what stays, what it is asked."""
    actor, at = request.actor, clock.now()
    territory = own_territory(actor)
    found = platforms.tour(territory=territory, scope=actor.scope, at=at)
    families = families_by_code()
    week = Week.at(at, PARIS)
    incidents = platforms.incidents(scope=actor.scope, at=at)
    context = {
        "tour": found,
        "families": families,
        "week": str(week),
        "coming": [(flow, holds(flow.units, families)) for flow in found.coming],
        "open": [
            (each, holds({one.family: one.left for one in each.totals}, families))
            for each in found.open
        ],
        "done": [each for each in found.rounds if each not in found.open][:DONE_SHOWN],
        "received": found.received[:DONE_SHOWN],
        "debts": holds(found.debts, families),
        "said": platforms.situations(territory=territory, week=week),
        "incidents": len(incidents),
        "late": sum(each.late for each in incidents),
    }
    return render(request, "platform/tour.html", context)


@needs(Deed.PLATFORM_RUN)
def receive(request: ActorRequest, reference: str) -> HttpResponse:
    """Take in a flow: all of it at one press, or all but what the form says."""
    flow = _flow(request.actor, reference)
    if request.method == "POST" and "conforme" in request.POST:
        return _received(request, flow, {}, "")
    families = families_by_code()
    data = request.POST if request.method == "POST" else None
    form = ReceiveForm(data, flow=flow, families=families)
    if form.is_bound and form.is_valid():
        try:
            return _received(request, flow, form.differences(), form.cleaned_data["words"])
        except Refusal as refusal:
            form.refuse(refusal)
    context: dict[str, Any] = {
        "form": form,
        "flow": flow,
        "rows": list(form.rows()),
        "families": families,
        "holds": holds(flow.units, families),
    }
    return render(request, "platform/receive.html", context, status=422 if form.errors else 200)


def _flow(actor: Actor, reference: str) -> FlowSeen:
    found = platforms.flows(territory=own_territory(actor), reference=reference)
    if not found:
        raise NotFound(Fault(where="flow", message="Ce flux n’est pas dans votre périmètre."))
    return found[0]


def _received(
    request: ActorRequest, flow: FlowSeen, differences: dict[int, int], words: str
) -> HttpResponse:
    services.receive(
        actor=request.actor,
        reference=flow.reference,
        differences=differences,
        words=words,
        at=clock.now(),
    )
    told = "L’écart est enregistré et visible de l’ARS." if differences else "Tout est là."
    notes.success(request, f"C’est reçu. {told} Vous pouvez remettre aux établissements.")
    return redirect("platform:round", plan=flow.plan_id)
