"""The circuits of 2020 as the texts tell them, each with its citation; hypotheses are said to be."""

from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitFact:
    """What a text says of the chain of a group from a day on."""

    group: str
    chain: str
    counts: bool
    starts_on: date
    ends_on: date | None = None
    source: str


CIRCUITS_2020: Final[tuple[CircuitFact, ...]] = (
    CircuitFact(
        group="home_care",
        chain="pharmacy",
        counts=False,
        starts_on=date(2020, 4, 27),
        source=(
            "Occitanie, 24 avril 2020, note 1 : les aides salariées reviennent au circuit ville à la livraison 4 "
            "(S18, hypothèse) ; les services restent servis par leur établissement support, qui les compte"
        ),
    ),
    CircuitFact(
        group="laboratory",
        chain="portal",
        counts=True,
        starts_on=date(2020, 6, 1),
        source="MARS n° 2020-87, schéma : laboratoires en achat direct, dont circuit payant sur stock État, de juin à décembre 2020",
    ),
    CircuitFact(
        group="fire",
        chain="programme",
        counts=True,
        starts_on=date(2020, 7, 30),
        source="MINSANTE n° 143 du 30 juillet 2020 : flux spéciaux à destination des pompiers",
    ),
)
