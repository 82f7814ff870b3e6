"""
Orders, withdrawals and pallets to the operator: one outbox message is one interchange, sent until it is answered.

The interchange is written down before it first leaves, so that each retry is the same bytes under the same
number, and the operator knows it for what it is. The operator answers each message in it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.db import transaction

from distrilog.domain.orders.models import Order
from distrilog.integrations.operator import checks, eancom, json_format, reading, signatures
from distrilog.integrations.operator.content import Delivery, Interchange, Message
from distrilog.integrations.operator.keys import our_key
from distrilog.integrations.operator.models import Sending
from distrilog.integrations.operator.saying import messages_of
from distrilog.integrations.operator.telling import tell_of_failure
from distrilog.integrations.operator.topics import ORDER, TOPICS
from distrilog.kernel import outbox
from distrilog.kernel.models import OutboxMessage
from distrilog.kernel.refusals import Refusal


TIMEOUT_SECONDS: Final = 20
# One run of the job: what is left is for the next one, a few seconds later.
MESSAGES_AT_ONCE: Final = 200
_PATH: Final = "/messages"
_NUMBER_LENGTH: Final = 14
_LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}
# Of the 4xx, those that do not judge what was sent.
_LATER: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_WRITERS: Final[Mapping[str, tuple[str, Callable[[Interchange], bytes]]]] = {
    "eancom": (reading.EANCOM, eancom.write),
    "json": (reading.JSON, json_format.write),
}


class Fate(StrEnum):
    """How an attempt ended."""

    ANSWERED = "answered"
    NOTHING_TO_SAY = "nothing"
    TAKEN = "taken"
    LATER = "later"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What the operator said to an interchange: its HTTP status (0 for none), why not, or its verdicts."""

    fate: Fate
    status: int = 0
    error: str = ""
    verdicts: Sequence[Mapping[str, str]] = field(default_factory=list)


def send_due(*, at: datetime, limit: int = MESSAGES_AT_ONCE) -> int:
    """
    Send what is due, oldest first; return how many interchanges were answered.

    It stops at the first one that the operator does not answer: the operator is away, and each waits its turn.
    """
    answered = 0
    for _each in range(limit):
        fate = _send_one(at=at)
        if fate is None or fate is Fate.LATER:
            return answered
        answered += fate is Fate.ANSWERED
    return answered


def resend_refused(*, number: str, at: datetime, by: str) -> int:
    """
    Say again, in a new interchange, what the operator refused in an old one; return how many messages.

    They are read again from the database: what was corrected meanwhile is said corrected.
    """
    with transaction.atomic():
        sending = (
            Sending.objects.select_for_update(of=("self",))
            .select_related("outbox")
            .filter(number=number, refusals__gt=0, closed_at__isnull=True)
            .first()
        )
        if sending is None:
            return 0
        ((kind, entries),) = sending.outbox.payload.items()
        again = {
            reference
            for reference, each in zip(sending.references, sending.verdicts, strict=True)
            if each["outcome"] == "refused"
        }
        said_as = _references(sending.outbox.topic, entries)
        kept = [entry for entry, said in zip(entries, said_as, strict=True) if said in again]
        sending.closed_at, sending.closed_by = at, by
        sending.save(update_fields=["closed_at", "closed_by"])
        if kept:
            OutboxMessage.objects.create(
                key=f"{sending.outbox.key}:again",
                topic=sending.outbox.topic,
                payload={kind: kept},
                created_at=at,
            )
        return len(kept)


def _references(topic: str, entries: Sequence[Any]) -> list[str]:
    """Return the reference under which each entry of a payload is said."""
    if topic != ORDER:
        return [str(entry[0] if isinstance(entry, list) else entry) for entry in entries]
    by_id = dict(
        Order.objects.filter(pk__in=[order for order, _assignment in entries]).values_list(
            "pk", "reference"
        )
    )
    return [by_id.get(order, "") for order, _assignment in entries]


def replay(*, pk: int) -> bool:
    """Have a dead message sent again; one that was rejected as a whole is written anew. False: it was not dead."""
    with transaction.atomic():
        message = OutboxMessage.objects.select_for_update().filter(pk=pk, topic__in=TOPICS).first()
        if message is None or message.dead_at is None:
            return False
        # Rejected means not kept: what never was answered may have been, and stays the same bytes.
        Sending.objects.filter(outbox=message, status__range=(400, 499)).delete()
        return outbox.replay(message=message)


