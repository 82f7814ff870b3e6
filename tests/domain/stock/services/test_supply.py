"""Purchases: planned, received as they arrive, their rest cancelled."""

from datetime import date, timedelta

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.stock.models import Entry, Lot, Place, Purchase
from distrilog.domain.stock.queries import discrepancies, where_units_are
from distrilog.domain.stock.rules import Condition
from distrilog.domain.stock.services import (
    Arrival,
    KeyReused,
    LotDiffers,
    NoRoom,
    Received,
    TooMuch,
    cancel_rest,
    plan_purchase,
    receive_purchase,
)
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound, Refusal
from tests.domain.stock.services.test_ledger import at_once
from tests.domain.stock.world import AT, TODAY, LotFactory, furnish, play
from tests.factories import actor


KEEPER = actor(Role.SPF, person="keeper")
FAR = date(2023, 1, 1)


def wheres(caught):
    return [each.where for each in caught.value.faults]


def plan(**values):
    common = {
        "actor": KEEPER, "reference": "P1", "gtin": "03400000000017", "place": "spf",
        "supplier": "Gants de France", "units": 10_000, "expected_on": date(2020, 11, 9),
        "strategic_per_mille": 300, "at": AT,
    }  # fmt: skip
    return plan_purchase(**(common | values))


def receive(*arrivals, key="a1", **values):
    common = {"actor": KEEPER, "reference": "P1", "at": AT}
    return receive_purchase(arrivals=arrivals, key=key, **(common | values))


@pytest.fixture
def world(stock):  # noqa: ARG001
    yield
    assert discrepancies() == []


@pytest.mark.usefixtures("world")
class TestPlanPurchase:
    def test_is_made_once_a_reference(self):
        assert plan().pk == plan().pk
        with pytest.raises(KeyReused):
            plan(units=20_000)

    @pytest.mark.parametrize(
        ("changed", "where"),
        [
            ({"reference": ""}, ["reference"]),
            ({"reference": "r" * 41}, ["reference"]),
            ({"gtin": "0"}, ["gtin"]),
            ({"place": "door"}, ["place"]),
            ({"supplier": " "}, ["supplier"]),
            ({"units": 5}, ["units"]),
            ({"units": 0}, ["units"]),
            ({"units": 10.5}, ["units"]),
            ({"strategic_per_mille": 1001}, ["strategic_per_mille"]),
            ({"strategic_per_mille": -1, "units": "10"}, ["units", "strategic_per_mille"]),
        ],
    )
    def test_refuses_what_makes_no_sense(self, changed, where):
        with pytest.raises(Invalid) as caught:
            plan(**changed)
        assert wheres(caught) == where
        assert not Purchase.objects.exists()

    def test_is_for_those_who_manage_stock(self):
        with pytest.raises(Forbidden):
            plan(actor=actor(Role.OPERATOR))


