"""The life of an invitation: what each message exchanged with PLAGE makes of it."""

from enum import StrEnum
from typing import assert_never


class State(StrEnum):
    """Where an invitation stands."""

    WAITING = "waiting"
    KNOWN = "known"
    ASKED = "asked"
    CREATED = "created"
    REFUSED = "refused"


STATE_NAMES: dict[State, str] = {
    State.WAITING: "à transmettre à PLAGE",
    State.KNOWN: "compte existant",
    State.ASKED: "création demandée",
    State.CREATED: "compte créé",
    State.REFUSED: "refusée par PLAGE",
}


class Answer(StrEnum):
    """What PLAGE says of an account: to our question, to our request, or to confirm."""

    EXISTS = "exists"
    RECEIVED = "received"
    CREATED = "created"
    REFUSED = "refused"


def after(*, state: State, answer: Answer) -> State:
    """Return the state after an answer. The same answer again changes nothing; an end is an end."""
    match state:
        case State.WAITING | State.ASKED:
            return _of(answer) if state is State.WAITING or answer is not Answer.EXISTS else state
        case State.KNOWN | State.CREATED | State.REFUSED:
            return state
        case _:
            assert_never(state)


def _of(answer: Answer) -> State:
    match answer:
        case Answer.EXISTS:
            return State.KNOWN
        case Answer.RECEIVED:
            return State.ASKED
        case Answer.CREATED:
            return State.CREATED
        case Answer.REFUSED:
            return State.REFUSED
        case _:
            assert_never(answer)
