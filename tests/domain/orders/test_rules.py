"""The rules of ordering, without a database."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, strategies as st

from distrilog.domain.orders import models
from distrilog.domain.orders.rules import (
    MOST_UNITS,
    Asked,
    Charge,
    Effect,
    Event,
    FamilyFacts,
    Situation,
    Status,
    basket_faults,
    covers,
    effect,
    french_moment,
    promise_date,
    quota_exceeded,
    shortages,
    units_fault,
)
from distrilog.domain.regimes.rules import Span, Standing
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week


MASK = FamilyFacts(code="surgical_mask", name="masque chirurgical", box_units=50)
GOWN = FamilyFacts(code="gown", name="surblouse", box_units=10)
WEEK = Week(2020, 45)
OPENS_AT = datetime(2020, 11, 2, 7, tzinfo=UTC)


def situation(**values) -> Situation:
    return Situation(
        **{
            "facility_id": 1,
            "registry": "750000018",
            "name": "Résidence",
            "opened_on": None,
            "closed_on": None,
            "department": "75",
            "region": "11",
            "region_name": "Île-de-France",
            "territory": "T1",
            "route": "operator",
            "overseas_source": "",
            "time_zone": "Europe/Paris",
            "address_id": 1,
            "week": WEEK,
            "span": Span(week=WEEK, opens_at=OPENS_AT, closes_at=OPENS_AT + timedelta(days=4)),
            "following": None,
            "families": {"surgical_mask": MASK, "gown": GOWN},
            "standings": {"surgical_mask": Standing(regime="tension")},
            **values,
        }
    )


class TestWords:
    def test_are_those_of_the_tables(self):
        assert set(Status) == set(models.Order.Status.values)
        # What the State grants is charged by itself: nobody places it.
        assert set(Charge) | {"resupply"} == set(models.Order.Charge.values)


class TestEffect:
    EFFECTS = """
        placed     amend    before  replace-lines
        placed     amend    after   refuse-too-late
        placed     cancel   before  give-units-back
        placed     cancel   after   refuse-too-late
        placed     release  before  nothing
        placed     release  after   hand-over
        cancelled  amend    before  refuse-cancelled
        cancelled  amend    after   refuse-cancelled
        cancelled  cancel   before  nothing
        cancelled  cancel   after   nothing
        cancelled  release  before  nothing
        cancelled  release  after   nothing
        released   amend    before  refuse-too-late
        released   amend    after   refuse-too-late
        released   cancel   before  refuse-too-late
        released   cancel   after   refuse-too-late
        released   release  before  nothing
        released   release  after   nothing
    """

    def test_is_told_for_every_status_event_and_side_of_the_cut_off(self):
        table = [line.split() for line in self.EFFECTS.strip().splitlines()]

        assert {(row[0], row[1], row[2]) for row in table} == set(
            product(Status, Event, ("before", "after"))
        )
        for status, event, side, expected in table:
            assert effect(
                status=Status(status), event=Event(event), before_cut_off=side == "before"
            ) is Effect(expected)


class TestUnitsFault:
    @given(boxes=st.integers(1, MOST_UNITS // 50))
    def test_is_none_for_whole_boxes(self, boxes):
        assert units_fault(units=boxes * 50, where="", family=MASK) is None

    @given(units=st.one_of(st.integers(max_value=0), st.floats(), st.booleans()))
    def test_is_told_for_what_is_not_a_positive_whole_number(self, units):
        assert units_fault(units=units, where="", family=MASK) is not None

    @given(boxes=st.integers(0, 1000), rest=st.integers(1, 49))
    def test_offers_the_nearest_whole_boxes(self, boxes, rest):
        fault = units_fault(units=boxes * 50 + rest, where="", family=MASK)

        assert fault.values == {"code": "not-whole-boxes", "box": 50}
        offered = [
            int("".join(c for c in part if c.isdigit())) for part in fault.remedy.split(" ou ")
        ]
        assert offered == ([boxes * 50] if boxes else []) + [boxes * 50 + 50]


class TestBasketFaults:
    def test_finds_none_in_a_good_basket(self):
        lines = [Asked(family="surgical_mask", units=100)]
        assert basket_faults(lines=lines, situation=situation()) == []

    def test_lets_an_order_keep_a_family_closed_since(self):
        lines = [Asked(family="gown", units=20)]

        assert basket_faults(lines=lines, situation=situation(), had={"gown": 20}) == []
        assert basket_faults(lines=lines, situation=situation(), had={"gown": 10}) != []


class TestShortages:
    UNITS = st.dictionaries(st.sampled_from(["surgical_mask", "gown"]), st.integers(0, 100))

    @given(asked=UNITS, left=UNITS)
    def test_are_the_lines_that_ask_for_more_than_is_left(self, asked, left):
        short = shortages(asked=asked, left=left, situation=situation())

        assert {line.family for line in short} == {
            family for family, units in asked.items() if units > left.get(family, 0)
        }
        assert all(line.left == left.get(line.family, 0) for line in short)


class TestQuotaExceeded:
    def test_says_units_boxes_when_and_whom(self):
        following = Span(
            week=WEEK.plus(1),
            opens_at=OPENS_AT + timedelta(weeks=1),
            closes_at=OPENS_AT + timedelta(weeks=1, days=4),
        )
        short = shortages(
            asked={"surgical_mask": 2_000},
            left={"surgical_mask": 120},
            situation=situation(),
        )

        refusal = quota_exceeded(
            short=short, charge=Charge.QUOTA, situation=situation(following=following)
        )

        assert refusal.values["lines"] == [
            {
                "family": "surgical_mask",
                "asked": 2_000,
                "left": 120,
                "box": 50,
                "asked_boxes": 40,
                "left_boxes": 2,
            }
        ]
        assert "lundi 9 novembre à 8 h 00" in refusal.detail
        assert "l’ARS Île-de-France" in refusal.detail
        assert refusal.faults[0].remedy == "Demandez au plus 100 unités."


class TestCovers:
    @pytest.mark.parametrize(
        ("kind", "code", "expected"),
        [
            (ScopeKind.COUNTRY, "", True),
            (ScopeKind.REGION, "11", True),
            (ScopeKind.REGION, "75", False),
            (ScopeKind.DEPARTMENT, "75", True),
            (ScopeKind.DEPARTMENT, "11", False),
            (ScopeKind.TERRITORY, "T1", True),
            (ScopeKind.TERRITORY, "", False),
            (ScopeKind.FACILITY, "750000018", True),
            (ScopeKind.FACILITY, "750000026", False),
            (ScopeKind.NOTHING, "", False),
        ],
    )
    def test_follows_the_scope(self, kind, code, expected):
        assert covers(scope=Scope(kind=kind, code=code), situation=situation()) is expected


class TestPromiseDate:
    @pytest.mark.parametrize(
        ("cut_off_on", "days", "expected"),
        [
            (date(2020, 11, 6), 0, date(2020, 11, 6)),
            (date(2020, 11, 6), 1, date(2020, 11, 7)),
            (date(2020, 11, 6), 2, date(2020, 11, 9)),
            # 24 December 2020 is a Thursday: Christmas and Sunday are passed over.
            (date(2020, 12, 24), 2, date(2020, 12, 28)),
            (date(2020, 12, 31), 1, date(2021, 1, 2)),
        ],
    )
    def test_counts_neither_sundays_nor_closed_days(self, cut_off_on, days, expected):
        promised = promise_date(
            cut_off_on=cut_off_on, lead_time_days=days, closed_days=["12-25", "01-01"]
        )

        assert promised == expected


class TestFrenchMoment:
    def test_is_on_the_clocks_of_the_zone(self):
        moment = datetime(2020, 11, 1, 21, 5, tzinfo=UTC)

        assert french_moment(moment, "Europe/Paris") == "dimanche 1er novembre à 22 h 05"
        assert french_moment(moment, "Indian/Reunion") == "lundi 2 novembre à 1 h 05"
