"""
The moments of 2020: two pushes in days, one under the second instruction, then one a week, the last of them in week 41.

Sources: instructions of 20 and 26 March 2020, MINSANTE n° 143 of 30 July, MARS n° 2020_87 of 8 October. The hours are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from distrilog.kernel.weeks import PARIS, Week


FIRST: Final = Week(2020, 12)
LAST: Final = Week(2020, 44)
# « Les derniers envois seront programmés la semaine 40, pour des dernières livraisons en semaine 41 en métropole. »
LAST_PUSH: Final = Week(2020, 41)
FIRST_PULL: Final = Week(2020, 42)
SECOND_INSTRUCTION: Final = Week(2020, 13)
WIND_DOWN: Final = Week(2020, 39)
# The week of the delivery that the document of 24 April 2020 prints by platform.
REFERENCE: Final = Week(2020, 16)
# The week of the region's own table in that document.
REGIONAL: Final = Week(2020, 17)

_WEDNESDAY: Final = 3
_FRIDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One push: when its plan is prepared, shared, frozen and sent, and from which day it is handed out."""

    week: Week
    number: int
    title: str
    prepared_at: datetime
    shared_at: datetime
    freezes_at: datetime
    sent_at: datetime
    delivers_on: date

    @property
    def received_at(self) -> datetime:
        """When the platforms acknowledge it: at ten on the day of delivery."""
        return datetime.combine(self.delivers_on, time(10), tzinfo=PARIS)

    @property
    def handed_at(self) -> datetime:
        """When the last facility has come for its part: at four in the afternoon of the next day."""
        return datetime.combine(self.delivers_on + timedelta(days=1), time(16), tzinfo=PARIS)


def cycles(*, week: Week) -> Sequence[Cycle]:
    """Return the pushes of a week in their order: none once orders have taken over."""
    if week == FIRST:
        return [
            _cycle(week, 1, "Première livraison, 19 mars", prepared=_on(week, 2), delivered=4),
            _cycle(
                week,
                2,
                "Seconde livraison, pour renforcer les dotations",
                prepared=_on(week, 4),
                delivered=6,
            ),
        ]
    if week == SECOND_INSTRUCTION:
        title = "Première livraison selon l’instruction du 26 mars"
        return [_cycle(week, 1, title, prepared=_on(week, 4), delivered=6)]
    return [_weekly(week)] if FIRST < week <= LAST_PUSH else []


def _weekly(week: Week) -> Cycle:
    """Make a usual week: shared on Wednesday, frozen on Friday, sent on Monday, delivered on Wednesday."""
    before = week.plus(-1)
    return Cycle(
        week=week,
        number=1,
        title="Dernière livraison de la vague" if week == LAST_PUSH else "",
        prepared_at=before.moment(weekday=_WEDNESDAY, clock=time(9), zone=PARIS),
        shared_at=before.moment(weekday=_WEDNESDAY, clock=time(15), zone=PARIS),
        freezes_at=before.moment(weekday=_FRIDAY, clock=time(18), zone=PARIS),
        sent_at=week.moment(weekday=1, clock=time(6), zone=PARIS),
        delivers_on=week.monday + timedelta(days=_WEDNESDAY - 1),
    )


def _cycle(week: Week, number: int, title: str, *, prepared: date, delivered: int) -> Cycle:
    """Make one of the first pushes: decided in a morning, frozen the evening after, there on the third day."""
    return Cycle(
        week=week,
        number=number,
        title=title,
        prepared_at=datetime.combine(prepared, time(9), tzinfo=PARIS),
        shared_at=datetime.combine(prepared, time(11), tzinfo=PARIS),
        freezes_at=datetime.combine(prepared, time(20), tzinfo=PARIS),
        sent_at=datetime.combine(prepared + timedelta(days=1), time(5), tzinfo=PARIS),
        delivers_on=_on(week, delivered),
    )


def _on(week: Week, weekday: int) -> date:
    return week.monday + timedelta(days=weekday - 1)