@pytest.mark.usefixtures("world")
class TestReceivePurchase:
    def test_keeps_its_share_in_whole_boxes_and_releases_the_rest(self):
        plan()
        found = receive(Arrival(lot="N1", units=1_005, expires_on=FAR), Arrival(lot="G1", units=10))
        # 301.5 → 310 of the first, 3 → 10 of the second.
        assert found == Received(strategic=320, available=695, quarantine=0, awaited=8_985)
        play("""
            holds spf N1 strategic 310
            holds spf N1 available 695
            holds spf G1 strategic 10
            usable spf gown 695
        """)
        assert Lot.objects.get(number="N1").expires_on == FAR

    def test_sets_apart_what_is_doubtful_recalled_or_too_old(self):
        plan()
        Lot.objects.filter(number="G1").update(recalled_at=AT)
        found = receive(
            Arrival(lot="N1", units=100, expires_on=FAR, condition=Condition.DOUBTFUL),
            Arrival(lot="G1", units=100),
            Arrival(lot="N2", units=100, expires_on=TODAY),
            Arrival(lot="G2", units=100),
        )
        assert (found.strategic, found.available, found.quarantine) == (30, 70, 300)

    def test_books_one_arrival_once_even_if_its_lot_was_recalled_since(self):
        plan()
        first = receive(Arrival(lot="G1", units=1000))
        Lot.objects.filter(number="G1").update(recalled_at=AT)
        assert receive(Arrival(lot="G1", units=1000)) == first
        assert Purchase.objects.get().arrived == 1000
        for other in (
            [Arrival(lot="G1", units=900)],
            [Arrival(lot="G2", units=1000)],
            [Arrival(lot="G1", units=1000), Arrival(lot="G2", units=10)],
        ):
            with pytest.raises(KeyReused):
                receive(*other)

    def test_tells_keys_apart_that_begin_alike(self):
        plan()
        receive(Arrival(lot="G1", units=1000), key="a:1")
        receive(Arrival(lot="G1", units=500), key="a")
        assert Purchase.objects.get().arrived == 1500

    def test_refuses_more_than_was_ordered_and_says_what_is_left(self):
        plan()
        receive(Arrival(lot="G1", units=9_000))
        with pytest.raises(TooMuch) as caught:
            receive(Arrival(lot="G1", units=600), Arrival(lot="N9", units=600), key="a2")
        assert caught.value.faults[0].values == {"asked": 1_200, "left": 1_000}
        assert not Lot.objects.filter(number="N9").exists()
        assert receive(Arrival(lot="G1", units=1_000), key="a2").awaited == 0

    def test_refuses_what_has_no_room(self):
        plan(reference="P2", place="operator", units=100_000)
        Place.objects.filter(pk="operator").update(pallets=3)
        with pytest.raises(NoRoom) as caught:
            receive(Arrival(lot="G1", units=4_000), reference="P2")
        # Three pallets usable and two strategic, the last of each not full.
        assert caught.value.faults[0].values == {"asked": 5, "left": 3}
        receive(Arrival(lot="G1", units=2_000), reference="P2")

    def test_refuses_another_expiry_than_is_known(self):
        plan()
        with pytest.raises(LotDiffers):
            receive(Arrival(lot="G1", units=10, expires_on=TODAY))

    @pytest.mark.parametrize("units", [0, -5, 1.5, "10", True])
    def test_refuses_what_is_no_number_of_units(self, units):
        plan()
        with pytest.raises(Invalid) as caught:
            receive(Arrival(lot="G1", units=10), Arrival(lot="G1", units=units))
        assert wheres(caught) == ["arrivals.1.units"]

    def test_refuses_an_empty_arrival_an_empty_key_and_an_unknown_purchase(self):
        with pytest.raises(NotFound):
            receive(Arrival(lot="G1", units=10))
        plan()
        with pytest.raises(Invalid) as caught:
            receive(key="")
        assert wheres(caught) == ["key", "arrivals"]

    def test_takes_as_many_statements_for_many_lots_as_for_one(self, django_assert_max_num_queries):
        plan(reference="P2")
        plan(reference="P3")
        with django_assert_max_num_queries(45):
            receive(Arrival(lot="N", units=20, expires_on=FAR), reference="P2")
        many = [Arrival(lot=f"N{rank}", units=20, expires_on=FAR) for rank in range(50)]
        with django_assert_max_num_queries(45):
            receive(*many, reference="P3")


@pytest.mark.usefixtures("world")
class TestCancelRest:
    def test_awaits_nothing_more_and_keeps_what_arrived(self):
        plan()
        receive(Arrival(lot="G1", units=1000))
        for _ in range(2):
            purchase = cancel_rest(actor=KEEPER, reference="P1", reason="Faillite", at=AT)
        assert (purchase.awaited, purchase.arrived, purchase.cancelled_at) == (0, 1000, AT)
        with pytest.raises(TooMuch):
            receive(Arrival(lot="G1", units=10), key="a2")
        assert where_units_are(family="gown").awaited == 0

    def test_wants_a_reason(self):
        plan()
        with pytest.raises(Invalid):
            cancel_rest(actor=KEEPER, reference="P1", reason="", at=AT + timedelta(1))


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_never_receives_more_than_was_ordered(self):
        furnish()
        LotFactory(number="N1")
        plan(units=1_000)

        def arrive(rank):
            try:
                receive(Arrival(lot="N1", units=100), key=f"a{rank % 16}")
            except Refusal as refusal:
                return type(refusal).__name__
            return "ok"

        answers = at_once(arrive, 32)
        assert set(answers) == {"ok", "TooMuch"}
        assert Purchase.objects.get().arrived == 1_000
        assert sum(Entry.objects.values_list("units", flat=True)) == 1_000
        assert discrepancies() == []
