"""What all actions share: locking a request, changing a part, running the clocks, ending a request."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db.models import Q

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.facilities.models import Facility
from distrilog.domain.resupply.models import Clock, Part, Request
from distrilog.domain.resupply.rules import (
    LIVE,
    PART_NAMES,
    Change,
    PartState,
    Step,
    Urgency,
    next_state,
    procedure_named,
)
from distrilog.domain.resupply.services.refusals import NotNow
from distrilog.kernel.refusals import Fault, Invalid, NotFound


WORDS_LENGTH: Final = 500
CONTACT_LENGTH: Final = 160


def lock_request(*, reference: str) -> Request:
    """Lock a request until the transaction ends, with its facility; `NotFound` where there is none."""
    found = (
        Request.objects.select_related("facility__department")
        .select_for_update(of=("self",), no_key=True)
        .filter(reference=reference)
        .first()
    )
    if found is None:
        raise unknown_request(reference)
    return found


def lock_request_within(*, reference: str, actor: Actor) -> Request:
    """Lock a request of the actor's perimeter; another one does not exist for it."""
    if not Request.objects.within(actor.scope).filter(reference=reference).exists():
        raise unknown_request(reference)
    return lock_request(reference=reference)


def unknown_request(reference: str) -> NotFound:
    """Return what is told of a request that does not exist, or not for this actor."""
    return NotFound(
        Fault(
            where="reference",
            message=f"Aucune demande de dépannage « {reference[:40]} » dans votre périmètre.",
            remedy="Vérifiez la référence.",
        )
    )


def lock_part(*, part_id: int, within: Q) -> Part:
    """Lock the request of a part, then read the part; `within` says whose parts the actor may name."""
    reference = (
        Part.objects.filter(within, pk=part_id)
        .values_list("line__request__reference", flat=True)
        .first()
    )
    if reference is None:
        raise NotFound(
            Fault(where="part", message="Cette part de dépannage n’est pas dans votre périmètre.")
        )
    lock_request(reference=reference)
    return Part.objects.select_related(
        "line__request__facility__department", "line__family", "lender", "place", "order"
    ).get(pk=part_id)


def own_facility(actor: Actor) -> Facility:
    """Return the facility the actor acts for; `NotFound` for somebody who acts for none."""
    found = (
        Facility.objects.within(actor.order_scope)
        .filter(registry=actor.registry)
        .select_related("department")
        .first()
        if actor.registry
        else None
    )
    if found is None:
        raise NotFound(detail="Vous n’agissez pour aucun établissement.")
    return found


def change(part: Part, what: Change, *, by: str, at: datetime, reason: str = "") -> None:
    """Take a locked part to its next state and save it; `NotNow` where the change cannot be made."""
    after = next_state(state=PartState(part.state), change=what)
    if after is None:
        raise NotNow(
            Fault(
                where="part",
                message=f"Cette part est déjà « {PART_NAMES[PartState(part.state)]} ».",
                remedy="Rechargez la page pour voir où en est la demande.",
                values={"state": part.state},
            )
        )
    part.state = after.value
    part.changed_by, part.changed_at = by, at
    if reason:
        part.reason = reason[:WORDS_LENGTH]
    part.save()


def start(request: Request, step: Step, *, at: datetime, part: Part | None = None) -> None:
    """Start the clock of a step, unless it runs."""
    allowed = procedure_named(request.procedure).due(step, Urgency(request.urgency))
    Clock.objects.get_or_create(
        request=request,
        part=part,
        step=step.value,
        done_at=None,
        defaults={"started_at": at, "due_at": at + allowed},
    )


def finish(request: Request, step: Step, *, at: datetime, part: Part | None = None) -> None:
    """Stop the clock of a step, where it runs."""
    Clock.objects.filter(request=request, part=part, step=step.value, done_at=None).update(
        done_at=at
    )


def stop_clocks(part: Part, *, at: datetime) -> None:
    """Stop what is waited for of a part."""
    Clock.objects.filter(part=part, done_at=None).update(done_at=at)


def drop(
    parts: Collection[Part], what: Change, *, reason: str, by: str, at: datetime
) -> list[Part]:
    """Decline or cancel parts that carry no promise; their clocks stop and their papers go. Returns them."""
    for part in parts:
        change(part, what, by=by, at=at, reason=reason)
        stop_clocks(part, at=at)
        papers = getattr(part, "loan", None)
        if papers is not None and papers.handed_at is None:
            papers.delete()
    return list(parts)


def close(request: Request, *, state: str, at: datetime, answer: str = "") -> None:
    """End a request; all its clocks stop."""
    request.state = state
    request.closed_at = at
    if answer:
        request.answer = answer
    request.save()
    Clock.objects.filter(request=request, done_at=None).update(done_at=at)


def live_parts(request: Request) -> list[Part]:
    """Return the parts of a request of which something is still to come."""
    return list(
        Part.objects.filter(line__request=request, state__in=[each.value for each in LIVE])
        .select_related("line", "lender", "place", "loan", "order")
        .order_by("pk")
    )


def text_faults(where: str, text: str, *, length: int, required: bool = False) -> list[Fault]:
    """Say whether a text is missing, too long, or holds what no database keeps."""
    faults = []
    if required and not text.strip():
        faults.append(Fault(where=where, message="Ce champ ne peut pas être vide."))
    if len(text.strip()) > length or "\0" in text:
        faults.append(
            Fault(where=where, message=f"Ce texte compte au plus {length} caractères lisibles.")
        )
    return faults


def refuse(*faults: Fault) -> None:
    """Raise `Invalid` with all of them, if there are any."""
    if faults:
        raise Invalid(*faults)
