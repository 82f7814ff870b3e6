from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from distrilog.kernel.weeks import PARIS, Week


class TestWeek:
    @pytest.mark.parametrize(
        "text",
        [
            "2020-W54",
            "2021-W53",
            "2020-W00",
            "2020W45",
            "2020-W5",
            "",
            "２０２０-W45",
            "2020-W45\n",
        ],
    )
    def test_refuses_what_is_not_a_week(self, text):
        with pytest.raises(ValueError):
            Week.parse(text)

    def test_knows_years_of_53_weeks(self):
        assert str(Week.parse("2020-W53").plus(1)) == "2021-W01"
        assert Week.of(date(2021, 1, 3)) == Week(2020, 53)

    @given(st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1)))
    def test_reads_what_it_writes(self, day):
        week = Week.of(day)
        assert Week.parse(str(week)) == week
        assert 0 <= (day - week.monday).days < 7

    def test_is_that_of_the_clocks_on_the_wall(self):
        sunday_evening = datetime(2020, 11, 1, 22, 30, tzinfo=UTC)
        assert str(Week.at(sunday_evening, PARIS)) == "2020-W44"
        assert str(Week.at(sunday_evening, ZoneInfo("Indian/Reunion"))) == "2020-W45"

    def test_keeps_the_wall_clock_when_the_hour_changes(self):
        summer = Week(2020, 43).moment(weekday=4, clock=time(18), zone=PARIS)
        winter = Week(2020, 44).moment(weekday=4, clock=time(18), zone=PARIS)
        assert summer.hour == winter.hour == 18
        assert (winter.astimezone(UTC) - summer.astimezone(UTC)).total_seconds() == (
            7 * 24 + 1
        ) * 3600
