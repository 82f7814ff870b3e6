"""What a declaration may say, what looks wrong, what cover means."""

from datetime import date, datetime

import pytest
from hypothesis import given, strategies as st

from distrilog.domain.declarations.rules import (
    MOST_UNITS,
    SMALL_BOXES_A_WEEK,
    Band,
    FamilyNeed,
    Level,
    Past,
    Said,
    Threshold,
    Unreadable,
    band_of,
    columns_of,
    cover_tenths,
    is_small,
    level,
    line_faults,
    questions,
    registry_of,
    safety_stock,
    selectable,
    suggested_stock,
    surplus,
    surprises_nobody,
    threshold_for,
    units_of,
    units_of_band,
    was_open,
    week_fault,
)
from distrilog.kernel.weeks import Week


WEEK = Week.parse("2020-W45")
MASKS = FamilyNeed(code="surgical_mask", name="Masque chirurgical", box_units=50, need=700)

units = st.integers(0, MOST_UNITS)
needs = st.integers(1, 10**7)


class TestCover:
    # A need of 700 a week is 100 a day: 2,090 units last 20.9 days.
    @pytest.mark.parametrize(
        ("stock", "tenths", "judged"),
        [
            (2110, 211, Level.COVERED),
            (2100, 210, Level.COVERED),
            (2099, 209, Level.WATCH),
            (2090, 209, Level.WATCH),
            (700, 70, Level.WATCH),
            (699, 69, Level.ALERT),
            (1, 0, Level.ALERT),
            (0, 0, Level.EMPTY),
        ],
    )
    def test_is_judged_exactly(self, stock, tenths, judged):
        assert cover_tenths(stock=stock, need=700) == tenths
        assert level(stock=stock, need=700, watch_days=21, alert_days=7) is judged

    def test_has_no_days_without_a_need(self):
        assert cover_tenths(stock=10, need=0) is None
        assert level(stock=10, need=0, watch_days=21, alert_days=7) is Level.NO_NEED

    def test_is_silent_where_nothing_was_said(self):
        assert level(stock=None, need=700, watch_days=21, alert_days=7) is Level.SILENT

    @given(stock=units, need=needs)
    def test_of_the_safety_stock_is_covered(self, stock, need):
        enough = safety_stock(need=need, box_units=50)
        judged = level(stock=max(stock, enough), need=need, watch_days=21, alert_days=7)
        assert judged is Level.COVERED
        assert enough % 50 == 0
        assert enough - need * 3 < 50

    @given(stock=units, need=needs, more=units)
    def test_never_falls_when_there_is_more(self, stock, need, more):
        order = [Level.EMPTY, Level.ALERT, Level.WATCH, Level.COVERED]
        less, greater = (
            order.index(level(stock=each, need=need, watch_days=21, alert_days=7))
            for each in (stock, stock + more)
        )
        assert less <= greater

    @given(stock=units, need=needs)
    def test_keeps_the_safety_stock_when_the_surplus_is_lent(self, stock, need):
        lent = surplus(stock=stock, need=need, box_units=50)
        assert lent % 50 == 0
        assert lent == 0 or stock - lent >= safety_stock(need=need, box_units=50)


class TestBands:
    @given(need=needs)
    def test_mean_no_more_than_they_say(self, need):
        found = [units_of_band(band=band, need=need) for band in Band]
        assert found[0] == 0
        assert found == sorted(found)
        assert found[-1] * 7 <= 21 * need

    def test_are_for_ten_boxes_a_week_of_everything_together(self):
        def families(*needs: int) -> list[FamilyNeed]:
            return [FamilyNeed(code="x", name="x", box_units=50, need=need) for need in needs]

        assert SMALL_BOXES_A_WEEK == 10
        assert is_small(families(400, 100, 0))
        assert not is_small(families(400, 101))
        assert not is_small(families(0))


