"""Actions on push plans: prepare, share with the agencies, adjust, ask for a change, freeze, send."""

from distrilog.domain.distribution.services.adjusting import adjust
from distrilog.domain.distribution.services.asking import answer_change, ask_change
from distrilog.domain.distribution.services.carrying import receive, send
from distrilog.domain.distribution.services.deciding import (
    WrongState,
    abandon,
    freeze,
    freeze_due,
    share,
)
from distrilog.domain.distribution.services.handing import (
    debts,
    explain_residual,
    hand_out,
    settle,
)
from distrilog.domain.distribution.services.planning import Proposal, prepare


__all__ = [
    "Proposal",
    "WrongState",
    "abandon",
    "adjust",
    "answer_change",
    "ask_change",
    "debts",
    "explain_residual",
    "freeze",
    "freeze_due",
    "hand_out",
    "prepare",
    "receive",
    "send",
    "settle",
    "share",
]
