"""When a stock runs out, as an interval: the last weeks' consumption, and the crisis need. Pure, whole numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from distrilog.domain.declarations.rules.cover import DAYS_A_WEEK


# How many weeks of consumption tell how fast a stock goes.
WEEKS_LOOKED_AT: Final = 4
# Further away, a date tells nothing.
HORIZON_DAYS: Final = 365
METHOD: Final = (
    (
        "La date attendue suppose que le stock déclaré s’use au rythme moyen des consommations déclarées ces "
        f"{WEEKS_LOOKED_AT} dernières semaines, ou au besoin de crise si aucune ne l’a été."
    ),
    (
        "L’intervalle va de la date la plus proche, au rythme de la plus forte de ces semaines ou du besoin de "
        "crise s’il est plus élevé, à la plus lointaine, au rythme de la plus faible."
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOut:
    """The first day without stock: at the earliest, as expected, at the latest. None: not within a year."""

    earliest: date | None
    expected: date | None
    latest: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A week's consumption of those who told it, and their crisis need. Units."""

    consumption: int
    need: int


def run_out(*, stock: int, need: int, consumptions: Sequence[int], said_on: date) -> RunOut:
    """
    Return when a stock runs out that was counted on a day, as `METHOD` says. Units a week.

    `consumptions` are those told over the last weeks, whatever their order; weeks without a word are left out.
    """
    rates = list(consumptions) or [need]
    return RunOut(
        earliest=_day(said_on, stock, max(need, *rates), 1),
        expected=_day(said_on, stock, sum(rates), len(rates)),
        latest=_day(said_on, stock, min(rates), 1),
    )


def area_run_out(*, stock: int, need: int, uses: Iterable[Use], said_on: date) -> RunOut:
    """
    Return the same for an area: `stock` and `need` of those that declared, and what was told each of the last weeks.

    Not the same facilities tell each week: a week's consumption is scaled by the need of who told it, rounded up.
    """
    scaled = [-(-use.consumption * need // use.need) for use in uses if use.need > 0]
    return run_out(stock=stock, need=need, consumptions=scaled, said_on=said_on)


def _day(said_on: date, stock: int, units: int, weeks: int) -> date | None:
    """Return the day a stock ends at so many units over so many weeks: whole days, rounded down."""
    if units <= 0:
        return said_on if stock == 0 else None
    days = stock * DAYS_A_WEEK * weeks // units
    return said_on + timedelta(days=days) if days <= HORIZON_DAYS else None
