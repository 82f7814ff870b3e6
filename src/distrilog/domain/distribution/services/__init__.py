"""Actions on push plans: prepare, share with the agencies, adjust, ask for a change, freeze, send."""

from distrilog.domain.distribution.services.adapting import (
    end_override,
    end_trainees,
    register_trainees,
    set_override,
)
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
from distrilog.domain.distribution.services.programmes import (
    Decision,
    decide_programme,
    end_programme,
    enrol_sites,
    prepare_programme,
)
from distrilog.domain.distribution.services.pushing import push_at_once
from distrilog.domain.distribution.services.settling import debts, explain_residual, settle
from distrilog.domain.distribution.services.situating import Stated, report_situation


__all__ = [
    "Decision",
    "Proposal",
    "Stated",
    "WrongState",
    "abandon",
    "adjust",
    "answer_change",
    "ask_change",
    "close_incident",
    "debts",
    "decide_programme",
    "end_override",
    "end_programme",
    "end_trainees",
    "enrol_sites",
    "explain_residual",
    "freeze",
    "freeze_due",
    "hand_out",
    "hand_out_all",
    "hand_out_round",
    "prepare",
    "prepare_programme",
    "push_at_once",
    "receive",
    "receive_all",
    "register_trainees",
    "report_situation",
    "send",
    "set_override",
    "settle",
    "share",
    "take_back",
    "take_incident",
    "tell_incident",
]
