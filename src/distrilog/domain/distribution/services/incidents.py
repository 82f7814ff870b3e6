"""Something that went wrong at a platform: told, taken by who deals with it, closed with what was done (row C6)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db import transaction

from distrilog.domain.accounts.rules import ROLE_NAMES, Actor, Deed, Role
from distrilog.domain.distribution.models import Incident, Plan
from distrilog.domain.distribution.queries.reach import in_scope
from distrilog.domain.distribution.rules import Kind, dealt_with_by, due
from distrilog.domain.distribution.services.carrying import TEXT_LENGTH
from distrilog.domain.distribution.services.settling import require_territory, require_words
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal
from distrilog.kernel.trace import traced


OWNERS: Final = {role.value: ROLE_NAMES[role] for role in (Role.ARS, Role.NATIONAL_CELL)}


class IncidentClosed(Refusal):
    """Cet incident est déjà clos."""

    slug = "incident-closed"


@traced("incident signalé")
@transaction.atomic
def tell_incident(
    *,
    actor: Actor,
    territory: str,
    kind: str,
    words: str,
    plan_id: int | None = None,
    owner: str = "",
    due_at: datetime | None = None,
    at: datetime,
) -> Incident:
    """
    Tell what went wrong. Who deals with it and until when follow from its kind, unless said (`owner`: ars, national_cell).

    Raises `Invalid` with every fault at once.
    """
    actor.require(Deed.INCIDENT_TELL)
    require_territory(actor, territory)
    faults = list(_faults(kind=kind, words=words, owner=owner, plan_id=plan_id))
    if due_at is not None and due_at <= at:
        faults.append(Fault(where="due_at", message="L’échéance est déjà passée."))
    if faults:
        raise Invalid(*faults)
    # After this point, the incident must succeed.

    return Incident.objects.create(
        territory_id=territory,
        plan_id=plan_id,
        kind=kind,
        words=words.strip(),
        owner=owner or dealt_with_by(kind=Kind(kind)),
        due_at=due_at or due(kind=Kind(kind), at=at),
        told_by=actor.by,
        told_at=at,
    )


def _faults(*, kind: str, words: str, owner: str, plan_id: int | None) -> Iterator[Fault]:
    if kind not in Incident.Kind.values:
        yield Fault(where="kind", message="Choisir la nature de l’incident.")
    if not 0 < len(words.strip()) <= TEXT_LENGTH:
        yield Fault(
            where="words", message=f"Dire ce qui s’est passé, en {TEXT_LENGTH} caractères au plus."
        )
    if owner and owner not in OWNERS:
        yield Fault(where="owner", message="Un incident est traité par l’ARS ou la cellule.")
    if plan_id is not None and not Plan.objects.filter(pk=plan_id).exists():
        yield Fault(where="plan", message=f"Aucun plan n° {plan_id}.")


@traced("incident pris en charge")
@transaction.atomic
def take_incident(
    *,
    actor: Actor,
    incident_id: int,
    owner: str = "",
    due_at: datetime | None = None,
    at: datetime,
) -> Incident:
    """Take an incident of one’s scope, or pass it to another `owner`; perhaps with another deadline, yet to come."""
    actor.require(Deed.INCIDENT_DEAL)
    incident = _open(actor, incident_id)
    owner = owner or (Role.ARS if actor.role == Role.ARS else Role.NATIONAL_CELL).value
    faults = []
    if owner not in OWNERS:
        faults.append(
            Fault(where="owner", message="Un incident est traité par l’ARS ou la cellule.")
        )
    if due_at is not None and due_at <= at:
        faults.append(Fault(where="due_at", message="L’échéance est déjà passée."))
    if faults:
        raise Invalid(*faults)
    # After this point, the taking must succeed.

    incident.owner, incident.due_at = owner, due_at or incident.due_at
    incident.taken_by, incident.taken_at = actor.by, at
    incident.save(update_fields=["owner", "due_at", "taken_by", "taken_at"])
    return incident


@traced("incident clos")
@transaction.atomic
def close_incident(*, actor: Actor, incident_id: int, answer: str, at: datetime) -> Incident:
    """Close an incident of one’s scope and say what was done. Raises `IncidentClosed` when it was already."""
    actor.require(Deed.INCIDENT_DEAL)
    incident = _open(actor, incident_id)
    answer = require_words(answer, where="answer", message="Dire la suite donnée.")
    # After this point, the closing must succeed.

    incident.answer, incident.closed_by, incident.closed_at = answer, actor.by, at
    incident.save(update_fields=["answer", "closed_by", "closed_at"])
    return incident


def _open(actor: Actor, incident_id: int) -> Incident:
    incident = (
        Incident.objects.filter(pk=incident_id, territory__in=in_scope(scope=actor.scope))
        .select_for_update(of=("self",))
        .first()
    )
    if incident is None:
        raise NotFound(Fault(where="incident", message="Aucun incident de ce numéro ici."))
    if incident.closed_at is not None:
        raise IncidentClosed
    return incident
