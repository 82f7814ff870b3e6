from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, strategies as st

from distrilog.domain.regimes.rules import Price, Standing, WindowRule, next_window, window_in
from distrilog.kernel.weeks import PARIS, Week


WEEKDAYS = WindowRule(opens_weekday=1, opens_clock=time(8), closes_weekday=4, closes_clock=time(18))
WHOLE_WEEK = WindowRule(
    opens_weekday=1, opens_clock=time(0), closes_weekday=8, closes_clock=time(0)
)


class TestWindowIn:
    def test_opens_on_monday_and_closes_on_thursday_in_paris(self):
        span = window_in(week=Week(2020, 45), time_zone="Europe/Paris", rules=[WEEKDAYS])
        assert span.opens_at == datetime(2020, 11, 2, 8, tzinfo=PARIS)
        assert span.closes_at == datetime(2020, 11, 5, 18, tzinfo=PARIS)

    @pytest.mark.parametrize(
        ("zone", "opens_utc"),
        [
            ("Europe/Paris", datetime(2020, 11, 2, 7, tzinfo=UTC)),
            ("Indian/Reunion", datetime(2020, 11, 2, 4, tzinfo=UTC)),
            ("America/Guadeloupe", datetime(2020, 11, 2, 12, tzinfo=UTC)),
        ],
    )
    def test_follows_the_clocks_of_each_zone(self, zone, opens_utc):
        assert (
            window_in(week=Week(2020, 45), time_zone=zone, rules=[WEEKDAYS]).opens_at == opens_utc
        )

    @pytest.mark.parametrize(
        ("week", "hours"),
        [(Week(2020, 43), 169), (Week(2021, 12), 167), (Week(2020, 53), 168)],
        ids=["clocks go back", "clocks go forward", "week 53"],
    )
    def test_spans_the_week_as_the_wall_clock_has_it(self, week, hours):
        span = window_in(week=week, time_zone="Europe/Paris", rules=[WHOLE_WEEK])
        length = span.closes_at.astimezone(UTC) - span.opens_at.astimezone(UTC)
        assert length.total_seconds() == hours * 3600

    def test_prefers_the_rule_made_for_the_week(self):
        closed = WindowRule(
            opens_weekday=1,
            opens_clock=time(8),
            closes_weekday=2,
            closes_clock=time(8),
            week="2020-W45",
            closed=True,
        )
        rules = [WEEKDAYS, closed]
        assert window_in(week=Week(2020, 45), time_zone="Europe/Paris", rules=rules) is None
        assert window_in(week=Week(2020, 46), time_zone="Europe/Paris", rules=rules) is not None

    def test_takes_the_latest_rule_that_has_started(self):
        later = WindowRule(
            opens_weekday=2,
            opens_clock=time(8),
            closes_weekday=5,
            closes_clock=time(18),
            starts_on=date(2020, 11, 9),
        )
        rules = [later, WEEKDAYS]
        assert (
            window_in(week=Week(2020, 45), time_zone="Europe/Paris", rules=rules).opens_at.day == 2
        )
        assert (
            window_in(week=Week(2020, 46), time_zone="Europe/Paris", rules=rules).opens_at.day == 10
        )

    def test_is_closed_without_a_rule(self):
        assert window_in(week=Week(2020, 45), time_zone="Europe/Paris", rules=[]) is None


class TestSpan:
    @given(st.datetimes(min_value=datetime(2020, 1, 6), max_value=datetime(2024, 1, 1)))
    def test_of_whole_weeks_leaves_no_moment_uncovered(self, moment):
        at = moment.replace(tzinfo=UTC)
        span = window_in(week=Week.at(at), time_zone="Europe/Paris", rules=[WHOLE_WEEK])
        assert span.holds(at)

    def test_holds_its_opening_and_not_its_closing(self):
        span = window_in(week=Week(2020, 45), time_zone="Europe/Paris", rules=[WEEKDAYS])
        assert span.holds(span.opens_at)
        assert not span.holds(span.closes_at)


class TestNextWindow:
    def test_skips_a_closed_week(self):
        closed = WindowRule(
            opens_weekday=1,
            opens_clock=time(8),
            closes_weekday=2,
            closes_clock=time(8),
            week="2020-W46",
            closed=True,
        )
        after = datetime(2020, 11, 6, 12, tzinfo=PARIS)
        span = next_window(after=after, time_zone="Europe/Paris", rules=[WEEKDAYS, closed])
        assert span.week == Week(2020, 47)

    def test_gives_up_when_nothing_opens(self):
        at = datetime(2020, 11, 6, 12, tzinfo=PARIS)
        assert next_window(after=at, time_zone="Europe/Paris", rules=[]) is None


class TestStanding:
    @pytest.mark.parametrize(
        ("regime", "mode", "open_to_orders", "price"),
        [
            ("routine", "pull", False, Price.CONSORTIUM),
            ("tension", "pull", True, Price.FREE),
            ("tension", "push", False, Price.FREE),
        ],
    )
    def test_says_what_is_open_and_at_what_price(self, regime, mode, open_to_orders, price):
        standing = Standing(regime=regime, mode=mode)
        assert standing.opens_state_stock is open_to_orders
        assert standing.price is price
