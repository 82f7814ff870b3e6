"""The moments of 2020, across the change of hour."""

from datetime import date

import pytest

from distrilog.demo.replay.calendar import FIRST_PULL, LAST_PUSH, cycles
from distrilog.kernel.weeks import Week


class TestCycles:
    def test_of_the_first_week_are_two_in_days(self):
        first, second = cycles(week=Week(2020, 12))
        assert (first.number, first.delivers_on) == (1, date(2020, 3, 19))
        assert (second.number, second.delivers_on) == (2, date(2020, 3, 21))
        assert first.handed_at < second.received_at

    def test_of_the_next_week_waits_for_the_second_instruction(self):
        (cycle,) = cycles(week=Week(2020, 13))
        assert cycle.prepared_at.date() == date(2020, 3, 26)

    def test_are_weekly_then_until_the_last_delivery(self):
        week = Week(2020, 14)
        while week <= LAST_PUSH:
            (cycle,) = cycles(week=week)
            assert cycle.freezes_at.isoweekday() == 5
            assert cycle.freezes_at.date() < week.monday
            week = week.plus(1)
        assert cycles(week=FIRST_PULL) == []

    @pytest.mark.parametrize("number", [12, 13, 14, 41])
    def test_run_in_order(self, number):
        for cycle in cycles(week=Week(2020, number)):
            moments = [
                cycle.prepared_at, cycle.shared_at, cycle.freezes_at,
                cycle.sent_at, cycle.received_at, cycle.handed_at,
            ]  # fmt: skip
            assert moments == sorted(moments)
            assert cycle.freezes_at.hour in {18, 20}
