"""What the ledger answers."""

from dataclasses import replace

import pytest

from distrilog.domain.stock.models import Lot
from distrilog.domain.stock.queries import (
    available,
    balances,
    batches,
    lot_lines,
    pallets_at,
    pending,
    shortfalls,
)
from distrilog.domain.stock.rules import CONSORTIUM, Batch
from distrilog.domain.stock.services import move
from tests.domain.stock.world import AT, LotFactory, lot, movement, play


pytestmark = pytest.mark.usefixtures("entries")


@pytest.fixture
def entries(stock):  # noqa: ARG001
    play("""
        open    a operator G1 2500          ok
        open    b operator G2 100           ok
        store   c operator G1 10            ok
        open    d spf      M1 50            ok
        reserve r order operator gown 1000  ok
        issue   i operator G2 30 order      ok
    """)
    theirs = replace(movement("open e operator G1 7"), owner=CONSORTIUM)
    move(movements=[theirs], by="x", at=AT)


class TestAvailable:
    def test_counts_what_is_usable_and_not_reserved(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert available() == {("operator", "gown"): 1600, ("spf", "surgical_mask"): 50}

    def test_keeps_to_the_places_and_the_owner_asked(self):
        assert available(places=["spf"]) == {("spf", "surgical_mask"): 50}
        assert available(owner=CONSORTIUM) == {("operator", "gown"): 7}

    def test_is_never_negative(self):
        play("lose l operator G1 2000 ok")
        assert available(places=["operator"]) == {("operator", "gown"): 0}


class TestShortfalls:
    def test_are_where_promises_are_not_covered(self):
        assert shortfalls() == []
        play("lose l operator G1 2000 ok")
        [short] = shortfalls()
        assert (short.place, short.family, short.missing) == ("operator", "gown", 400)


class TestPending:
    def test_is_what_is_neither_posted_nor_given_back(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert pending(keys=["order", "nobody"]) == {"order": 970}


class TestBalances:
    def test_adds_lots_up_by_status(self):
        found = balances()
        assert found["operator", "gown", "available"] == 2570
        assert found["operator", "gown", "in_transit"] == 30
        assert sum(units for (_, family, _), units in found.items() if family == "gown") == 0


class TestBatches:
    def test_are_the_usable_lots_soonest_expiry_first(self, django_assert_num_queries):
        first, second = Lot.objects.get(number="G2"), Lot.objects.get(number="G1")
        with django_assert_num_queries(2):
            found = batches(place="operator", families=["gown", "surgical_mask"], lock=True)
        assert found == {
            "gown": [
                Batch(lot=first.pk, units=70, expires_on=first.expires_on),
                Batch(lot=second.pk, units=2500, expires_on=second.expires_on),
            ],
            "surgical_mask": [],
        }


class TestLotLines:
    def test_name_lot_article_place_and_status(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            lines = lot_lines(places=["operator"], family="gown")
        assert [(each.number, each.status, each.owner, each.units) for each in lines] == [
            ("G2", "available", "state", 70),
            ("G1", "available", "consortium", 7),
            ("G1", "available", "state", 2500),
            ("G1", "strategic", "state", 10),
        ]

    def test_find_a_number_anywhere(self):
        assert [each.place for each in lot_lines(number="M1")] == ["spf"]
        assert lot_lines(number="G2", statuses=["in_transit"])[0].lot == lot("G2")


class TestPalletsAt:
    def test_rounds_each_lot_and_status_up(self):
        LotFactory(mask=True)
        # 2,500 and 7 and 10 of one lot, 70 of another, by 1,000.
        assert pallets_at(place="operator") == 3 + 1 + 1 + 1
