"""Tables of the push chain: plans, platforms, programmes."""

from distrilog.domain.distribution.models.plans import (
    Adjustment,
    ChangeRequest,
    Endowment,
    Plan,
    PlanLine,
    PlanShare,
)
from distrilog.domain.distribution.models.platforms import (
    Flow,
    FlowLine,
    HandOut,
    Incident,
    Residual,
    Settlement,
    Situation,
)
from distrilog.domain.distribution.models.programmes import (
    EmergencyPush,
    Override,
    Programme,
    ProgrammeSite,
    Trainees,
)


__all__ = [
    "Adjustment",
    "ChangeRequest",
    "EmergencyPush",
    "Endowment",
    "Flow",
    "FlowLine",
    "HandOut",
    "Incident",
    "Override",
    "Plan",
    "PlanLine",
    "PlanShare",
    "Programme",
    "ProgrammeSite",
    "Residual",
    "Settlement",
    "Situation",
    "Trainees",
]
