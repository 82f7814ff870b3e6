"""Who declares in the director's place (row A13 of the mission)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.rules import GRANTS, Actor, Deed, Role
from distrilog.domain.declarations.models import Delegate
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.trace import traced


# Whoever may declare at all, but the director, who needs nobody's word.
_MAY_BE_NAMED = [
    str(role)
    for role, deeds in GRANTS.items()
    if Deed.DECLARATION_MAKE in deeds and role is not Role.DIRECTOR
]


@traced("délégation de la déclaration")
@transaction.atomic
def name_delegate(*, actor: Actor, profile_id: int, at: datetime) -> Delegate:
    """
    Have somebody of the director's own facility declare in his place; naming twice keeps the first.

    Raises Forbidden (not a director), Invalid (not somebody who could declare for this facility).
    """
    actor.require(Deed.DECLARATION_DELEGATE)
    profile = (
        Profile.objects.valid_at(at)
        .filter(
            pk=profile_id,
            facility_id=actor.facility_id or 0,
            role__in=_MAY_BE_NAMED,
            person__is_active=True,
        )
        .first()
    )
    if profile is None or actor.facility_id is None:
        raise Invalid(
            Fault(
                where="profile",
                message="Cette personne n’a pas de profil de commande dans votre établissement.",
                remedy="Invitez-la d’abord, puis désignez-la.",
            )
        )
    # After this point, the naming must succeed.

    live = Delegate.objects.filter(
        facility_id=actor.facility_id, profile=profile, ended_at__isnull=True
    )
    try:
        with transaction.atomic():
            return live.first() or Delegate.objects.create(
                facility_id=actor.facility_id, profile=profile, named_by=actor.by, named_at=at
            )
    except IntegrityError:
        return live.get()


@traced("fin d’une délégation de la déclaration")
@transaction.atomic
def end_delegate(*, actor: Actor, delegate_id: int, at: datetime) -> Delegate:
    """End a delegation of the director's own facility; ending it twice keeps the first end. Raises Forbidden, NotFound."""
    actor.require(Deed.DECLARATION_DELEGATE)
    delegate = (
        Delegate.objects.select_for_update()
        .filter(pk=delegate_id, facility_id=actor.facility_id or 0)
        .first()
    )
    if delegate is None:
        raise NotFound(
            Fault(where="delegate", message="Cette délégation n’est pas de votre établissement.")
        )
    # After this point, the end must succeed.

    if delegate.ended_at is None:
        delegate.ended_at = at
        delegate.save(update_fields=["ended_at"])
    return delegate
