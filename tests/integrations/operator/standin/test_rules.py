"""What a warehouse decides: laws by hypothesis, stories by example."""

from collections import Counter
from fractions import Fraction

from hypothesis import given, strategies as st

from distrilog.integrations.operator.content import Answer, Outcome
from distrilog.integrations.operator.standin.rules import (
    UNKNOWN,
    Bin,
    Pick,
    Shelf,
    Wanted,
    cartons,
    confirm,
    journey,
)


BOX, CARTON = 50, 200


def bin_of(gtin, lot, free, *, box=BOX, carton=CARTON):
    return Bin(
        family="mask",
        gtin=gtin,
        lot=lot,
        expires_on=None,
        free=free,
        box_units=box,
        carton_units=carton,
    )


def wanted(units, *, family="mask", gtin="", number=1):
    return Wanted(number=number, family=family, gtin=gtin, units=units, box_units=BOX)


bins = st.lists(
    st.builds(
        bin_of,
        st.sampled_from("AB"),
        st.sampled_from("xyz"),
        st.integers(0, 2000),
        box=st.sampled_from([10, 25, 50]),
    ),
    max_size=8,
)
orders = st.lists(
    st.builds(
        wanted, st.integers(0, 40).map(lambda boxes: boxes * BOX), gtin=st.sampled_from(["", "A"])
    ),
    max_size=6,
)


class TestShelf:
    @given(bins, orders)
    def test_gives_what_it_has_once_and_never_more_than_wanted(self, stock, lines):
        before = sum(one.free for one in stock)
        shelf = Shelf(stock)
        taken = 0
        for line in lines:
            picks = list(shelf.pick(line))
            units = sum(pick.units for pick in picks)
            assert units <= line.units
            assert all(pick.units % pick.bin.box_units == 0 for pick in picks)
            assert all(pick.substitute == (line.gtin not in {"", pick.bin.gtin}) for pick in picks)
            taken += units
        assert taken + sum(one.free for one in stock) == before
        assert all(one.free >= 0 for one in stock)

    @given(bins, orders)
    def test_leaves_no_box_while_somebody_lacks_one(self, stock, lines):
        shelf = Shelf(stock)
        for line in lines:
            units = sum(pick.units for pick in shelf.pick(line))
            if line.units - units >= BOX:
                assert shelf.free("mask") == 0

    def test_takes_the_first_lot_to_its_end_before_the_next(self):
        first, second = bin_of("A", "x", 100), bin_of("A", "y", 100)
        picks = list(Shelf([first, second]).pick(wanted(150)))
        assert [(pick.bin.lot, pick.units) for pick in picks] == [("x", 100), ("y", 50)]


class TestConfirm:
    def test_promises_no_unit_twice(self):
        free = {"mask": 130}
        said = confirm([wanted(100), wanted(100, number=2)], free=free, articles={"mask": {"A"}})
        assert said.answer is Answer.SHORT
        assert [one.units for one in said.lines] == [100, 0]  # 30 units make no box.

    def test_refuses_only_where_every_line_is_unknown(self):
        lines = [wanted(50), wanted(50, family="boots", number=2)]
        said = confirm(lines, free={"mask": 50}, articles={"mask": {"A"}})
        assert (said.answer, said.lines[1].reason) == (Answer.SHORT, UNKNOWN)
        said = confirm(lines[1:], free={"mask": 50}, articles={"mask": {"A"}})
        assert said.answer is Answer.REFUSED


picked = st.builds(
    Pick,
    number=st.integers(1, 3),
    bin=st.builds(bin_of, st.sampled_from("AB"), st.just("x"), st.just(0)),
    units=st.integers(1, 30).map(lambda boxes: boxes * BOX),
    substitute=st.booleans(),
)


class TestCartons:
    @given(st.lists(picked, max_size=8))
    def test_hold_every_unit_once_and_no_carton_overflows(self, picks):
        filled = cartons(picks)
        assert sum(each.units for carton in filled for each in carton) == sum(
            each.units for each in picks
        )
        for carton in filled:
            share = sum(Fraction(each.units, each.bin.carton_units) for each in carton)
            assert 0 < share <= 1

    def test_are_not_more_than_the_units_need(self):
        assert (
            len(cartons([Pick(number=1, bin=bin_of("A", "x", 0), units=450, substitute=False)]))
            == 3
        )


class TestJourney:
    def test_ends_the_same_each_time_and_ill_as_often_as_told(self):
        numbers = [f"{each:018d}" for each in range(4000)]
        ends = Counter(journey(each, mishaps_per_thousand=100).outcome for each in numbers)
        assert 300 < ends[Outcome.REFUSED] + ends[Outcome.LOST] < 500
        assert min(ends[Outcome.REFUSED], ends[Outcome.LOST]) > 100
        assert {journey(each, mishaps_per_thousand=0).outcome for each in numbers} == {
            Outcome.DELIVERED
        }
        assert journey("1" * 18, mishaps_per_thousand=9) == journey(
            "1" * 18, mishaps_per_thousand=9
        )
