"""The splits, the clock and the faults of a push plan."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, strategies as st

from distrilog.domain.distribution.rules import (
    Moved,
    adjustment_faults,
    by_line,
    by_source,
    cut_off,
    freeze,
    week_of_request,
)
from distrilog.kernel.weeks import PARIS, Week


@st.composite
def pushes(draw):
    """Lines by platform in whole boxes, and sources that can give them."""
    box = draw(st.integers(1, 100))
    platforms = draw(st.integers(1, 8))
    lines = draw(
        st.lists(
            st.tuples(st.integers(0, platforms - 1), st.integers(0, 50)), min_size=1, max_size=30
        )
    )
    lines.sort(key=lambda line: line[0])
    units = np.array([boxes * box for _, boxes in lines], dtype=np.int64)
    at = np.array([platform for platform, _ in lines], dtype=np.intp)
    totals = np.zeros(platforms, dtype=np.int64)
    np.add.at(totals, at, units)
    volumes = draw(st.lists(st.integers(0, int(totals.sum()) + box), min_size=1, max_size=3))
    volumes[0] += int(totals.sum())
    return box, units, at, totals, volumes


class TestBySource:
    @given(pushes())
    def test_adds_up_by_platform_and_never_above_a_volume(self, push):
        box, _units, _at, totals, volumes = push
        split = by_source(totals=totals, volumes=volumes, box=box)
        assert (sum(split) == totals).all()
        for part, volume in zip(split, volumes, strict=True):
            assert (part >= 0).all()
            assert (part % box == 0).all()
            assert part.sum() <= volume

    def test_gives_each_platform_its_part_of_each_source(self):
        totals = np.array([600, 400], dtype=np.int64)
        state, requisitioned = by_source(totals=totals, volumes=[750, 250], box=50)
        assert state.tolist() == [450, 300]
        assert requisitioned.tolist() == [150, 100]

    def test_refuses_sources_that_cannot_give_as_much(self):
        with pytest.raises(ValueError, match="cannot give"):
            by_source(totals=np.array([100], dtype=np.int64), volumes=[50], box=50)


class TestByLine:
    @given(pushes())
    def test_adds_up_by_line_and_by_platform(self, push):
        box, units, at, totals, volumes = push
        sources = by_source(totals=totals, volumes=volumes, box=box)
        split = by_line(units=units, platforms=at, sources=sources)
        assert (sum(split) == units).all()
        for part, source in zip(split, sources, strict=True):
            sums = np.zeros(len(totals), dtype=np.int64)
            np.add.at(sums, at, part)
            assert (sums == source).all()
            assert (part % box == 0).all()


class TestWeekOfRequest:
    @pytest.mark.parametrize(
        ("at", "week"),
        [
            ("2020-10-22 18:00", "2020-W44"),
            ("2020-10-22 18:01", "2020-W45"),
            # The clocks went back on Sunday 25 October: Thursday 18:00 stays Thursday 18:00.
            ("2020-10-29 18:00", "2020-W45"),
            ("2020-10-29 18:01", "2020-W46"),
            # They had gone forward on Sunday 29 March.
            ("2020-03-26 18:00", "2020-W14"),
            ("2020-03-26 18:01", "2020-W15"),
            ("2020-04-02 18:00", "2020-W15"),
            # And forward again on Sunday 28 March 2021.
            ("2021-03-25 18:00", "2021-W13"),
            ("2021-04-01 18:00", "2021-W14"),
            ("2021-04-01 18:01", "2021-W15"),
            # A year of 53 weeks.
            ("2020-12-24 18:00", "2020-W53"),
            ("2020-12-31 18:01", "2021-W02"),
        ],
    )
    def test_takes_until_thursday_six_in_paris(self, at, week):
        moment = datetime.fromisoformat(at).replace(tzinfo=PARIS)
        assert str(week_of_request(at=moment)) == week

    @given(st.datetimes(datetime(2020, 1, 1), datetime(2022, 1, 1)))
    def test_is_the_first_week_whose_cut_off_has_not_passed(self, naive):
        at = naive.replace(tzinfo=PARIS)
        week = week_of_request(at=at)
        assert at <= cut_off(week=week)
        assert at > cut_off(week=week.plus(-1)) or week == Week.at(at, PARIS).plus(1)

    @pytest.mark.parametrize(
        ("week", "moment"),
        [
            ("2020-W14", "2020-03-26T17:00:00+00:00"),
            ("2020-W15", "2020-04-02T16:00:00+00:00"),
            ("2020-W44", "2020-10-22T16:00:00+00:00"),
            ("2020-W45", "2020-10-29T17:00:00+00:00"),
        ],
    )
    def test_stays_six_on_the_wall_across_the_change_of_hour(self, week, moment):
        assert cut_off(week=Week.parse(week)).astimezone(UTC).isoformat() == moment

    def test_freezes_the_plan_the_week_before_it(self):
        week = Week.parse("2020-W45")
        assert cut_off(week=week) < freeze(week=week)
        assert freeze(week=week) - cut_off(week=week) == timedelta(days=1)
        assert Week.at(freeze(week=week), PARIS) == week.plus(-1)


def moved(change, *, units=500, floor=0, registry="1"):
    return Moved(registry=registry, name="Les Tilleuls", units=units, change=change, floor=floor)


class TestAdjustmentFaults:
    def test_lets_pass_what_stays_within_the_total(self):
        rows = [moved(100), moved(-100, registry="2", floor=400)]
        assert list(adjustment_faults(moved=rows, box=50)) == []

    @pytest.mark.parametrize(
        ("rows", "words"),
        [
            ([moved(100), moved(-50, registry="2")], "50 unités de trop"),
            ([moved(50), moved(-100, registry="2")], "50 unités de moins"),
            ([moved(0)], "ne change rien"),
            ([moved(25), moved(-25, registry="2")], "boîtes entières de 50"),
            ([moved(150), moved(-150, registry="2", floor=400)], "sous le plancher de 400"),
            ([moved(600), moved(-600, registry="2")], "n’a que 500 unités"),
        ],
    )
    def test_says_what_is_wrong(self, rows, words):
        assert words in " ".join(fault.message for fault in adjustment_faults(moved=rows, box=50))

    def test_lets_a_line_below_its_floor_be_raised(self):
        rows = [moved(50, units=100, floor=400), moved(-50, registry="2")]
        assert list(adjustment_faults(moved=rows, box=50)) == []
