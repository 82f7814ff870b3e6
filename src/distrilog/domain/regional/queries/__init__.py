"""Questions to the regions' stock: the week's balance, what comes, what is planned, what left, and whether it all adds up."""

from distrilog.domain.regional.queries.ages import Ageing, Waiting, ages, waiting
from distrilog.domain.regional.queries.flows import (
    Reserve,
    issues,
    lot_plan,
    lot_plans,
    places_served,
    receivers,
    reserves,
    supplies,
    supply,
    to_hand_out,
)
from distrilog.domain.regional.queries.proof import Discrepancy, discrepancies
from distrilog.domain.regional.queries.situation import (
    Situation,
    SituationRow,
    region_of,
    situation,
    situation_of_week,
)


__all__ = [
    "Ageing",
    "Discrepancy",
    "Reserve",
    "Situation",
    "SituationRow",
    "Waiting",
    "ages",
    "discrepancies",
    "issues",
    "lot_plan",
    "lot_plans",
    "places_served",
    "receivers",
    "region_of",
    "reserves",
    "situation",
    "situation_of_week",
    "supplies",
    "supply",
    "to_hand_out",
    "waiting",
]
