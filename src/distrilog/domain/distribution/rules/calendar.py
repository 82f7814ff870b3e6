"""
The clock of a push week: requests until Thursday 18:00 of the week before, the plan frozen on its Friday, delivered from Tuesday.

Thursday is the texts' (instruction of 26 March 2020: the agencies send their requests each Thursday); that
the split is settled the week before is MARS 2020_87's. The hours are ours: requests end on the clocks of Paris for all, a plan is
frozen on those of its zone, and overseas it leaves no sooner than its lead time allows.
"""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from distrilog.kernel.weeks import PARIS, Week


REQUEST_DAY: Final = 4
REQUEST_CLOCK: Final = time(18, 0)
FREEZE_DAY: Final = 5
FREEZE_CLOCK: Final = time(18, 0)
DELIVERY_DAY: Final = 2


def cut_off(*, week: Week) -> datetime:
    """Return until when requests for the plan of a week are taken; the moment itself is in time."""
    return week.plus(-1).moment(weekday=REQUEST_DAY, clock=REQUEST_CLOCK, zone=PARIS)


def freeze(*, week: Week, zone: ZoneInfo = PARIS) -> datetime:
    """Return when the plan of a week is frozen, unless its own dates say otherwise."""
    return week.plus(-1).moment(weekday=FREEZE_DAY, clock=FREEZE_CLOCK, zone=zone)


def delivery_day(*, week: Week, frozen_on: date, lead_time_days: int) -> date:
    """Return from which day a plan is delivered: Tuesday, or later where the way is longer than that (row A14)."""
    usual = week.monday + timedelta(days=DELIVERY_DAY - 1)
    return max(usual, frozen_on + timedelta(days=lead_time_days))


def week_of_request(*, at: datetime) -> Week:
    """Return the week whose plan a request made at a moment is for: the first that is still taken."""
    following = Week.at(at, PARIS).plus(1)
    return following if at <= cut_off(week=following) else following.plus(1)
