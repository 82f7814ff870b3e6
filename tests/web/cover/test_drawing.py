"""The drawing over time: geometry alone."""

from datetime import date
from itertools import pairwise

from distrilog.domain.declarations.rules.forecast import RunOut
from distrilog.kernel.weeks import Week
from distrilog.web.cover.drawing import WIDE, Series, chart_of


WEEKS = [Week.parse("2020-W43"), Week.parse("2020-W44"), Week.parse("2020-W45")]
TODAY = date(2020, 11, 4)


def drawn(*series, run_out=None, weeks=WEEKS):
    return chart_of(weeks=weeks, series=series, run_out=run_out, today=TODAY)


def of(*tenths, key="mask", chosen=True):
    return Series(key=key, name=key, tenths=tenths, chosen=chosen)


class TestChart:
    def test_puts_more_cover_higher_and_later_weeks_further(self):
        (curve,) = drawn(of(70, 140, 280)).curves
        assert [dot.x for dot in curve.dots] == sorted(dot.x for dot in curve.dots)
        assert [dot.y for dot in curve.dots] == sorted((dot.y for dot in curve.dots), reverse=True)
        assert curve.dots[-1].y == WIDE.top

    def test_breaks_the_line_where_nobody_said_anything(self):
        (curve,) = drawn(of(70, None, 280)).curves
        assert curve.path.count("M") == 2
        assert len(curve.dots) == 2

    def test_puts_the_safety_line_at_21_days(self):
        chart = drawn(of(210, 210, 210))
        assert {dot.y for dot in chart.curves[0].dots} == {chart.safety}

    def test_keeps_what_is_beyond_the_scale_on_its_edge(self):
        (curve,) = drawn(of(5_000, 10, 0)).curves
        assert curve.dots[0].y == WIDE.top
        assert curve.dots[-1].y == WIDE.base

    def test_draws_the_chosen_family_last(self):
        chart = drawn(of(10, 10, 10), of(20, 20, 20, key="gown", chosen=False))
        assert [curve.key for curve in chart.curves] == ["gown", "mask"]

    def test_keeps_names_apart(self):
        same = [of(100, 100, 100, key=f"f{rank}", chosen=False) for rank in range(7)]
        heights = sorted(curve.label_y for curve in drawn(*same).curves)
        assert min(after - before for before, after in pairwise(heights)) >= 16

    def test_draws_the_end_of_the_stock_as_a_band(self):
        ends = RunOut(
            earliest=date(2020, 11, 10), expected=date(2020, 11, 15), latest=date(2020, 11, 20)
        )
        chart = drawn(of(70, 70, 70), run_out=ends)
        start, *way = [tuple(map(int, point.split(","))) for point in chart.middle.split()]
        assert start == (chart.curves[0].dots[-1].x, chart.curves[0].dots[-1].y)
        assert way[0][1] == WIDE.base
        assert chart.band

    def test_draws_a_stock_that_outlasts_the_drawing_down_to_its_edge(self):
        ends = RunOut(earliest=date(2021, 6, 1), expected=None, latest=None)
        chart = drawn(of(200, 200, 200), run_out=ends)
        last = chart.middle.split()[-1]
        x, y = map(int, last.split(","))
        assert x == WIDE.end
        assert chart.curves[0].dots[-1].y < y < WIDE.base

    def test_draws_no_band_of_what_nobody_said_this_week(self):
        ends = RunOut(earliest=TODAY, expected=TODAY, latest=TODAY)
        chart = drawn(of(70, 70, None), run_out=ends)
        assert (chart.band, chart.middle) == ("", "")

    def test_marks_today_between_the_weeks(self):
        chart = drawn(of(10, 10, 10))
        columns = {mark.words: mark.at for mark in chart.columns}
        assert columns["S44"] < chart.today < columns["S46"]
