"""The procedure in force, its steps and clocks. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Where help comes from, in the order it is looked for (rows I1 to I4 of the mission)."""

    NEIGHBOUR = "neighbour"
    DEPARTMENT = "department"
    POT = "pot"
    STATE = "state"


KIND_NAMES: Final[Mapping[Kind, str]] = {
    Kind.NEIGHBOUR: "entraide d’un établissement voisin",
    Kind.DEPARTMENT: "stock d’urgence du département",
    Kind.POT: "pot commun de l’ARS",
    Kind.STATE: "stock de l’État",
}


class Urgency(StrEnum):
    """How soon there is nothing left."""

    TODAY = "today"
    DAYS = "days"
    WEEK = "week"


URGENCY_NAMES: Final[Mapping[Urgency, str]] = {
    Urgency.TODAY: "rupture aujourd’hui",
    Urgency.DAYS: "rupture sous trois jours",
    Urgency.WEEK: "rupture sous une semaine",
}


class Step(StrEnum):
    """What somebody has to do next, each with its clock."""

    ANSWER = "answer"
    DECIDE = "decide"
    VALIDATE = "validate"
    SEND = "send"
    RECEIVE = "receive"


STEP_NAMES: Final[Mapping[Step, str]] = {
    Step.ANSWER: "réponse du voisin",
    Step.DECIDE: "décision de l’ARS",
    Step.VALIDATE: "validation du centre de crise",
    Step.SEND: "envoi",
    Step.RECEIVE: "réception",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """
    A dated way of helping: which sources, whether the State’s is validated by the crisis centre, the time each step has.

    `clocks` are by step and urgency.
    """

    code: str
    starts_on: date
    kinds: tuple[Kind, ...]
    validated: bool
    source: str
    clocks: Mapping[Step, Mapping[Urgency, timedelta]]

    def due(self, step: Step, urgency: Urgency) -> timedelta:
        """Return how long a step may take."""
        return self.clocks[step][urgency]


def _hours(today: int, days: int, week: int) -> Mapping[Urgency, timedelta]:
    given = (today, days, week)
    return {each: timedelta(hours=hours) for each, hours in zip(Urgency, given, strict=True)}


# The texts give no delays: these are the product's, shown with each clock.
_CLOCKS: Final = {
    Step.ANSWER: _hours(2, 12, 24),
    Step.DECIDE: _hours(4, 24, 48),
    Step.VALIDATE: _hours(4, 12, 24),
    Step.SEND: _hours(12, 24, 48),
    Step.RECEIVE: _hours(24, 48, 96),
}

PROCEDURES: Final = (
    Procedure(
        code="2020-07",
        starts_on=date(2020, 3, 1),
        kinds=(Kind.STATE,),
        validated=False,
        source="MINSANTE 143 du 30 juillet 2020 : l’ARS s’adresse directement à Santé publique France.",
        clocks=_CLOCKS,
    ),
    Procedure(
        code="2020-10",
        starts_on=date(2020, 10, 8),
        kinds=tuple(Kind),
        validated=True,
        source=(
            "MARS 2020_87 du 8 octobre 2020 : d’abord l’entraide entre établissements proches, puis l’ARS"
            " saisit le centre de crise, qui valide, et Santé publique France livre."
        ),
        clocks=_CLOCKS,
    ),
)


def procedure(*, on: date) -> Procedure:
    """Return the procedure in force on a day; before the first, the first."""
    begun = [each for each in PROCEDURES if each.starts_on <= on]
    return begun[-1] if begun else PROCEDURES[0]


def procedure_named(code: str) -> Procedure:
    """Return a procedure by its code; KeyError for another word."""
    return {each.code: each for each in PROCEDURES}[code]
