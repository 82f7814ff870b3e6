"""A plan's way: to the agencies by a second person, frozen, sent, or given up."""

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.distribution import services
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.plans.forms import AbandonForm
from distrilog.web.plans.views import listing
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


@require_POST
@needs(Deed.PLAN_SHARE)
def share(request: ActorRequest, number: int) -> HttpResponse:
    """Give a draft to the agencies; refused to its author under any profile."""
    services.share(actor=request.actor, plan_id=number, at=clock.now())
    notes.success(request, "Le plan est transmis : les agences peuvent l’ajuster.")
    return redirect("plans:plan", number=number)


@require_POST
@needs(Deed.PLAN_SHARE)
def freeze(request: ActorRequest, number: int) -> HttpResponse:
    """Freeze a plan before its time."""
    services.freeze(actor=request.actor, plan_id=number, at=clock.now())
    notes.success(request, "Le plan est arrêté : plus rien n’y change.")
    return redirect("plans:plan", number=number)


@require_POST
@needs(Deed.PLAN_SHARE)
def send(request: ActorRequest, number: int) -> HttpResponse:
    """Send a frozen plan to its platforms, in lots."""
    flows = services.send(actor=request.actor, plan_id=number, at=clock.now())
    notes.success(
        request,
        f"Le plan est envoyé : {len(flows)} flux vers les plateformes, en lots, du plus tôt périmé au plus tard.",
    )
    return redirect("plans:plan", number=number)


@require_POST
@needs(Deed.PLAN_PREPARE)
def abandon(request: ActorRequest, number: int) -> HttpResponse:
    """Give up a plan that nothing was sent of, and say why."""
    form = AbandonForm(request.POST)
    if form.is_valid():
        try:
            services.abandon(
                actor=request.actor,
                plan_id=number,
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            notes.success(
                request, "Le plan est abandonné. Ce qui lui était promis est rendu au stock."
            )
            return redirect("plans:plan", number=number)
    return listing.shown(request, number, form=form, status=422)
