"""
What the operator says, taken in: each interchange once, whole with its effects; each message judged by itself.

The same number again is answered again and does nothing; another content under a known number is refused.
What cannot be read, or fails, is kept as dead with its reason, where a person sees it, and did nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from distrilog.domain.shipping.rules import Verdict
from distrilog.integrations.operator import reading
from distrilog.integrations.operator.applying import apply
from distrilog.integrations.operator.content import Interchange
from distrilog.integrations.operator.faults import Unreadable
from distrilog.integrations.operator.telling import tell_of_failure
from distrilog.integrations.operator.topics import PARTNER
from distrilog.kernel.models import InboxMessage
from distrilog.kernel.refusals import Fault, NotFound, Refusal


# Of what could not be read; what was read is kept whole, for the time a partner may ask about it.
BYTES_KEPT: Final = 64 * 1024
DAYS_KEPT: Final = 30
# A partner gone mad fills a page, not the disk.
MOST_DEAD_KEPT: Final = 500
_FAULT_LENGTH: Final = 1000

State = InboxMessage.State


class NumberReused(Refusal):
    """Ce numéro d’envoi a déjà servi à un autre contenu."""

    slug = "number-reused"
    status = 409


class NotReplayable(Refusal):
    """Cet envoi ne peut pas être rejoué."""

    slug = "not-replayable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An interchange as it came: who brought it, its bytes (none where they were not read), their number."""

    by: str
    content_type: str
    body: bytes
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The verdict on each message of an interchange, in their order, as they are told."""

    interchange: str
    messages: Sequence[Mapping[str, str]]

    def as_json(self) -> dict[str, Any]:
        """Return what the partner's software reads."""
        return asdict(self)


def receive(*, request: Request, at: datetime) -> Answered:
    """
    Take in an interchange; return what is said of each of its messages.

    Raises what `reading.read` raises, NumberReused, or Unreadable where it is not between the two of us:
    it is kept as dead then, and nothing else has changed.
    """
    try:
        interchange = reading.read(body=request.body, content_type=request.content_type)
        _require_between_us(interchange)
    except Refusal as refusal:
        keep_dead(request=request, why=str(refusal), at=at)
        raise
    try:
        return _take_in(interchange, request, at=at)
    except NumberReused:
        raise
    except Exception as error:
        keep_dead(request=request, number=interchange.number, why=repr(error), at=at)
        raise


def _require_between_us(interchange: Interchange) -> None:
    faults = [
        Fault(where=where, message=f"Ce n’est pas le GLN {whose} : {found}.")
        for where, whose, found, expected in (
            ("sender", "de l’opérateur", interchange.sender, settings.OPERATOR_GLN),
            ("receiver", "du portail", interchange.receiver, settings.PORTAL_GLN),
        )
        if found != expected
    ]
    if interchange.test:
        faults.append(
            Fault(where="test", message="Cet envoi est marqué comme un essai : rien n’en est fait.")
        )
    if faults:
        raise Unreadable(*faults)


@transaction.atomic
def _take_in(interchange: Interchange, request: Request, *, at: datetime) -> Answered:
    _lock(interchange.number)
    digest = sha256(request.body).hexdigest()
    known = InboxMessage.objects.filter(partner=PARTNER, number=interchange.number).first()
    # A dead one did nothing: the same number is taken in as if it were new.
    if known is not None and known.state != State.DEAD:
        if known.digest != digest:
            raise NumberReused(
                Fault(
                    where="number",
                    message=f"L’envoi {interchange.number} a déjà été reçu, avec un autre contenu.",
                    remedy="Donnez un nouveau numéro à ce qui est nouveau.",
                )
            )
        return _again(known, at=at)
    verdicts = apply(messages=interchange.messages, by=PARTNER, at=at)
    InboxMessage.objects.update_or_create(
        partner=PARTNER,
        number=interchange.number,
        defaults={
            "content_type": request.content_type[:80],
            "digest": digest,
            "size": request.size,
            "body": request.body,
            "received_at": at,
            "received_by": request.by,
            "fault": "",
            "times": F("times") + 1 if known else 1,
            "last_at": at,
            **_outcome(verdicts),
        },
    )
    return _answer(interchange.number, verdicts)


