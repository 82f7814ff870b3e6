"""Invites people to run a facility's accounts, and carries the invitations to PLAGE and its answers back."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Category, Facility
from distrilog.integrations.identity.models import INVITED_ROLES, Invitation
from distrilog.integrations.identity.plage import Asked, Confirmation, Plage, PlageUnreachable
from distrilog.integrations.identity.rules import Answer, State, after
from distrilog.kernel.refusals import Fault, Invalid
from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import PARIS


logger = logging.getLogger(__name__)

LONGEST_NAME = 120
BATCH = 200  # a job's worth: two messages each, well under its minute
_OPEN = (State.WAITING, State.ASKED)
# Pharmacies do not order here yet: nobody is missing there.
_NOT_INVITED = (Category.Group.PHARMACY,)


class InvalidInvitation(Invalid):
    """Cette invitation contient des erreurs."""

    slug = "invalid-invitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An invitation as somebody fills it in."""

    registry: str
    role: str
    name: str
    email: str


def invite(*, actor: Actor, wanted: Wanted, at: datetime) -> Invitation:
    """Invite a person to a facility of one's scope; the same invitation again is the same one."""
    actor.require(Deed.ACCOUNT_INVITE)
    facility = facilities.get(registry=wanted.registry.strip(), scope=actor.scope)
    faults = list(_faults(wanted, facility=facility, at=at))
    if faults:
        raise InvalidInvitation(*faults)
    # After this point, the invitation must succeed.

    invitation, _created = Invitation.objects.get_or_create(
        facility=facility,
        role=wanted.role,
        email=wanted.email.strip().lower(),
        defaults={"name": wanted.name.strip(), "invited_by": actor.by, "invited_at": at},
    )
    return invitation


def _faults(wanted: Wanted, *, facility: Facility, at: datetime) -> Iterable[Fault]:
    closed_on = facility.closed_on
    if closed_on is not None and closed_on <= at.astimezone(PARIS).date():
        yield Fault(where="registry", message="Cet établissement est fermé.")
    if wanted.role not in INVITED_ROLES:
        remedy = "Invitez un directeur ou un gestionnaire des commandes."
        yield Fault(where="role", message="Ce rôle ne s’invite pas ici.", remedy=remedy)
    if not 0 < len(wanted.name.strip()) <= LONGEST_NAME:
        yield Fault(where="name", message="Le nom est vide ou trop long.")
    try:
        validate_email(wanted.email.strip())
    except ValidationError:
        remedy = "Vérifiez l’adresse : PLAGE y écrira."
        yield Fault(where="email", message="Cette adresse n’est pas valable.", remedy=remedy)


def exchange(*, plage: Plage, at: datetime) -> int:
    """
    Send what waits and fetch what was decided; return how many invitations moved on.

    One transaction each: an answer is kept even if the next question fails. PLAGE out of reach ends the
    round; everything is asked again, under the same keys, at the next.
    """
    keys = Invitation.objects.filter(state__in=_OPEN).order_by("attempts", "invited_at", "pk")
    moved = 0
    for pk in list(keys.values_list("pk", flat=True)[:BATCH]):
        try:
            moved += _move_on(pk, plage=plage, at=at)
        except PlageUnreachable:
            logger.warning("PLAGE is out of reach: invitations wait.")
            break
    return moved


@transaction.atomic
def _move_on(pk: int, *, plage: Plage, at: datetime) -> bool:
    """Ask about one invitation and keep the answer; pass over one that another job holds."""
    invitation = (
        Invitation.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("facility")
        .filter(pk=pk, state__in=_OPEN)
        .first()
    )
    if invitation is None:
        return False
    said = _ask(invitation, plage)
    state = after(state=State(invitation.state), answer=said.answer)
    invitation.attempts += 1
    moved = state != invitation.state
    if moved:
        invitation.state = state
        invitation.motive = said.motive
        invitation.answered_at = at
    invitation.save(update_fields=["state", "motive", "answered_at", "attempts"])
    return moved


def _ask(invitation: Invitation, plage: Plage) -> Confirmation:
    if invitation.state == State.ASKED:
        return plage.confirmation(key=str(invitation.key))
    if plage.account_exists(email=invitation.email):
        return Confirmation(answer=Answer.EXISTS)
    return plage.request_creation(
        Asked(
            key=str(invitation.key),
            name=invitation.name,
            email=invitation.email,
            facility=invitation.facility.registry,
            role=invitation.role,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a scope is: facilities that need somebody, those that have, and invitations by state."""

    facilities: int
    with_account: int
    without_anyone: int
    states: dict[State, int]


def progress(*, scope: Scope, at: datetime) -> Progress:
    """Count, in three statements: with a live profile, invited at least, or nobody yet."""
    day = at.astimezone(PARIS).date()
    eligible = Facility.objects.within(scope).open_on(day).exclude(category__group__in=_NOT_INVITED)
    profile = Profile.objects.valid_at(at).filter(facility=OuterRef("pk"), role__in=INVITED_ROLES)
    invited = Invitation.objects.filter(facility=OuterRef("pk")).exclude(state=State.REFUSED)
    return Progress(
        facilities=eligible.count(),
        with_account=eligible.filter(Exists(profile)).count(),
        without_anyone=eligible.exclude(Exists(profile)).exclude(Exists(invited)).count(),
        states={
            State(state): count
            for state, count in Invitation.objects.within(scope)
            .values_list("state")
            .annotate(count=Count("pk"))
            .order_by("state")
        },
    )


def latest(*, scope: Scope, limit: int = 50) -> Sequence[Invitation]:
    """Return the latest invitations of a scope, with their facilities."""
    found = Invitation.objects.within(scope).select_related("facility")
    return list(found.order_by("-invited_at", "-pk")[:limit])
