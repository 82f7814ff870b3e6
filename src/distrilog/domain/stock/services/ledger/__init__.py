"""
The one way units move, and the one way they are promised: written together, once a key, or not at all.

Locks are taken in one order, by id: positions, reservations, accounts. Two callers can wait for each
other but never in a circle. A fixed number of statements, whatever the number of movements.
"""

from distrilog.domain.stock.services.ledger.locking import hold
from distrilog.domain.stock.services.ledger.moving import move
from distrilog.domain.stock.services.ledger.promising import promise
from distrilog.domain.stock.services.ledger.values import (
    KEY_LENGTH,
    TEXT_LENGTHS,
    AccountKey,
    KeyReused,
    LotRecalled,
    Movement,
    NotEnoughStock,
    PositionKey,
    Promise,
)


__all__ = [
    "KEY_LENGTH",
    "TEXT_LENGTHS",
    "AccountKey",
    "KeyReused",
    "LotRecalled",
    "Movement",
    "NotEnoughStock",
    "PositionKey",
    "Promise",
    "hold",
    "move",
    "promise",
]
