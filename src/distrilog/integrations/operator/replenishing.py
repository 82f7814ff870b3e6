"""From SPF to the operator by pallets: what the operator asked for is sent, and what was sent is announced."""

from datetime import datetime
from typing import Final

from django.db.models import Value
from django.db.models.functions import Concat

from distrilog.domain.stock import services as stock
from distrilog.domain.stock.models import Transfer
from distrilog.integrations.operator.topics import (
    PARTNER,
    PLACE,
    REPLENISHMENT_REFUSED,
    TRANSFER,
)
from distrilog.kernel.models import OutboxMessage
from distrilog.kernel.refusals import Refusal


# No warehouse asks for more families than that; the next run sees the rest.
MOST_AT_ONCE: Final = 100
_TOPIC_OF: Final = {
    Transfer.State.SENT: TRANSFER,
    Transfer.State.REFUSED: REPLENISHMENT_REFUSED,
}


def send_what_was_asked(*, at: datetime) -> int:
    """Send the transfers that the operator asked for and SPF can load; the others wait. Return how many left."""
    references = (
        Transfer.objects.filter(target=PLACE, asked_by=PARTNER, state=Transfer.State.ASKED)
        .order_by("pk")
        .values_list("reference", flat=True)[:MOST_AT_ONCE]
    )
    left = 0
    for reference in list(references):
        try:
            stock.send_transfer(reference=reference, by=PARTNER, at=at)
        except Refusal:
            continue  # Nothing is free at SPF today, or nothing fits: asked again at the next run.
        left += 1
    return left


def announce(*, at: datetime) -> int:
    """
    Put into the outbox each transfer to the operator that left, and each of its own requests that was refused.

    Whoever sent it, and once: the key is the transfer's. Return how many.
    """
    announced = 0
    for state, topic in _TOPIC_OF.items():
        transfers = Transfer.objects.filter(target=PLACE, state=state)
        if state == Transfer.State.REFUSED:
            transfers = transfers.filter(asked_by=PARTNER)
        rows = (
            transfers.annotate(key=Concat(Value(f"{topic}:"), "reference"))
            .exclude(key__in=OutboxMessage.objects.filter(topic=topic).values("key"))
            .order_by("pk")
            .values_list("reference", flat=True)[:MOST_AT_ONCE]
        )
        messages = [
            OutboxMessage(
                key=f"{topic}:{reference}",
                topic=topic,
                payload={"transfers": [reference]},
                created_at=at,
            )
            for reference in rows
        ]
        OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
        announced += len(messages)
    return announced
