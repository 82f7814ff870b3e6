"""
Sending what the outbox holds: one message at a time, at least once, further and further apart while it fails.

Waits are counted, not drawn: 10 s, then twice as long each time, up to an hour. After `MOST_ATTEMPTS`, some
fifteen hours, a message is dead until somebody has it sent again.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Least

from distrilog.kernel.models import OutboxMessage


FIRST_WAIT: Final = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(hours=1)
MOST_ATTEMPTS: Final = 24
# Once a partner answers again, nothing waits for it any longer than that.
WAIT_ONCE_BACK: Final = timedelta(minutes=1)
# What was sent, and what nobody listens to, is of no use any more by then.
DAYS_KEPT: Final = 30
_ERROR_LENGTH: Final = 300


def wait_after(*, attempts: int) -> timedelta:
    """Return how long a message waits after so many failures."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_WAIT)


def waiting(*, topics: Collection[str]) -> QuerySet[OutboxMessage]:
    """Return what is still to be sent of some topics, due or not."""
    return OutboxMessage.objects.filter(
        topic__in=topics, sent_at__isnull=True, dead_at__isnull=True
    )


@contextmanager
def claim(
    *, topics: Collection[str], at: datetime, pk: int | None = None
) -> Iterator[OutboxMessage | None]:
    """
    Open a transaction in which the oldest message that is due, or the one asked for, is ours alone.

    None where there is none: what another worker holds is passed over. The lock lasts as long as the sending: a worker that is
    killed meanwhile frees it, and the message is sent again.
    """
    due = waiting(topics=topics).filter(
        Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=at)
    )
    if pk is not None:
        due = due.filter(pk=pk)
    with transaction.atomic():
        yield due.select_for_update(skip_locked=True).order_by("pk").first()


def mark_sent(*, message: OutboxMessage, at: datetime) -> None:
    """Note that the partner has it; whatever else waits for the same partner is tried again soon."""
    message.attempts += 1
    message.sent_at, message.next_attempt_at, message.last_error = at, None, ""
    message.save(update_fields=["attempts", "sent_at", "next_attempt_at", "last_error"])


def bring_forward(*, topics: Collection[str], at: datetime) -> int:
    """Let nothing wait longer than `WAIT_ONCE_BACK` for a partner that answers again; return how many did."""
    soon = at + WAIT_ONCE_BACK
    return (
        waiting(topics=topics)
        .filter(next_attempt_at__gt=soon)
        .update(next_attempt_at=Least(F("next_attempt_at"), soon))
    )


def mark_failed(
    *, message: OutboxMessage, error: str, at: datetime, for_good: bool = False
) -> bool:
    """Note a failure: tried again later, or dead after the last attempt or `for_good`. Return whether it is dead."""
    message.attempts += 1
    message.last_error = error[:_ERROR_LENGTH]
    dead = for_good or message.attempts >= MOST_ATTEMPTS
    message.dead_at = at if dead else None
    message.next_attempt_at = None if dead else at + wait_after(attempts=message.attempts)
    message.save(update_fields=["attempts", "last_error", "dead_at", "next_attempt_at"])
    return dead


def replay(*, message: OutboxMessage) -> bool:
    """Have a dead message sent again, from the first attempt; False where it was not dead (any more)."""
    return bool(
        OutboxMessage.objects.filter(pk=message.pk, dead_at__isnull=False).update(
            dead_at=None, attempts=0, next_attempt_at=None
        )
    )


def purge(*, listened: Collection[str], at: datetime) -> int:
    """Delete what is older than `DAYS_KEPT` and was sent, or that no partner listens to; return how many."""
    old = OutboxMessage.objects.filter(created_at__lt=at - timedelta(days=DAYS_KEPT))
    deleted, _by_table = old.filter(Q(sent_at__isnull=False) | ~Q(topic__in=listened)).delete()
    return deleted