def _lock(number: str) -> None:
    """Let the same interchange twice at once follow each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"inbox:{PARTNER}:{number}"]
        )


def _again(known: InboxMessage, *, at: datetime) -> Answered:
    """Answer as the first time; what was done is a duplicate by now."""
    InboxMessage.objects.filter(pk=known.pk).update(times=F("times") + 1, last_at=at)
    told = [
        {**each, "outcome": "duplicate"} if each["outcome"] == "accepted" else each
        for each in known.verdicts
    ]
    return Answered(interchange=known.number, messages=told)


def _answer(number: str, verdicts: Sequence[tuple[str, Verdict]]) -> Answered:
    return Answered(interchange=number, messages=[_told(kind, each) for kind, each in verdicts])


def _told(kind: str, verdict: Verdict) -> dict[str, str]:
    return {
        "kind": kind,
        "reference": verdict.reference,
        "outcome": verdict.outcome,
        "code": verdict.code,
        "reason": verdict.reason,
    }


def _outcome(verdicts: Sequence[tuple[str, Verdict]]) -> dict[str, Any]:
    """Return the columns that say what was done."""
    refusals = sum(verdict.outcome == "refused" for _kind, verdict in verdicts)
    state = State.PROCESSED
    if refusals:
        state = State.REFUSED if refusals == len(verdicts) else State.PARTLY
    return {
        "state": state,
        "refusals": refusals,
        "verdicts": [_told(kind, verdict) for kind, verdict in verdicts],
        "closed_at": None,
        "closed_by": "",
    }


@transaction.atomic
def keep_dead(*, request: Request, why: str, at: datetime, number: str = "") -> None:
    """Keep what did nothing, with the reason; the same again is counted. Whoever watches is told."""
    digest = sha256(request.body).hexdigest()
    same = InboxMessage.objects.filter(partner=PARTNER, state=State.DEAD)
    same = same.filter(number=number) if number else same.filter(digest=digest, size=request.size)
    seen = same.update(
        times=F("times") + 1, last_at=at, fault=why[:_FAULT_LENGTH], closed_at=None, closed_by=""
    )
    if seen or _too_many_dead():
        return
    kept = request.body if number else request.body[:BYTES_KEPT]
    InboxMessage.objects.bulk_create(
        [
            InboxMessage(
                partner=PARTNER,
                number=number,
                content_type=_printable(request.content_type),
                digest=digest,
                size=request.size,
                body=kept,
                received_at=at,
                received_by=request.by,
                state=State.DEAD,
                fault=why[:_FAULT_LENGTH],
                last_at=at,
            )
        ],
        # The same at once, or a number that was taken in meanwhile: that one stands.
        ignore_conflicts=True,
    )
    tell_of_failure(what=f"Un envoi de l’opérateur n’a pas pu être traité : {why[:300]}", at=at)


def _too_many_dead() -> bool:
    dead = InboxMessage.objects.filter(partner=PARTNER, state=State.DEAD, closed_at__isnull=True)
    return dead.count() >= MOST_DEAD_KEPT


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "�" for each in text[:80])


@transaction.atomic
def replay(*, pk: int, by: str, at: datetime) -> InboxMessage:
    """
    Do again what was refused of an interchange, or all of a dead one, after somebody put right what was wrong.

    What was done is not done again. Raises NotFound, NotReplayable, or what `reading.read` raises.
    """
    found = InboxMessage.objects.select_for_update().filter(pk=pk, partner=PARTNER).first()
    if found is None:
        raise NotFound
    if found.state == State.PROCESSED or not found.is_whole or not found.number:
        raise NotReplayable(
            detail="Il a été traité, ou n’a pas pu être lu : seul l’opérateur peut l’envoyer de nouveau."
        )
    interchange = reading.read(body=bytes(found.body), content_type=found.content_type)
    _require_between_us(interchange)
    before = found.verdicts or [{"outcome": "refused"} for _each in interchange.messages]
    ranks = [rank for rank, each in enumerate(before) if each["outcome"] == "refused"]
    verdicts = apply(messages=[interchange.messages[rank] for rank in ranks], by=PARTNER, at=at)
    # After this point, the replay must succeed.

    told = list(before)
    for rank, (kind, verdict) in zip(ranks, verdicts, strict=True):
        told[rank] = _told(kind, verdict)
    found.verdicts = told
    found.refusals = sum(each["outcome"] == "refused" for each in told)
    found.state = State.PROCESSED
    if found.refusals:
        found.state = State.REFUSED if found.refusals == len(told) else State.PARTLY
    found.fault = ""
    found.replayed_at, found.replayed_by = at, by
    found.save()
    return found


def close(*, pk: int, by: str, at: datetime) -> None:
    """Take a failure off the list: somebody looked at it, and nothing more is to be done. Raises NotFound."""
    closed = InboxMessage.objects.filter(pk=pk, partner=PARTNER).exclude(state=State.PROCESSED)
    if not closed.update(closed_at=at, closed_by=by):
        raise NotFound
