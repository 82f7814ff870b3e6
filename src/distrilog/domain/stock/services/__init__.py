"""What can be done with stock: move it, promise it, count, block, recall, buy and transfer it, seal its entries."""

from distrilog.domain.stock.services.counting import Counted, count
from distrilog.domain.stock.services.ledger import (
    KeyReused,
    LotRecalled,
    Movement,
    NotEnoughStock,
    Promise,
    hold,
    move,
    promise,
)
from distrilog.domain.stock.services.recalling import RecallClosed, close_recall, recall
from distrilog.domain.stock.services.registering import LotDiffers, NewLot, register_lots
from distrilog.domain.stock.services.replenishment import (
    OutcomeKnown,
    TransferClosed,
    TransferOpen,
    close_transfer,
    receive_pallets,
    refuse_transfer,
    request_transfer,
    send_transfer,
    set_threshold,
)
from distrilog.domain.stock.services.sealing import seal_entries
from distrilog.domain.stock.services.shifting import (
    LotTooOld,
    allot,
    block,
    unblock,
    withdraw_expired,
    write_off,
)
from distrilog.domain.stock.services.supply import (
    Arrival,
    NoRoom,
    Received,
    TooMuch,
    cancel_rest,
    plan_purchase,
    receive_purchase,
)


__all__ = [
    "Arrival",
    "Counted",
    "KeyReused",
    "LotDiffers",
    "LotRecalled",
    "LotTooOld",
    "Movement",
    "NewLot",
    "NoRoom",
    "NotEnoughStock",
    "OutcomeKnown",
    "Promise",
    "RecallClosed",
    "Received",
    "TooMuch",
    "TransferClosed",
    "TransferOpen",
    "allot",
    "block",
    "cancel_rest",
    "close_recall",
    "close_transfer",
    "count",
    "hold",
    "move",
    "plan_purchase",
    "promise",
    "recall",
    "receive_pallets",
    "receive_purchase",
    "refuse_transfer",
    "register_lots",
    "request_transfer",
    "seal_entries",
    "send_transfer",
    "set_threshold",
    "unblock",
    "withdraw_expired",
    "write_off",
]
