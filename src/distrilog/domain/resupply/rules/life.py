"""What may happen to a part of a resupply, from the proposal to the receipt. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class PartState(StrEnum):
    """How far a part is; the values of `Part.State`."""

    PROPOSED = "proposed"
    OFFERED = "offered"
    DECLINED = "declined"
    TO_VALIDATE = "to_validate"
    CHOSEN = "chosen"
    SENT = "sent"
    RECEIVED = "received"
    REFUSED = "refused"
    CANCELLED = "cancelled"


PART_NAMES: Final[Mapping[PartState, str]] = {
    PartState.PROPOSED: "proposé au voisin",
    PartState.OFFERED: "offert",
    PartState.DECLINED: "décliné",
    PartState.TO_VALIDATE: "à valider",
    PartState.CHOSEN: "accordé",
    PartState.SENT: "envoyé",
    PartState.RECEIVED: "reçu",
    PartState.REFUSED: "refusé",
    PartState.CANCELLED: "annulé",
}
# Something of it is still to come, if only an answer.
LIVE: Final = frozenset(
    {
        PartState.PROPOSED,
        PartState.OFFERED,
        PartState.TO_VALIDATE,
        PartState.CHOSEN,
        PartState.SENT,
    }
)
# The agency counts on it for its line.
GRANTED: Final = frozenset(
    {PartState.TO_VALIDATE, PartState.CHOSEN, PartState.SENT, PartState.RECEIVED}
)
# The giver has said yes: it cannot lend these units to somebody else.
COMMITTED: Final = frozenset(
    {PartState.OFFERED, PartState.CHOSEN, PartState.SENT, PartState.RECEIVED}
)


class Change(StrEnum):
    """What somebody does to a part."""

    OFFER = "offer"
    DECLINE = "decline"
    CHOOSE = "choose"
    ACCEPT = "accept"
    REFUSE = "refuse"
    SEND = "send"
    RECEIVE = "receive"
    CANCEL = "cancel"


_NEXT: Final[Mapping[Change, Mapping[PartState, PartState]]] = {
    Change.OFFER: {PartState.PROPOSED: PartState.OFFERED},
    # A giver may take back its word until the units have left.
    Change.DECLINE: {
        PartState.PROPOSED: PartState.DECLINED,
        PartState.OFFERED: PartState.DECLINED,
        PartState.CHOSEN: PartState.DECLINED,
    },
    Change.CHOOSE: {PartState.OFFERED: PartState.CHOSEN},
    Change.ACCEPT: {PartState.TO_VALIDATE: PartState.CHOSEN},
    Change.REFUSE: {PartState.TO_VALIDATE: PartState.REFUSED},
    Change.SEND: {PartState.CHOSEN: PartState.SENT},
    Change.RECEIVE: {PartState.SENT: PartState.RECEIVED},
    Change.CANCEL: {
        PartState.PROPOSED: PartState.CANCELLED,
        PartState.OFFERED: PartState.CANCELLED,
        PartState.TO_VALIDATE: PartState.CANCELLED,
        PartState.CHOSEN: PartState.CANCELLED,
        PartState.SENT: PartState.CANCELLED,
    },
}


def next_state(*, state: PartState, change: Change) -> PartState | None:
    """Return the state that a change leads to; None where it cannot be made."""
    return _NEXT[change].get(state)
