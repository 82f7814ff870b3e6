"""What helping means: the procedure in force and its clocks, what may happen to a part, whom to match with whom. Pure."""

from distrilog.domain.resupply.rules.life import (
    COMMITTED,
    GRANTED,
    LIVE,
    PART_NAMES,
    Change,
    PartState,
    next_state,
)
from distrilog.domain.resupply.rules.matching import Asking, Flow, Lending, match
from distrilog.domain.resupply.rules.procedures import (
    KIND_NAMES,
    PROCEDURES,
    STEP_NAMES,
    URGENCY_NAMES,
    Kind,
    Procedure,
    Step,
    Urgency,
    procedure,
    procedure_named,
)


__all__ = [
    "COMMITTED",
    "GRANTED",
    "KIND_NAMES",
    "LIVE",
    "PART_NAMES",
    "PROCEDURES",
    "STEP_NAMES",
    "URGENCY_NAMES",
    "Asking",
    "Change",
    "Flow",
    "Kind",
    "Lending",
    "PartState",
    "Procedure",
    "Step",
    "Urgency",
    "match",
    "next_state",
    "procedure",
    "procedure_named",
]
