"""
What the operator says, taken in: each interchange once, whole with its effects; each message judged by itself.

The same number again is answered again and does nothing; another content under a known number is refused.
What cannot be read, or fails, is kept as dead with its reason, where a person sees it, and did nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import F, Q

from distrilog.domain.shipping.models import Parcel
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
# A delivery may be told before its despatch; later than that, somebody looks at it.
DAYS_EARLY: Final = 2
_TOO_EARLY: Final = "unknown-parcel"
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
    except (NumberReused, OperationalError):
        # The database is busy, or away: nothing happened, and the operator says it again.
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
    _lock()
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
    told = [_told(kind, verdict) for kind, verdict in verdicts]
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
            **_outcome(told),
        },
    )
    return Answered(interchange=interchange.number, messages=told)


def _lock() -> None:
    """Take in one interchange of the partner at a time: twice the same, or two about the same orders, queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"inbox:{PARTNER}"]
        )


def _again(known: InboxMessage, *, at: datetime) -> Answered:
    """Answer as the first time; what was done is a duplicate by now."""
    InboxMessage.objects.filter(pk=known.pk).update(times=F("times") + 1, last_at=at)
    told = [
        {**each, "outcome": "duplicate"} if each["outcome"] == "accepted" else each
        for each in known.verdicts
    ]
    return Answered(interchange=known.number, messages=told)


def _told(kind: str, verdict: Verdict) -> dict[str, str]:
    return {
        "kind": kind,
        "reference": verdict.reference,
        "outcome": verdict.outcome,
        "code": verdict.code,
        "reason": verdict.reason,
    }


def _outcome(told: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Return the columns that say what was done; whatever was closed is to be looked at again."""
    refusals = sum(each["outcome"] == "refused" for each in told)
    state = State.PROCESSED
    if refusals:
        state = State.REFUSED if refusals == len(told) else State.PARTLY
    return {
        "state": state,
        "refusals": refusals,
        "verdicts": list(told),
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
def replay(*, pk: int, by: str, at: datetime, only: Collection[str] | None = None) -> InboxMessage:
    """
    Do again what was refused of an interchange, or all of a dead one, after somebody put right what was wrong.

    What was done is not done again. `only`: what is about one of these references. Raises NotFound,
    NotReplayable, or what `reading.read` raises.
    """
    _lock()
    found = InboxMessage.objects.select_for_update().filter(pk=pk, partner=PARTNER).first()
    if found is None:
        raise NotFound
    if found.state == State.PROCESSED or not found.is_whole or not found.number:
        raise NotReplayable(
            detail="Il a été traité, ou n’a pas pu être lu : seul l’opérateur peut l’envoyer de nouveau."
        )
    interchange = reading.read(body=bytes(found.body), content_type=found.content_type)
    _require_between_us(interchange)
    told = list(found.verdicts) or [{"outcome": "refused"} for _each in interchange.messages]
    ranks = [
        rank
        for rank, each in enumerate(told)
        if each["outcome"] == "refused" and (only is None or each.get("reference") in only)
    ]
    verdicts = apply(messages=[interchange.messages[rank] for rank in ranks], by=PARTNER, at=at)
    # After this point, the replay must succeed.

    for rank, (kind, verdict) in zip(ranks, verdicts, strict=True):
        told[rank] = _told(kind, verdict)
    for name, value in _outcome(told).items():
        setattr(found, name, value)
    found.fault = ""
    found.replayed_at, found.replayed_by = at, by
    found.save()
    return found


def replay_early(*, at: datetime) -> int:
    """
    Do again the deliveries that came before the despatch of their parcel; return how many went through.

    They are facts that were told too soon. Nothing else is done again by itself: a despatch that was refused
    did not leave.
    """
    since = at - timedelta(days=DAYS_EARLY)
    open_ones = InboxMessage.objects.filter(
        partner=PARTNER, state__in=[State.PARTLY, State.REFUSED], closed_at__isnull=True
    )
    early = {
        each.pk: [told["reference"] for told in each.verdicts if told["code"] == _TOO_EARLY]
        for each in open_ones.filter(received_at__gte=since).defer("body").order_by("pk")
    }
    known = set(
        Parcel.objects.filter(
            sscc__in=[sscc for references in early.values() for sscc in references]
        ).values_list("sscc", flat=True)
    )
    done = 0
    for pk, references in early.items():
        by_now = known.intersection(references)
        if by_now:
            after = replay(pk=pk, by="operator.replay_early", at=at, only=by_now)
            done += sum(
                told["reference"] in by_now and told["outcome"] != "refused"
                for told in after.verdicts
            )
    return done


def close(*, pk: int, by: str, at: datetime) -> None:
    """Take a failure off the list: somebody looked at it, and nothing more is to be done. Raises NotFound."""
    closed = InboxMessage.objects.filter(pk=pk, partner=PARTNER).exclude(state=State.PROCESSED)
    if not closed.update(closed_at=at, closed_by=by):
        raise NotFound


def purge(*, at: datetime) -> int:
    """Delete what is older than `DAYS_KEPT` and needs nobody; return how many."""
    old = InboxMessage.objects.filter(partner=PARTNER, last_at__lt=at - timedelta(days=DAYS_KEPT))
    gone, _by_table = old.filter(Q(state=State.PROCESSED) | Q(closed_at__isnull=False)).delete()
    return gone