def _send_one(*, at: datetime) -> Fate | None:
    with outbox.claim(topics=TOPICS, at=at) as message:
        if message is None:
            return None
        pk, fate = message.pk, _write_down(message, at=at)
    if fate is not None:
        return fate
    # What is sent is on the disk by now: whatever happens, it is sent again as it is.
    with outbox.claim(topics=TOPICS, at=at, pk=pk) as message:
        if message is None:
            return Fate.TAKEN
        sending = Sending.objects.get(outbox=message)
        return _settle(message, sending, _post(sending, at=at), at=at)


def _write_down(message: OutboxMessage, *, at: datetime) -> Fate | None:
    """Write the interchange down if it is not yet; return how that ended the message, or None."""
    if Sending.objects.filter(outbox=message).exists():
        return None
    content_type, write = _WRITERS[settings.OPERATOR_FORMAT]
    try:
        said = messages_of(message, at=at)
        if not said:
            outbox.mark_sent(message=message, at=at)
            return Fate.NOTHING_TO_SAY
        interchange = Interchange(
            number=number_of(message),
            sender=settings.PORTAL_GLN,
            receiver=settings.OPERATOR_GLN,
            sent_at=at.replace(microsecond=0),
            messages=said,
        )
        checks.check(interchange)
        body = write(interchange)
    except (Refusal, LookupError, TypeError, ValueError) as error:
        # Nobody else must wait behind what can never be said.
        outbox.mark_failed(message=message, error=_told(error), at=at, for_good=True)
        tell_of_failure(what=f"Un envoi n’a pas pu être écrit : {_told(error)}", at=at)
        return Fate.REJECTED
    Sending.objects.create(
        outbox=message,
        number=interchange.number,
        content_type=content_type,
        body=body,
        references=[reference_of(each) for each in said],
        made_at=at,
    )
    return None


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, Refusal) else repr(error)


def number_of(message: OutboxMessage) -> str:
    """Return the number of the interchange of an outbox message: drawn from its key, never used by another."""
    return sha256(message.key.encode()).hexdigest()[:_NUMBER_LENGTH].upper()


def reference_of(message: Message) -> str:
    """Return what a message is about: its reference, or the parcel's SSCC."""
    return message.sscc if isinstance(message, Delivery) else message.reference


def _post(sending: Sending, *, at: datetime) -> Attempt:
    body = bytes(sending.body)
    url = f"{settings.OPERATOR_URL}{_PATH}"
    headers = signatures.sign(
        key=our_key(),
        key_id=our_key().identity,
        method="POST",
        path=urlsplit(url).path,
        content_type=sending.content_type,
        body=body,
        at=at,
    )
    try:
        with httpx.Client(
            timeout=TIMEOUT_SECONDS, trust_env=urlsplit(url).hostname not in _LOOPBACK
        ) as client:
            response = client.post(
                url,
                content=body,
                headers={**headers, "Authorization": f"Bearer {settings.OPERATOR_TOKEN}"},
            )
    except httpx.HTTPError as error:
        return Attempt(fate=Fate.LATER, error=f"L’opérateur ne répond pas : {error!r}")
    return _read(response, sending.references)


def _read(response: httpx.Response, references: Sequence[str]) -> Attempt:
    status = response.status_code
    said = response.text[:200]
    if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Attempt(fate=Fate.LATER, status=status, error=f"Réponse {status} : {said}")
    if status != HTTPStatus.OK:
        return Attempt(fate=Fate.REJECTED, status=status, error=f"Refusé ({status}) : {said}")
    try:
        verdicts = [
            {
                name: str(each.get(name) or "")[:300]
                for name in ("kind", "reference", "outcome", "code", "reason")
            }
            for each in response.json()["messages"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return Attempt(fate=Fate.LATER, status=status, error=f"Réponse illisible : {error!r}")
    if [each["reference"] for each in verdicts] != list(references):
        strange = f"{len(verdicts)} réponses, qui ne sont pas celles de {len(references)} messages."
        return Attempt(fate=Fate.LATER, status=status, error=strange)
    return Attempt(fate=Fate.ANSWERED, status=status, verdicts=verdicts)


def _settle(message: OutboxMessage, sending: Sending, attempt: Attempt, *, at: datetime) -> Fate:
    sending.status = attempt.status
    if attempt.fate is Fate.ANSWERED:
        sending.verdicts = list(attempt.verdicts)
        sending.refusals = sum(each["outcome"] == "refused" for each in attempt.verdicts)
        outbox.mark_sent(message=message, at=at)
        outbox.bring_forward(topics=TOPICS, at=at)
    else:
        dead = outbox.mark_failed(
            message=message,
            error=attempt.error,
            at=at,
            for_good=attempt.fate is Fate.REJECTED,
        )
        if dead:
            tell_of_failure(what=f"L’envoi {sending.number} n’a pas abouti.", at=at)
    sending.save(update_fields=["status", "verdicts", "refusals"])
    return attempt.fate
