"""Questions about the exchanges with the operator: what waits, what failed and why, what went through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Max, Min, Q, QuerySet

from distrilog.integrations.operator.models import ComparedLot, Comparison, Sending
from distrilog.integrations.operator.topics import PARTNER, TOPICS
from distrilog.kernel import outbox
from distrilog.kernel.models import InboxMessage, OutboxMessage
from distrilog.kernel.refusals import NotFound


# What a page shows of each list; the figures above it count all.
MOST_SHOWN: Final = 50
MOST_LOTS_SHOWN: Final = 200
_LATEST: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How the exchanges go: interchanges that wait or failed, and when the last ones went through."""

    waiting: int
    waiting_since: datetime | None
    last_error: str
    dead: int
    refused_out: int
    failed_in: int
    last_sent_at: datetime | None
    last_received_at: datetime | None

    @property
    def failures(self) -> int:
        """What somebody must look at."""
        return self.dead + self.refused_out + self.failed_in


def overview() -> Overview:
    """Return the figures of the exchanges. Four queries."""
    ours = OutboxMessage.objects.filter(topic__in=TOPICS)
    sent = ours.aggregate(
        waiting=Count("pk", filter=Q(sent_at__isnull=True, dead_at__isnull=True)),
        since=Min("created_at", filter=Q(sent_at__isnull=True, dead_at__isnull=True)),
        dead=Count("pk", filter=Q(dead_at__isnull=False)),
        last=Max("sent_at"),
    )
    received = InboxMessage.objects.filter(partner=PARTNER).aggregate(
        failed=Count("pk", filter=_to_look_at()),
        last=Max("received_at", filter=~Q(state=InboxMessage.State.DEAD)),
    )
    failing = waiting().exclude(last_error="").values_list("last_error", flat=True).first()
    return Overview(
        waiting=sent["waiting"],
        waiting_since=sent["since"],
        last_error=failing or "",
        dead=sent["dead"],
        refused_out=refused_out().count(),
        failed_in=received["failed"],
        last_sent_at=sent["last"],
        last_received_at=received["last"],
    )


def _to_look_at() -> Q:
    return ~Q(state=InboxMessage.State.PROCESSED) & Q(closed_at__isnull=True)


def waiting() -> QuerySet[OutboxMessage]:
    """Return what is still to be sent, oldest first."""
    return outbox.waiting(topics=TOPICS).order_by("pk")


def dead() -> QuerySet[OutboxMessage]:
    """Return what was given up, latest first."""
    return OutboxMessage.objects.filter(topic__in=TOPICS, dead_at__isnull=False).order_by(
        "-dead_at", "-pk"
    )


def refused_out() -> QuerySet[Sending]:
    """Return the interchanges in which the operator refused something nobody has looked at, latest first."""
    return (
        Sending.objects.filter(refusals__gt=0, closed_at__isnull=True)
        .select_related("outbox")
        .defer("body")
        .order_by("-made_at", "-pk")
    )


def failed_in() -> QuerySet[InboxMessage]:
    """Return what was received, did not all go through, and nobody has closed; latest first."""
    return (
        InboxMessage.objects.filter(_to_look_at(), partner=PARTNER)
        .defer("body")
        .order_by("-last_at", "-pk")
    )


def latest_sent() -> QuerySet[Sending]:
    """Return the interchanges that were answered last."""
    return (
        Sending.objects.filter(outbox__sent_at__isnull=False)
        .select_related("outbox")
        .defer("body")
        .order_by("-outbox__sent_at", "-pk")[:_LATEST]
    )


def latest_received() -> QuerySet[InboxMessage]:
    """Return the interchanges that came last, whatever became of them."""
    return (
        InboxMessage.objects.filter(partner=PARTNER)
        .defer("body")
        .order_by("-received_at", "-pk")[:_LATEST]
    )


def received(*, pk: int) -> InboxMessage:
    """Return one interchange of the operator, or raise NotFound."""
    found = InboxMessage.objects.filter(partner=PARTNER, pk=pk).first()
    if found is None:
        raise NotFound(detail="Cet envoi n’existe pas, ou n’est plus conservé.")
    return found


def sent(*, pk: int) -> Sending:
    """Return one interchange to the operator, or raise NotFound."""
    found = Sending.objects.select_related("outbox").filter(pk=pk).first()
    if found is None:
        raise NotFound(detail="Cet envoi n’existe pas, ou n’est plus conservé.")
    return found


def comparisons() -> QuerySet[Comparison]:
    """Return the latest comparisons of stock, the last one first."""
    return Comparison.objects.order_by("-at", "-pk")[: 2 * _LATEST]


def comparison(*, pk: int | None = None) -> Comparison | None:
    """Return one comparison of stock or, without a number, the last; raises NotFound for a wrong number."""
    if pk is None:
        return Comparison.objects.order_by("-at", "-pk").first()
    found = Comparison.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(detail="Ce rapprochement n’existe pas.")
    return found


def differing_lots(*, comparison: Comparison) -> QuerySet[ComparedLot]:
    """Return the lots in which a comparison differs, family by family."""
    return comparison.lines.order_by("family", "gtin", "lot")
