"""What was told to whom, and what is still unread."""

from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.rules import Actor
from distrilog.domain.messages.models import Message
from distrilog.kernel.scopes import ScopeKind


def inbox(*, actor: Actor) -> QuerySet[Any, Any]:
    """Return what this profile was told, newest first, with `read_at` and `acknowledged_at` (None: not yet)."""
    audience = Q(roles=[]) | Q(roles__contains=[str(actor.role)])
    if actor.scope.kind != ScopeKind.COUNTRY:
        region = actor.region or actor.scope.code
        audience &= Q(regions=[]) | Q(regions__contains=[region])
    own = Q(facility_ids=[])
    if actor.facility_id is not None:
        own |= Q(facility_ids__contains=[actor.facility_id])
    return (
        Message.objects.filter(audience & own)
        .annotate(
            mine=FilteredRelation("readings", condition=Q(readings__profile_id=actor.profile)),
            read_at=F("mine__read_at"),
            acknowledged_at=F("mine__acknowledged_at"),
        )
        .order_by("-sent_at", "-pk")
    )


def waiting(*, actor: Actor) -> QuerySet[Any, Any]:
    """Return the official messages this profile has not acknowledged yet."""
    return inbox(actor=actor).filter(official=True, acknowledged_at__isnull=True)


def audience(*, message: Message) -> QuerySet[Profile]:
    """Return the profiles a message speaks to, so that who has not acknowledged can be counted."""
    profiles = Profile.objects.filter(revoked_at__isnull=True)
    if message.roles:
        profiles = profiles.filter(role__in=message.roles)
    if message.regions:
        profiles = profiles.filter(
            Q(facility__department__region_id__in=message.regions)
            | Q(perimeter__in=message.regions)
        )
    if message.facility_ids:
        profiles = profiles.filter(facility_id__in=message.facility_ids)
    return profiles