class TestWeeks:
    def test_are_the_present_one_and_four_before(self):
        assert [str(week) for week in selectable(now=Week.parse("2021-W02"))] == [
            "2021-W02", "2021-W01", "2020-W53", "2020-W52", "2020-W51",
        ]  # fmt: skip

    @pytest.mark.parametrize(("away", "right"), [(1, False), (0, True), (-4, True), (-5, False)])
    def test_say_what_is_wrong(self, away, right):
        assert (week_fault(week=WEEK.plus(away), now=WEEK) is None) is right

    @pytest.mark.parametrize(
        ("opened_on", "closed_on", "was"),
        [
            (None, None, True),
            (date(2020, 11, 8), None, True),  # the Sunday
            (date(2020, 11, 9), None, False),
            (None, date(2020, 11, 2), False),  # closed from the Monday on
            (None, date(2020, 11, 3), True),
        ],
    )
    def test_are_open_on_one_day_at_least(self, opened_on, closed_on, was):
        assert was_open(week=WEEK, opened_on=opened_on, closed_on=closed_on) is was


class TestThreshold:
    THRESHOLDS = (
        Threshold(watch_days=20, alert_days=6),
        Threshold(watch_days=30, alert_days=6, group="hospital"),
        Threshold(watch_days=31, alert_days=6, region="11"),
        Threshold(watch_days=32, alert_days=6, family="ffp2"),
        Threshold(watch_days=40, alert_days=6, group="hospital", region="11"),
        Threshold(watch_days=50, alert_days=6, region="11", starts_on=date(2020, 12, 1)),
    )

    @pytest.mark.parametrize(
        ("group", "region", "family", "on", "watch_days"),
        [
            ("laboratory", "84", "gown", date(2020, 11, 8), 20),
            ("hospital", "84", "gown", date(2020, 11, 8), 30),
            ("laboratory", "11", "gown", date(2020, 11, 8), 31),
            ("hospital", "84", "ffp2", date(2020, 11, 8), 32),
            ("hospital", "11", "ffp2", date(2020, 11, 8), 40),
            ("laboratory", "11", "gown", date(2020, 12, 1), 50),
        ],
    )
    def test_is_the_one_that_says_most(self, group, region, family, on, watch_days):
        found = threshold_for(self.THRESHOLDS, group=group, region=region, family=family, on=on)
        assert found.watch_days == watch_days

    def test_is_three_weeks_and_one_until_somebody_says_otherwise(self):
        found = threshold_for(
            (), group="hospital", region="11", family="ffp2", on=date(2020, 11, 8)
        )
        assert (found.watch_days, found.alert_days) == (21, 7)


def doubts(
    stock: int,
    consumption: int | None = None,
    *,
    past: tuple[int, int | None] | None = None,
    usual: int | None = None,
    delivered: int | None = None,
    family: FamilyNeed = MASKS,
) -> list[tuple[str, str, int | None]]:
    """Return what is asked of a line: the field, the code, the value likely meant."""
    found = questions(
        Said(family=family.code, stock=stock, consumption=consumption),
        family=family,
        past=past
        and Past(
            week=WEEK.plus(-1),
            stock=past[0],
            consumption=past[1],
            usual=past[1] if usual is None else usual,
            delivered=delivered,
        ),
        week=WEEK,
        where="line",
    )
    return [
        (fault.where.removeprefix("line."), fault.values["code"], fault.values["likely"])
        for fault in found
    ]


