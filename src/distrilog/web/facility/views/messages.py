"""Messages: what was told, and the acknowledgement that official ones ask for."""

from typing import Any, Final

from django.contrib import messages as notes
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from distrilog.domain.messages import queries, services
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound
from distrilog.web.shared.rights import SIGNED_IN, ActorRequest, needs


PAGE: Final = 20


@needs(SIGNED_IN)
def inbox(request: ActorRequest) -> HttpResponse:
    """List what this profile was told, newest first."""
    pages = Paginator(queries.inbox(actor=request.actor), PAGE)
    page = pages.get_page(request.GET.get("page"))
    return render(request, "facility/messages.html", {"page": page})


@needs(SIGNED_IN)
def message(request: ActorRequest, number: int) -> HttpResponse:
    """Show one message. Opening it writes nothing: reading is noted by the button."""
    return render(request, "facility/message.html", {"message": _found(request, number)})


@require_POST
@needs(SIGNED_IN)
def acknowledge(request: ActorRequest, number: int) -> HttpResponse:
    """Note that this profile has read the message, and acknowledged it when it is official."""
    found = _found(request, number)
    at = clock.now()
    services.read(actor=request.actor, message_id=found.pk, at=at, acknowledge=found.official)
    notes.success(request, "Votre accusé de lecture est enregistré.")
    return redirect("facility:messages")


def _found(request: ActorRequest, number: int) -> Any:
    found = queries.inbox(actor=request.actor).filter(pk=number).first()
    if found is None:
        raise NotFound(detail="Ce message n’existe pas, ou ne vous est pas adressé.")
    return found
