"""Requests for a change of endowment: made by facilities, consolidated by their agency each Thursday."""

from datetime import datetime

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution import rules
from distrilog.domain.distribution.models import ChangeRequest
from distrilog.domain.facilities import queries as facilities
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.trace import traced


TEXT_LENGTH = 500
UNITS_LIMIT = 10**9


@traced("demande d’évolution")
@transaction.atomic
def ask_change(
    *, actor: Actor, registry: str, family: str, units: int, reason: str, at: datetime
) -> ChangeRequest:
    """Ask for so many units a week of a family; it is for the first plan that still takes requests."""
    actor.require(Deed.CHANGE_ASK)
    facility = facilities.get(registry=registry, scope=actor.scope)
    faults = []
    if not Family.objects.filter(pk=family).exists():
        faults.append(Fault(where="family", message=f"Famille inconnue : « {family[:30]} »."))
    if not 0 <= units <= UNITS_LIMIT:
        faults.append(Fault(where="units", message="La quantité est un nombre entier d’unités."))
    if not 0 < len(reason.strip()) <= TEXT_LENGTH:
        faults.append(
            Fault(where="reason", message=f"Dire pourquoi, en {TEXT_LENGTH} caractères au plus.")
        )
    if faults:
        raise Invalid(*faults)
    # After this point, the request must succeed.

    request, _ = ChangeRequest.objects.update_or_create(
        facility=facility,
        family_id=family,
        week=str(rules.week_of_request(at=at)),
        state=ChangeRequest.State.ASKED,
        defaults={
            "units": units,
            "reason": reason.strip(),
            "asked_by": actor.by,
            "asked_at": at,
        },
    )
    return request


@traced("réponse à une demande d’évolution")
@transaction.atomic
def answer_change(
    *, actor: Actor, request_id: int, taken: bool, answer: str, at: datetime
) -> ChangeRequest:
    """Take or refuse a request of one's region; a refusal says why. The adjustment itself is another action."""
    actor.require(Deed.PLAN_ADJUST)
    request = (
        ChangeRequest.objects.select_for_update(of=("self",))
        .filter(pk=request_id)
        .select_related("facility")
        .first()
    )
    if request is None:
        raise NotFound(Fault(where="request", message="Cette demande n’existe pas."))
    facilities.get(registry=request.facility.registry, scope=actor.scope)
    if not taken and not answer.strip():
        raise Invalid(Fault(where="answer", message="Dire pourquoi la demande est refusée."))
    # After this point, the answer must succeed.

    request.state = ChangeRequest.State.TAKEN if taken else ChangeRequest.State.REFUSED
    request.answer = answer.strip()[:TEXT_LENGTH]
    request.answered_by, request.answered_at = actor.by, at
    request.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    return request
