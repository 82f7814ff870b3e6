"""Telling an audience something, once; reading and acknowledging."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.messages import queries
from distrilog.domain.messages.models import Message, Reading
from distrilog.kernel.refusals import Fault, Invalid, NotFound


TITLE_LENGTH = 160
BODY_LENGTH = 5000


def send(
    *,
    key: str,
    title: str,
    body: str,
    by: str,
    at: datetime,
    roles: Sequence[str] = (),
    regions: Sequence[str] = (),
    facility_ids: Sequence[int] = (),
    official: bool = False,
) -> Message:
    """Tell an audience, once a key: sending the same key again changes nothing."""
    message, _ = Message.objects.get_or_create(
        key=key,
        defaults={
            "title": title[:TITLE_LENGTH],
            "body": body[:BODY_LENGTH],
            "roles": [str(role) for role in roles],
            "regions": list(regions),
            "facility_ids": list(facility_ids),
            "official": official,
            "sent_at": at,
            "sent_by": by,
        },
    )
    return message


def broadcast(
    *,
    actor: Actor,
    key: str,
    title: str,
    body: str,
    at: datetime,
    roles: Sequence[str] = (),
    regions: Sequence[str] = (),
    official: bool = True,
) -> Message:
    """Send a message in somebody's name: an ARS tells its own region only. Raises Invalid."""
    actor.require(Deed.MESSAGE_SEND)
    faults = [
        Fault(where=where, message=f"{name} est vide.")
        for where, name, text in (("title", "Le titre", title), ("body", "Le texte", body))
        if not text.strip()
    ]
    faults += [
        Fault(where=where, message=f"{name} dépasse {length} caractères.")
        for where, name, text, length in (
            ("title", "Le titre", title, TITLE_LENGTH),
            ("body", "Le texte", body, BODY_LENGTH),
        )
        if len(text) > length
    ]
    if faults:
        raise Invalid(*faults)
    own = [actor.scope.code] if actor.scope.code else list(regions)
    return send(
        key=key,
        title=title,
        body=body,
        by=actor.by,
        at=at,
        roles=roles,
        regions=own,
        official=official,
    )


@transaction.atomic
def read(*, actor: Actor, message_id: int, at: datetime, acknowledge: bool = False) -> Reading:
    """Note that this profile read a message, and acknowledged it; doing it again keeps the first time."""
    if not queries.inbox(actor=actor).filter(pk=message_id).exists():
        raise NotFound
    reading, _ = Reading.objects.get_or_create(
        message_id=message_id, profile_id=actor.profile, defaults={"read_at": at}
    )
    if acknowledge and reading.acknowledged_at is None:
        reading.acknowledged_at = at
        reading.save(update_fields=["acknowledged_at"])
    return reading
