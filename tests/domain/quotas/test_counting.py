"""Reporting never hurts: the laws of what a run counts, on exact shares, for random countries."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from distrilog.domain.quotas.rules import (
    NEED_LIMIT,
    SILENT,
    UNITS_LIMIT,
    Claims,
    counted_stock,
    share_out,
)


def counted(stock, need, classes=None):
    """Return what is counted, as a list."""
    return counted_stock(
        stock=np.array(stock, dtype=np.int64),
        need=np.array(need, dtype=np.int64),
        classes=np.array(classes or ["hospital"] * len(need)),
    ).have.tolist()


def plainly(stock, need, classes):
    """The rule once more, in fractions and loops: slow, obvious, independent."""
    found = []
    for index, (own, wanted) in enumerate(zip(stock, need, strict=True)):
        covers = [
            Fraction(min(stock[other], UNITS_LIMIT), need[other])
            for other in range(len(need))
            if other != index
            and need[other] > 0
            and stock[other] != SILENT
            and classes[other] == classes[index]
        ]
        bound = min(int(max(covers, default=Fraction(0)) * wanted), UNITS_LIMIT)
        found.append(bound if own == SILENT else min(own, bound) if wanted else 0)
    return found


def exact_shares(have, case):
    """Return the exact shares as fractions, from the level that `share_out` found."""
    need, floor, cap, envelope, box = case
    claims = Claims.of(
        week="2020-W45",
        family="surgical_mask",
        keys=[b"%03d" % index for index in range(len(need))],
        need=need,
        have=have,
        floor=floor,
        cap=cap,
    )
    shares = share_out(claims=claims, envelope=envelope, box=box)
    level = Fraction(*shares.level)
    up = [[-(-units // box) * box for units in column] for column in (floor, cap)]
    rows = list(zip(need, have, *up, strict=True))
    if shares.floors_short:
        rows = [(wanted, there, 0, min(least, most)) for wanted, there, least, most in rows]
    exact = [
        min(max(level * wanted - there, Fraction(min(least, most))), Fraction(most))
        if wanted
        else Fraction(0)
        for wanted, there, least, most in rows
    ]
    # What is told in thousandths is this very share: the test reads the engine, not itself.
    assert [int(each * 1000) for each in exact] == shares.exact.tolist()
    return exact, shares


@st.composite
def countries(draw):
    """Facilities of a few classes, some silent, some without need; floors that fit or not, any envelope."""
    count = draw(st.integers(1, 9))

    def column(values):
        return draw(st.lists(values, min_size=count, max_size=count))

    need = column(st.integers(0, 300))
    stock = column(st.one_of(st.just(SILENT), st.integers(0, 2_000)))
    classes = column(st.sampled_from(["hospital", "nursing_home"]))
    floor = [wanted * draw(st.sampled_from([0, 250, 500])) // 1000 for wanted in need]
    return (
        stock,
        classes,
        (need, floor, need, draw(st.integers(0, 2_500)), draw(st.integers(1, 50))),
    )


class TestCountedStock:
    def test_counts_equal_hospitals_with_5_and_40_days_and_a_silent_one(self):
        assert counted([500, 4_000, SILENT], [700, 700, 700]) == [500, 500, 4_000]

    def test_counts_a_report_above_all_others_no_higher_than_the_next(self):
        assert counted([500, 4_000], [700, 700]) == counted([500, UNITS_LIMIT], [700, 700])

    def test_counts_nothing_of_a_class_in_which_nobody_else_reports(self):
        assert counted([4_000, SILENT, 900], [700, 700, 700], ["a", "b", "c"]) == [0, 0, 0]
        assert counted([4_000, SILENT], [700, 350]) == [0, 2_000]

    def test_counts_nothing_without_need(self):
        assert counted([4_000, 9_000, SILENT], [700, 0, 0]) == [0, 0, 0]

    def test_answers_nobody_with_nothing(self):
        assert counted([], []) == []

    @pytest.mark.parametrize("first", [True, False])
    def test_tells_covers_apart_that_a_double_cannot(self, first):
        near, nearer = (NEED_LIMIT - 2, NEED_LIMIT - 1), (NEED_LIMIT - 1, NEED_LIMIT)
        pairs = [near, nearer] if first else [nearer, near]
        stock, need = ([pair[at] for pair in pairs] for at in (0, 1))
        assert near[0] / near[1] == nearer[0] / nearer[1]
        assert counted([*stock, SILENT], [*need, NEED_LIMIT])[2] == NEED_LIMIT - 1

    @given(countries())
    def test_is_the_published_rule(self, country):
        stock, classes, (need, *_) = country
        assert counted(stock, need, classes) == plainly(stock, need, classes)

    @given(
        st.lists(
            st.tuples(
                st.one_of(st.just(SILENT), st.integers(0, 2**62)), st.integers(0, NEED_LIMIT)
            ),
            max_size=6,
        )
    )
    def test_stays_within_bounds_whatever_is_reported(self, rows):
        stock, need = [row[0] for row in rows], [row[1] for row in rows]
        found = counted(stock, need)
        assert found == plainly(stock, need, ["hospital"] * len(rows))
        assert all(0 <= units <= UNITS_LIMIT for units in found)

    @given(countries(), st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_rows(self, country, random):
        stock, classes, (need, *_) = country
        order = list(range(len(need)))
        random.shuffle(order)
        shuffled = counted(*([column[at] for at in order] for column in (stock, need, classes)))
        assert shuffled == [counted(stock, need, classes)[at] for at in order]


class TestReportingNeverHurts:
    @settings(max_examples=300)
    @given(countries(), st.integers(0, 3_000), st.data())
    def test_gives_who_reports_at_least_what_silence_would(self, country, own, data):
        stock, classes, case = country
        index = data.draw(st.integers(0, len(stock) - 1))
        honest, silent = (
            exact_shares(
                counted([*stock[:index], said, *stock[index + 1 :]], case[0], classes), case
            )[0][index]
            for said in (own, SILENT)
        )
        assert honest >= silent

    @given(countries(), st.integers(0, 3_000), st.data())
    def test_counts_nobody_else_lower_when_one_more_reports(self, country, own, data):
        """Why the law holds: whoever reports counts for no more, and all others for no less."""
        stock, classes, (need, *_) = country
        index = data.draw(st.integers(0, len(stock) - 1))
        reporting, silent = (
            counted([*stock[:index], said, *stock[index + 1 :]], need, classes)
            for said in (own, SILENT)
        )
        assert reporting[index] <= silent[index]
        for other in range(len(stock)):
            assert other == index or reporting[other] >= silent[other]

    @given(countries())
    def test_takes_nobody_below_its_floor(self, country):
        stock, classes, case = country
        need, floor, cap, *_ = case
        exact, shares = exact_shares(counted(stock, need, classes), case)
        if not shares.floors_short:
            for share, least, most, wanted in zip(exact, floor, cap, need, strict=True):
                assert not wanted or share >= min(least, most)

    @given(countries(), st.integers(0, 2_000), st.data())
    def test_counts_the_same_for_whoever_reports_above_everyone(self, country, more, data):
        stock, classes, (need, *_) = country
        index = data.draw(st.integers(0, len(stock) - 1))
        bound = counted([*stock[:index], SILENT, *stock[index + 1 :]], need, classes)[index]
        above = [*stock[:index], bound + more, *stock[index + 1 :]]
        assert counted(above, need, classes)[index] == bound
