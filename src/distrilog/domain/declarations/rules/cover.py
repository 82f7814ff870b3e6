"""Cover and bands: whole numbers, no rounding before the comparison. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


DAYS_A_WEEK: Final = 7
# Three weeks of crisis consumption in each facility (MINSANTE 143 of 30 July 2020).
SAFETY_WEEKS: Final = 3


class Band(StrEnum):
    """What a small site says instead of a count: how long its stock lasts at crisis consumption."""

    NONE = "none"
    DAYS = "days"
    WEEKS = "weeks"
    PLENTY = "plenty"


BAND_NAMES: Final[Mapping[Band, str]] = {
    Band.NONE: "plus rien",
    Band.DAYS: "moins d’une semaine",
    Band.WEEKS: "d’une à trois semaines",
    Band.PLENTY: "trois semaines ou plus",
}
# The least of each band, in days: nobody is taken to have more than it said.
BAND_DAYS: Final[Mapping[Band, int]] = {
    Band.NONE: 0,
    Band.DAYS: 1,
    Band.WEEKS: 7,
    Band.PLENTY: 21,
}


class Level(StrEnum):
    """How a facility stands for a family."""

    NO_NEED = "no-need"
    SILENT = "silent"
    EMPTY = "empty"
    ALERT = "alert"
    WATCH = "watch"
    COVERED = "covered"


LEVEL_NAMES: Final[Mapping[Level, str]] = {
    Level.NO_NEED: "sans besoin",
    Level.SILENT: "sans déclaration",
    Level.EMPTY: "rupture",
    Level.ALERT: "alerte",
    Level.WATCH: "à surveiller",
    Level.COVERED: "couvert",
}


def cover_tenths(*, stock: int, need: int) -> int | None:
    """Return the tenths of a day that a stock lasts at a weekly need, rounded down; None without a need."""
    return stock * DAYS_A_WEEK * 10 // need if need > 0 else None


def level(*, stock: int | None, need: int, watch_days: int, alert_days: int) -> Level:
    """
    Judge a stock, in units, against a weekly need and two thresholds in days; exactly at a threshold is above it.

    `stock` is None when nothing was declared.
    """
    if need <= 0:
        return Level.NO_NEED
    if stock is None:
        return Level.SILENT
    if stock == 0:
        return Level.EMPTY
    if stock * DAYS_A_WEEK < alert_days * need:
        return Level.ALERT
    if stock * DAYS_A_WEEK < watch_days * need:
        return Level.WATCH
    return Level.COVERED


def safety_stock(*, need: int, box_units: int) -> int:
    """Return three weeks of need in units, rounded up to whole boxes."""
    return -(-need * SAFETY_WEEKS // box_units) * box_units


def surplus(*, stock: int, need: int, box_units: int) -> int:
    """Return the units, in whole boxes, that a facility could lend and keep its safety stock."""
    return max(0, stock - safety_stock(need=need, box_units=box_units)) // box_units * box_units


def units_of_band(*, band: Band, need: int) -> int:
    """Return the least stock that a band means at a weekly need, in units, rounded down."""
    return BAND_DAYS[band] * need // DAYS_A_WEEK