class TestQuestions:
    @pytest.mark.parametrize(
        ("stock", "expected"),
        [
            (2100, []),
            (1500, []),  # what is left after what was used
            (1700, []),
            (42, [("stock", "unit-or-box", 2100)]),
            (30, [("stock", "unit-or-box", 1500)]),
            (105_000, [("stock", "unit-or-box", 2100)]),
            (210, [("stock", "factor-of-ten", 2100)]),
            (21_000, [("stock", "factor-of-ten", 2100)]),
            (900, []),  # much was used, nothing looks like a slip
            (9000, []),  # a rise, and nobody knows the deliveries
            (0, []),  # nothing left is no slip
        ],
    )
    def test_ask_about_a_stock(self, stock, expected):
        assert doubts(stock, 600, past=(2100, 600)) == expected

    def test_do_not_ask_about_what_was_used_up(self):
        assert doubts(42, 2058, past=(2100, 600), usual=2000) == []

    def test_do_not_ask_about_a_box_more_or_less(self):
        assert doubts(10, past=(59, None)) == []

    @pytest.mark.parametrize(
        ("delivered", "expected"),
        [(None, []), (7000, []), (0, [("stock", "rise-without-delivery", None)])],
    )
    def test_ask_about_a_rise_that_no_delivery_explains(self, delivered, expected):
        assert doubts(8500, 600, past=(2100, 600), delivered=delivered) == expected

    @pytest.mark.parametrize(
        ("consumption", "expected"),
        [
            (600, []),
            (900, []),
            (3000, []),  # five times is not more than five times
            (3001, [("consumption", "sudden-jump", None)]),
            (12, [("consumption", "unit-or-box", 600)]),
            (30_000, [("consumption", "unit-or-box", 600)]),
            (60, [("consumption", "factor-of-ten", 600)]),
            (6000, [("consumption", "factor-of-ten", 600)]),
            (0, []),
        ],
    )
    def test_ask_about_a_consumption(self, consumption, expected):
        assert doubts(2100, consumption, past=(2100, 600)) == expected

    def test_compare_the_first_time_with_the_crisis_need(self):
        assert doubts(20_999, 6999) == []
        assert doubts(21_000, 7000) == [
            ("stock", "factor-of-ten", 420),
            ("consumption", "factor-of-ten", 700),
        ]

    def test_let_small_numbers_pass_the_first_time(self):
        tiny = FamilyNeed(code="gown", name="Blouse", box_units=10, need=1)
        assert doubts(90, 90, family=tiny) == []

    def test_say_in_french_what_was_likely_meant(self):
        (fault,) = questions(
            Said(family="surgical_mask", stock=42),
            family=MASKS,
            past=Past(week=WEEK.plus(-1), stock=2100),
            week=WEEK,
            where="lines.surgical_mask",
        )
        assert "Vouliez-vous dire 2100" in fault.message
        assert fault.remedy

    @given(stock=units, used=units, past=units, usual=units, delivered=st.none() | units)
    def test_ask_at_most_once_a_field_and_propose_another_value(
        self, stock, used, past, usual, delivered
    ):
        found = doubts(stock, used, past=(past, usual), delivered=delivered)
        assert len({field for field, _, _ in found}) == len(found)
        said = {"stock": stock, "consumption": used}
        assert all(likely != said[field] for field, _, likely in found)

    @given(
        stock=st.integers(0, 50_000),
        used=st.none() | st.integers(0, 20_000),
        need=st.integers(0, 2000),
        past=st.none() | st.tuples(st.integers(0, 50_000), st.integers(0, 20_000)),
        delivered=st.none() | st.integers(0, 20_000),
    )
    def test_are_none_where_it_was_told_at_once(self, stock, used, need, past, delivered):
        family = FamilyNeed(code="gown", name="Blouse", box_units=10, need=need)
        if surprises_nobody(
            stock=stock,
            consumption=used,
            need=need,
            past=past and past[0],
            usual=past and past[1],
        ):
            assert doubts(stock, used, past=past, delivered=delivered, family=family) == []

    @given(stock=units, used=st.integers(0, 10**6))
    def test_ask_nothing_of_who_says_the_same_again(self, stock, used):
        assert doubts(stock, used, past=(stock, used)) == []


class TestSuggestedStock:
    @pytest.mark.parametrize(
        ("past", "expected"),
        [
            (Past(week=WEEK.plus(-1), stock=1000, consumption=300), 700),
            (Past(week=WEEK.plus(-1), stock=1000, consumption=300, delivered=500), 1200),
            (Past(week=WEEK.plus(-2), stock=1000, consumption=300), 400),
            (Past(week=WEEK.plus(-1), stock=100, consumption=300), 0),
            (Past(week=WEEK.plus(-1), stock=100), 100),
        ],
    )
    def test_is_what_should_be_left(self, past, expected):
        assert suggested_stock(past=past, week=WEEK) == expected


