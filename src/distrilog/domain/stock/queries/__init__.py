"""Questions to the stock: levels and lots, what is under way, and whether the books are right."""

from distrilog.domain.stock.queries.books import Discrepancy, digest_of_entries, discrepancies
from distrilog.domain.stock.queries.levels import (
    LotLine,
    Shortfall,
    available,
    balances,
    batches,
    lot_lines,
    pallets_at,
    pending,
    shortfalls,
)


__all__ = [
    "Discrepancy",
    "LotLine",
    "Shortfall",
    "available",
    "balances",
    "batches",
    "digest_of_entries",
    "discrepancies",
    "lot_lines",
    "pallets_at",
    "pending",
    "shortfalls",
]
