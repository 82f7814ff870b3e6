"""What can be done about shipping: hand over, answer, despatch, report, receive, claim, and keep going in an outage."""

from distrilog.domain.shipping.services.answering import answer, give_again
from distrilog.domain.shipping.services.claiming import AlreadySettled, settle_claim
from distrilog.domain.shipping.services.despatching import despatch
from distrilog.domain.shipping.services.handing import hand_over
from distrilog.domain.shipping.services.outages import (
    OutageOpen,
    declare_outage,
    end_outage,
    reroute,
)
from distrilog.domain.shipping.services.preparing import Dock, prepare_wave
from distrilog.domain.shipping.services.recalling import Recalled, recall_lot
from distrilog.domain.shipping.services.receiving import (
    AlreadyReceived,
    NotOnItsWay,
    Stated,
    assume_receipts,
    erase_remark,
    receive,
)
from distrilog.domain.shipping.services.reporting import report
from distrilog.domain.shipping.services.tracking import keep_tracking


__all__ = [
    "AlreadyReceived",
    "AlreadySettled",
    "Dock",
    "NotOnItsWay",
    "OutageOpen",
    "Recalled",
    "Stated",
    "answer",
    "assume_receipts",
    "declare_outage",
    "despatch",
    "end_outage",
    "erase_remark",
    "give_again",
    "hand_over",
    "keep_tracking",
    "prepare_wave",
    "recall_lot",
    "receive",
    "report",
    "reroute",
    "settle_claim",
]