class TestUnits:
    @pytest.mark.parametrize(
        ("cell", "expected"),
        [
            ("1250", 1250),
            (" 0012 ", 12),
            ("1 250", 1250),
            ("1 250 000", 1_250_000),
            ("250,0", 250),
            ("250.00", 250),
            ("-3", -3),
            ("", None),
            ("  ", None),
            (None, None),
            (250.0, 250),
            (250, 250),
        ],
    )
    def test_are_read(self, cell, expected):
        assert units_of(cell) == expected

    @pytest.mark.parametrize(
        ("cell", "code"),
        [
            ("1.250", "not-whole"),
            ("1,250", "not-whole"),
            ("12,5", "not-whole"),
            ("1 25", "not-a-number"),
            ("beaucoup", "not-a-number"),
            ("25 boîtes", "not-a-number"),
            ("1e3", "not-a-number"),
            ("٣", "not-a-number"),
            ("²", "not-a-number"),
            ("9" * 40, "not-a-number"),
            ("=1+1", "formula"),
            ("- 3,5", "negative"),
            (12.5, "not-whole"),
            (float("nan"), "not-whole"),
            (float("inf"), "not-whole"),
            (True, "not-a-number"),
            (datetime(2020, 11, 3), "not-a-number"),
        ],
    )
    def test_are_refused_with_a_remedy(self, cell, code):
        with pytest.raises(Unreadable) as refusal:
            units_of(cell)
        assert (refusal.value.code, bool(refusal.value.remedy)) == (code, True)

    @given(st.text(max_size=40))
    def test_of_any_text_are_a_number_or_a_clear_refusal(self, text):
        try:
            said = units_of(text) or 0
        except Unreadable as refusal:
            said = refusal.message
        assert isinstance(said, int) or said.isprintable()

    @given(st.integers(0, 10**12))
    def test_written_the_french_way_are_read_back(self, number):
        assert units_of(f"{number:,}".replace(",", "\u202f")) == number


class TestColumns:
    def test_are_found_in_any_order_and_both_languages(self):
        places, wrong = columns_of(
            ["STOCK (unités)", "Nom", "Week", "N° Finess", "Famille d'article"]
        )
        assert wrong == []
        assert places == {"stock": 0, "week": 2, "facility": 3, "family": 4}

    def test_that_nobody_knows_are_wrong(self):
        _, wrong = columns_of(["établissement", "famille", "stock", "stock (boîtes)"])
        assert wrong == ["la colonne « stock (boîtes) » est inconnue"]


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "expected"),
        [
            ("10000024", "010000024"),
            (10000024.0, "010000024"),
            (" 2A0000014 ", "2A0000014"),
            (None, ""),
        ],
    )
    def test_give_a_registry_number(self, cell, expected):
        assert registry_of(cell) == expected

    @pytest.mark.parametrize(
        ("cell", "expected"),
        [
            ("Moins d'une semaine", "days"),
            ("days", "days"),
            ("PLUS RIEN", "none"),
            ("peu", "peu"),
            (None, ""),
        ],
    )
    def test_give_a_band(self, cell, expected):
        assert band_of(cell) == expected


class TestLines:
    @given(
        st.lists(
            st.builds(
                Said,
                family=st.sampled_from(["surgical_mask", "other"]),
                stock=st.none() | st.integers(-5, MOST_UNITS + 5),
                consumption=st.none() | st.integers(-5, MOST_UNITS + 5),
                band=st.sampled_from(["", "days", "x"]),
            ),
            max_size=4,
        )
    )
    def test_without_fault_can_be_written(self, lines):
        families = {"surgical_mask": MASKS}
        if line_faults(lines, families=families, bands_allowed=False):
            return
        assert len({line.family for line in lines}) == len(lines)
        for line in lines:
            assert line.stock is not None
            assert 0 <= line.stock <= MOST_UNITS
            assert line.consumption is None or 0 <= line.consumption <= MOST_UNITS
