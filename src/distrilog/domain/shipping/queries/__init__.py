"""Questions about orders on their way: what became of one, what is awaited, what is claimed, who has a lot."""

from distrilog.domain.shipping.queries.claims import (
    ClaimCounts,
    ClaimPage,
    claim,
    claim_counts,
    claims,
)
from distrilog.domain.shipping.queries.lives import (
    OWNERS,
    ClaimSeen,
    ContentSeen,
    DespatchSeen,
    EventSeen,
    LineLife,
    OrderLife,
    ParcelSeen,
    ReceiptSeen,
    Step,
    awaiting,
    by_sscc,
    deliveries,
    despatch,
    of_order,
    photo,
    states,
)
from distrilog.domain.shipping.queries.promises import broken_promises
from distrilog.domain.shipping.queries.recalls import RECALL_KEY, Holder, recall_trace
from distrilog.domain.shipping.queries.received import received_since


__all__ = [
    "OWNERS",
    "RECALL_KEY",
    "ClaimCounts",
    "ClaimPage",
    "ClaimSeen",
    "ContentSeen",
    "DespatchSeen",
    "EventSeen",
    "Holder",
    "LineLife",
    "OrderLife",
    "ParcelSeen",
    "ReceiptSeen",
    "Step",
    "awaiting",
    "broken_promises",
    "by_sscc",
    "claim",
    "claim_counts",
    "claims",
    "deliveries",
    "despatch",
    "of_order",
    "photo",
    "recall_trace",
    "received_since",
    "states",
]
