"""What can be done with stock: move it, promise it, count, block, recall, buy and transfer it, seal its entries."""

from distrilog.domain.stock.services.ledger import (
    KeyReused,
    LotRecalled,
    Movement,
    NotEnoughStock,
    Promise,
    move,
    promise,
)
from distrilog.domain.stock.services.sealing import seal_entries


__all__ = [
    "KeyReused",
    "LotRecalled",
    "Movement",
    "NotEnoughStock",
    "Promise",
    "move",
    "promise",
    "seal_entries",
]
