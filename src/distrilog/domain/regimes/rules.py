"""
The calendar of ordering windows, what a regime means for a price, and the terms of a category. Pure.

Windows are wall-clock rules of a zone: the change of hour moves the moment, never the clock on the wall,
and a year of 53 weeks is one more week (rows L1, L3 and G5 of the mission).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from distrilog.kernel.weeks import Week


class Price(StrEnum):
    """What an order costs the facility; laboratories pay for State stock (row L5)."""

    FREE = "free"
    STATE_STOCK = "state_stock"
    CONSORTIUM = "consortium"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The regime of one family in one region: since when, by which decision (none: routine from the start)."""

    regime: str = "routine"
    mode: str = "pull"
    since: datetime | None = None
    decision_id: int | None = None

    @property
    def opens_state_stock(self) -> bool:
        """Tell whether facilities may order from the State stock, free of charge."""
        return self.regime == "tension" and self.mode == "pull"

    @property
    def price(self) -> Price:
        """Price follows the regime at the time of the order (row L3)."""
        return Price.FREE if self.regime == "tension" else Price.CONSORTIUM


ROUTINE = Standing()


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsRule:
    """
    What a group pays for a family in a zone and until when (rows L4, L5); each empty means all of them.

    `price_cents` is for a box, `weekly_boxes` the most a facility orders in a week. Both ends are included.
    """

    group: str = ""
    family: str = ""
    zone: str = ""
    basis: Price = Price.FREE
    price_cents: int = 0
    weekly_boxes: int | None = None
    starts_on: date
    requests_until: date | None = None
    deliveries_until: date | None = None
    source: str = ""

    @property
    def paid(self) -> bool:
        """Tell whether the State stock is sold, whatever the regime."""
        return self.basis is Price.STATE_STOCK

    def ended(self, *, on: date) -> bool:
        """Tell whether demands are over on a day."""
        return self.requests_until is not None and on > self.requests_until

    def reaches(self, *, group: str, family: str, zone: str) -> bool:
        """Tell whether it is about a group, a family and a zone."""
        return self.group in {"", group} and self.family in {"", family} and self.zone in {"", zone}


def terms_of(
    *, rules: Iterable[TermsRule], group: str, family: str, zone: str, on: date
) -> TermsRule | None:
    """
    Return the terms of a group for a family in a zone on a day, ended or not; None where no text says any.

    What is told of the group wins over what is told of all, then what is told of the family, then the
    latest, then what is told of the zone.
    """
    begun = [
        rule
        for rule in rules
        if rule.starts_on <= on and rule.reaches(group=group, family=family, zone=zone)
    ]
    return max(
        begun,
        key=lambda rule: (bool(rule.group), bool(rule.family), rule.starts_on, bool(rule.zone)),
        default=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRule:
    """When orders are taken: weekdays from 1 (Monday) to 8 (the next Monday), wall clock of the zone."""

    opens_weekday: int
    opens_clock: time
    closes_weekday: int
    closes_clock: time
    week: str = ""
    starts_on: date | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A window of one week, as aware moments: open from `opens_at` until just before `closes_at`."""

    week: Week
    opens_at: datetime
    closes_at: datetime

    def holds(self, at: datetime) -> bool:
        """Tell whether orders are taken at a moment."""
        return self.opens_at <= at < self.closes_at


def window_in(*, week: Week, time_zone: str, rules: Sequence[WindowRule]) -> Span | None:
    """
    Return the window of a week in a zone; None when it is closed or no rule reaches it.

    A rule made for the week wins; otherwise the one with the latest start not after its Monday.
    """
    rule = _rule_of(week=week, rules=rules)
    if rule is None or rule.closed:
        return None
    zone = ZoneInfo(time_zone)
    return Span(
        week=week,
        opens_at=_moment(week, rule.opens_weekday, rule.opens_clock, zone),
        closes_at=_moment(week, rule.closes_weekday, rule.closes_clock, zone),
    )


def next_window(
    *, after: datetime, time_zone: str, rules: Sequence[WindowRule], weeks_ahead: int = 8
) -> Span | None:
    """Return the first window that opens after a moment, within some weeks."""
    first = Week.at(after, ZoneInfo(time_zone))
    for ahead in range(weeks_ahead):
        span = window_in(week=first.plus(ahead), time_zone=time_zone, rules=rules)
        if span is not None and span.opens_at > after:
            return span
    return None


def _rule_of(*, week: Week, rules: Sequence[WindowRule]) -> WindowRule | None:
    for rule in rules:
        if rule.week == str(week):
            return rule
    general = [
        rule
        for rule in rules
        if not rule.week and (rule.starts_on is None or rule.starts_on <= week.monday)
    ]
    return max(general, key=lambda rule: rule.starts_on or date.min, default=None)


def _moment(week: Week, weekday: int, clock: time, zone: ZoneInfo) -> datetime:
    day = week.monday + timedelta(days=weekday - 1)
    return datetime.combine(day, clock, tzinfo=zone)
