"""What can be done in need: ask, lend, match, decide, validate, hand over, receive, give back; and what follows by itself."""

from distrilog.domain.resupply.services.asking import Asked, Wanted, ask, withdraw_request
from distrilog.domain.resupply.services.deciding import (
    Choice,
    cancel_part,
    close_request,
    decide,
    refuse_request as refuse,
)
from distrilog.domain.resupply.services.following import escalate, follow_orders, warn_borrowers
from distrilog.domain.resupply.services.handing import UNREAD_LOT, hand_over
from distrilog.domain.resupply.services.lending import agree_to_lend, answer, stop_lending
from distrilog.domain.resupply.services.matching import propose, seek
from distrilog.domain.resupply.services.receiving import give_back, receive
from distrilog.domain.resupply.services.refusals import (
    AlreadyAsked,
    BelowFloor,
    KeyReused,
    NotNow,
    TooMuch,
)
from distrilog.domain.resupply.services.validating import validate


__all__ = [
    "UNREAD_LOT",
    "AlreadyAsked",
    "Asked",
    "BelowFloor",
    "Choice",
    "KeyReused",
    "NotNow",
    "TooMuch",
    "Wanted",
    "agree_to_lend",
    "answer",
    "ask",
    "cancel_part",
    "close_request",
    "decide",
    "escalate",
    "follow_orders",
    "give_back",
    "hand_over",
    "propose",
    "receive",
    "refuse",
    "seek",
    "stop_lending",
    "validate",
    "warn_borrowers",
    "withdraw_request",
]
