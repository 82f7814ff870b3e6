"""The ledger, and what comes in and moves within the stock."""

from distrilog.domain.stock.models.ledger import (
    Account,
    Entry,
    EntrySeal,
    Lot,
    Owner,
    PendingEntry,
    Place,
    Position,
    Reservation,
)
from distrilog.domain.stock.models.supply import (
    InventoryCount,
    Purchase,
    Recall,
    Threshold,
    Transfer,
    TransferLine,
)


__all__ = [
    "Account",
    "Entry",
    "EntrySeal",
    "InventoryCount",
    "Lot",
    "Owner",
    "PendingEntry",
    "Place",
    "Position",
    "Purchase",
    "Recall",
    "Reservation",
    "Threshold",
    "Transfer",
    "TransferLine",
]
