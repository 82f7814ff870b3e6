"""Actions on push plans: prepare, share with the agencies, adjust, ask for a change, freeze, send."""

from distrilog.domain.distribution.services.adjusting import adjust
from distrilog.domain.distribution.services.asking import answer_change, ask_change
from distrilog.domain.distribution.services.carrying import receive, receive_all, send
from distrilog.domain.distribution.services.deciding import (
    WrongState,
    abandon,
    freeze,
    freeze_due,
    share,
)
from distrilog.domain.distribution.services.handing import (
    hand_out,
    hand_out_all,
    hand_out_round,
    take_back,
)
from distrilog.domain.distribution.services.incidents import (
    close_incident,
    take_incident,
    tell_incident,
)
from distrilog.domain.distribution.services.planning import Proposal, prepare
from distrilog.domain.distribution.services.settling import debts, explain_residual, settle
from distrilog.domain.distribution.services.situating import Stated, report_situation


__all__ = [
    "Proposal",
    "Stated",
    "WrongState",
    "abandon",
    "adjust",
    "answer_change",
    "ask_change",
    "close_incident",
    "debts",
    "explain_residual",
    "freeze",
    "freeze_due",
    "hand_out",
    "hand_out_all",
    "hand_out_round",
    "prepare",
    "receive",
    "receive_all",
    "report_situation",
    "send",
    "settle",
    "share",
    "take_back",
    "take_incident",
    "tell_incident",
]
