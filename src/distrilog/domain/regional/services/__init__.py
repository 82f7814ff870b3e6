"""Actions on a region's stock: what comes in, how lots are split, what leaves and by whose word."""

from distrilog.domain.regional.services.issuing import (
    Recipient,
    deliver_directly,
    issue_urgently,
    register_receiver,
    release,
)
from distrilog.domain.regional.services.planning import (
    LotProposal,
    PartOf,
    ShareOf,
    WrongState,
    abandon_lot_plan,
    decide_lot_plan,
    prepare_lot_plan,
    split_part,
    split_pro_rata,
)
from distrilog.domain.regional.services.sharing import execute_plan, execute_share, hand_out_share
from distrilog.domain.regional.services.supplying import (
    NewSupply,
    cancel_rest,
    check_quality,
    receive_supply,
    register_supply,
)


__all__ = [
    "LotProposal",
    "NewSupply",
    "PartOf",
    "Recipient",
    "ShareOf",
    "WrongState",
    "abandon_lot_plan",
    "cancel_rest",
    "check_quality",
    "decide_lot_plan",
    "deliver_directly",
    "execute_plan",
    "execute_share",
    "hand_out_share",
    "issue_urgently",
    "prepare_lot_plan",
    "receive_supply",
    "register_receiver",
    "register_supply",
    "release",
    "split_part",
    "split_pro_rata",
]
