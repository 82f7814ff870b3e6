"""A morning of exchanges: some went through, some failed each in its way, the stocks differ."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from distrilog.integrations.operator.models import ComparedLot, Comparison, Sending
from distrilog.kernel.models import InboxMessage, OutboxMessage


def told(outcome, *, kind="despatch", reference="EXP-1", code="", reason=""):
    """Return a verdict as it is kept."""
    return {
        "kind": kind,
        "reference": reference,
        "outcome": outcome,
        "code": code,
        "reason": reason,
    }


@dataclass
class Exchanged:
    """One of each."""

    dead: OutboxMessage
    waiting: OutboxMessage
    refused: Sending
    partly: InboxMessage
    unread: InboxMessage
    comparison: Comparison


def outgoing(key: str, *, at: datetime, **values) -> OutboxMessage:
    """Return an outbox message with orders that do not exist."""
    said = {"topic": "operator.withdrawal", "payload": {"orders": [["CMD-1", 1, ""]]}}
    return OutboxMessage.objects.create(key=key, created_at=at, **(said | values))


def incoming(number: str, *, at: datetime, **values) -> InboxMessage:
    """Return an interchange that was received."""
    body = values.pop("body", b"{}")
    said = {
        "partner": "operator",
        "content_type": "application/json",
        "digest": sha256(body + number.encode()).hexdigest(),
        "size": len(body),
        "body": body,
        "received_at": at,
        "received_by": "operator",
        "last_at": at,
        "state": "processed",
    }
    return InboxMessage.objects.create(number=number, **(said | values))


def exchanged(*, at: datetime) -> Exchanged:
    """Make the rows."""
    both = {"orders": [["CMD-1", 1, ""], ["CMD-2", 1, ""]]}
    sent = outgoing("sent", at=at, sent_at=at, attempts=1, payload=both)
    refused = Sending.objects.create(
        outbox=sent,
        number="AB12CD34EF5678",
        content_type="application/edifact",
        body=b"UNB+UNOC:3'UNZ'",
        references=["CMD-1", "CMD-2"],
        made_at=at,
        status=200,
        verdicts=[
            told("accepted", kind="withdrawal", reference="CMD-1"),
            told("refused", kind="withdrawal", reference="CMD-2", code="x", reason="Déjà partie."),
        ],
        refusals=1,
    )
    verdicts = [told("accepted"), told("refused", code="unknown-lot", reason="Lot L9 inconnu.")]
    incoming("OP1", at=at, verdicts=[told("accepted")])
    comparison = Comparison.objects.create(
        reference="STK-1",
        at=at,
        compared_at=at,
        reported=1_050,
        in_books=1_100,
        lots=3,
        differences=2,
        waiting_in=1,
        waiting_out=0,
    )
    for lot, known, reported in (("L1", True, 950), ("L9", False, 100)):
        ComparedLot.objects.create(
            comparison=comparison,
            gtin="09526543210009",
            lot=lot,
            known=known,
            family="masque chirurgical" if known else "",
            expires_on=at.date() + timedelta(days=400) if known else None,
            reported_usable=reported,
            reported_blocked=0,
            usable=1_000 if known else 0,
            blocked=100 if known else 0,
            coming=0,
        )
    return Exchanged(
        dead=outgoing("dead", at=at, dead_at=at, attempts=24, last_error="Réponse 503 : …"),
        waiting=outgoing(
            "waiting",
            at=at,
            attempts=2,
            last_error="Réponse 503 : occupé",
            next_attempt_at=at + timedelta(minutes=1),
        ),
        refused=refused,
        partly=incoming("OP2", at=at, state="partly", verdicts=verdicts, refusals=1),
        unread=incoming(
            "", at=at, state="dead", body=b"\xff<script>", fault="Ce n’est pas du JSON."
        ),
        comparison=comparison,
    )
