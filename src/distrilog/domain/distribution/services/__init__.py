"""Actions on push plans: prepare, share with the agencies, adjust, ask for a change, freeze, send."""

from distrilog.domain.distribution.services.adjusting import adjust
from distrilog.domain.distribution.services.asking import answer_change, ask_change
from distrilog.domain.distribution.services.deciding import (
    WrongState,
    abandon,
    freeze,
    freeze_due,
    share,
)
from distrilog.domain.distribution.services.planning import Proposal, prepare


__all__ = [
    "Proposal",
    "WrongState",
    "abandon",
    "adjust",
    "answer_change",
    "ask_change",
    "freeze",
    "freeze_due",
    "prepare",
    "share",
]
