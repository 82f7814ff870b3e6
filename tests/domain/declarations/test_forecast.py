"""When a stock runs out: dates told one by one, and what holds for all."""

from datetime import date, timedelta

from hypothesis import given, strategies as st

from distrilog.domain.declarations.rules.forecast import (
    HORIZON_DAYS,
    RunOut,
    Use,
    area_run_out,
    run_out,
)


SAID = date(2020, 11, 2)
UNITS = st.integers(0, 10**6)


def on(days):
    return None if days is None else SAID + timedelta(days=days)


class TestRunOut:
    def test_tells_the_earliest_the_expected_and_the_latest_day(self):
        # 700 units: 350 a week at worst, 262 on average, 175 at best; the crisis need is below the worst.
        found = run_out(stock=700, need=300, consumptions=[350, 175, 261], said_on=SAID)
        assert found == RunOut(earliest=on(14), expected=on(18), latest=on(28))

    def test_takes_the_crisis_need_for_the_worst_week_where_it_is_higher(self):
        found = run_out(stock=700, need=700, consumptions=[100], said_on=SAID)
        assert found == RunOut(earliest=on(7), expected=on(49), latest=on(49))

    def test_takes_the_crisis_need_for_all_where_no_consumption_was_told(self):
        found = run_out(stock=700, need=70, consumptions=[], said_on=SAID)
        assert found == RunOut(earliest=on(70), expected=on(70), latest=on(70))

    def test_is_the_very_day_without_any_stock(self):
        found = run_out(stock=0, need=70, consumptions=[0, 0], said_on=SAID)
        assert found == RunOut(earliest=on(0), expected=on(0), latest=on(0))

    def test_says_nothing_of_a_stock_that_nobody_uses(self):
        found = run_out(stock=10, need=70, consumptions=[0], said_on=SAID)
        assert found == RunOut(earliest=on(1), expected=None, latest=None)

    def test_says_nothing_beyond_a_year(self):
        one_year = run_out(stock=HORIZON_DAYS, need=7, consumptions=[7], said_on=SAID)
        longer = run_out(stock=HORIZON_DAYS + 1, need=7, consumptions=[7], said_on=SAID)
        assert (one_year.expected, longer.expected) == (on(HORIZON_DAYS), None)

    @given(stock=UNITS, need=st.integers(1, 10**5), told=st.lists(UNITS, max_size=4))
    def test_keeps_its_days_in_order(self, stock, need, told):
        found = run_out(stock=stock, need=need, consumptions=told, said_on=SAID)
        far = SAID + timedelta(days=HORIZON_DAYS + 1)
        days = [found.earliest or far, found.expected or far, found.latest or far]
        assert days == sorted(days)

    @given(stock=UNITS, more=UNITS, need=st.integers(1, 10**5), told=st.lists(UNITS, max_size=4))
    def test_is_never_sooner_with_more_stock(self, stock, more, need, told):
        far = SAID + timedelta(days=HORIZON_DAYS + 1)
        less_stock = run_out(stock=stock, need=need, consumptions=told, said_on=SAID)
        more_stock = run_out(stock=stock + more, need=need, consumptions=told, said_on=SAID)
        for name in ("earliest", "expected", "latest"):
            assert (getattr(less_stock, name) or far) <= (getattr(more_stock, name) or far)


class TestAreaRunOut:
    def test_scales_each_week_by_the_need_of_those_who_told_it(self):
        # Half of the area told 100 in one week, all of it told 240 in another: 200 and 240 for all.
        uses = [Use(consumption=100, need=500), Use(consumption=240, need=1000)]
        found = area_run_out(stock=2400, need=100, uses=uses, said_on=SAID)
        same = run_out(stock=2400, need=100, consumptions=[20, 24], said_on=SAID)
        assert found == same

    def test_leaves_out_weeks_in_which_nobody_told_anything(self):
        uses = [Use(consumption=0, need=0), Use(consumption=50, need=100)]
        found = area_run_out(stock=700, need=100, uses=uses, said_on=SAID)
        assert found == run_out(stock=700, need=100, consumptions=[50], said_on=SAID)
