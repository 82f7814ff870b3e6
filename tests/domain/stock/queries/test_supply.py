"""What comes in and moves, and that the flow picture adds up."""

from datetime import date, timedelta

import pytest

from distrilog.domain.stock.models import Lot
from distrilog.domain.stock.queries import (
    by_expiry,
    levels,
    needs_replenishment,
    pallets_coming,
    purchases,
    transfers,
    where_units_are,
)
from distrilog.domain.stock.rules import PalletOutcome, Status
from distrilog.domain.stock.services import (
    Arrival,
    Counted,
    cancel_rest,
    count,
    receive_pallets,
    request_transfer,
    send_transfer,
    set_threshold,
)
from tests.domain.stock.services.test_supply import KEEPER, plan, receive
from tests.domain.stock.world import AT, TODAY, LotFactory, lot, play


pytestmark = pytest.mark.usefixtures("stock")


def ask_and_send(units):
    transfer = request_transfer(
        source="spf", target="operator", family="gown", units=units, reason="", by="x", at=AT
    )
    return send_transfer(reference=transfer.reference, by="x", at=AT)


class TestPurchases:
    def test_tell_what_is_awaited_and_what_is_late(self, django_assert_num_queries):
        plan(reference="P2", expected_on=date(2020, 11, 1))
        plan(reference="P1", expected_on=date(2020, 11, 9))
        plan(reference="P3", expected_on=date(2020, 10, 1), place="operator")
        receive(Arrival(lot="G1", units=1000), reference="P2")
        cancel_rest(actor=KEEPER, reference="P3", reason="Faillite", at=AT)
        with django_assert_num_queries(1):
            lines = purchases(on=TODAY)
        assert [(each.reference, each.awaited, each.late) for each in lines] == [
            ("P3", 0, False),
            ("P2", 9000, True),
            ("P1", 10000, False),
        ]
        assert [each.reference for each in purchases(on=TODAY, awaited_only=True)] == ["P2", "P1"]
        assert [each.reference for each in purchases(on=TODAY, place="operator")] == ["P3"]


class TestTransfers:
    def test_tell_what_is_on_its_way(self, django_assert_num_queries):
        play("open g1 spf G1 10000 ok")
        transfer = ask_and_send(3000)
        first = transfer.lines.order_by("pk").first()
        receive_pallets(ssccs=[first.sscc], outcome=PalletOutcome.RECEIVED, by="x", at=AT)
        with django_assert_num_queries(1):
            [row] = transfers(place="operator", open_only=True)
        assert (row.asked, row.sent, row.received, row.on_its_way, row.pallets) == (
            3000, 3000, 1000, 2000, 3,
        )  # fmt: skip
        assert transfers(place="reunion") == []
        assert pallets_coming(place="operator") == 2
        assert pallets_coming(place="operator", but=row.reference) == 0


class TestLevels:
    def test_set_each_threshold_against_what_there_is_and_comes(self, django_assert_num_queries):
        set_threshold(actor=KEEPER, place="operator", family="gown", minimum=1000, maximum=5000)
        set_threshold(
            actor=KEEPER, place="operator", family="surgical_mask", minimum=0, maximum=100
        )
        play("open g1 spf G1 10000 ok\nopen g2 operator G1 400 ok")
        play("reserve r order operator gown 300 ok")
        ask_and_send(500)
        with django_assert_num_queries(4):
            found = levels(place="operator")
        mask, gown = found
        assert (gown.usable, gown.reserved, gown.coming, gown.is_low) == (400, 300, 1000, False)
        assert (mask.usable, mask.is_low, mask.wanted) == (0, False, 0)
        assert needs_replenishment(place="operator") == []


@pytest.fixture
def busy_week(stock):  # noqa: ARG001
    """Everything that can happen to gowns."""
    plan(reference="P1", units=10_000, strategic_per_mille=200)
    receive(Arrival(lot="G1", units=6000), Arrival(lot="N1", units=500, expires_on=TODAY))
    play("""
        open    a operator G2 900           ok
        reserve r order operator gown 500   ok
        issue   i operator G2 200 order     ok
        deliver j operator G2 150           ok
        burn    k operator G2 30            ok
    """)
    transfer = ask_and_send(2000)
    one, _two = transfer.lines.order_by("pk")
    receive_pallets(ssccs=[one.sscc], outcome=PalletOutcome.LOST, by="x", at=AT)
    count(
        actor=KEEPER, place="operator", reason="Inventaire", key="c", at=AT,
        counted=[
            Counted(lot=lot("G2"), status=Status.AVAILABLE, units=260),
            Counted(lot=lot("G1"), status=Status.AVAILABLE, units=8),
        ],
    )  # fmt: skip


@pytest.mark.usefixtures("busy_week")
class TestWhereUnitsAre:
    def test_tells_where_each_unit_is(self):
        flow = where_units_are(family="gown")
        assert (flow.awaited, flow.opened, flow.received, flow.found) == (3500, 900, 6500, 8)
        assert (flow.delivered, flow.disputed, flow.written_off, flow.missing) == (
            150, 0, 1030, 410,
        )  # fmt: skip
        places = {each.place: each for each in flow.places}
        operator, spf = places["operator"], places["spf"]
        # 268 usable for 300 promised: nothing is free, 32 are served by nothing.
        assert (operator.free, operator.reserved, operator.unserved) == (0, 268, 32)
        assert (operator.to_places, operator.to_doors) == (0, 50)
        assert (spf.free, spf.strategic, spf.quarantine) == (2800, 1200, 500)
        assert (spf.to_places, spf.to_doors) == (1000, 0)

    def test_adds_up_exactly(self):
        flow = where_units_are(family="gown")
        assert flow.came_in == flow.accounted_for == 7408

    def test_asks_as_much_whatever_there_is(self, django_assert_num_queries):
        with django_assert_num_queries(6):
            where_units_are(family="gown")

    def test_is_nothing_where_there_was_nothing(self):
        flow = where_units_are(family="surgical_mask")
        assert flow.came_in == flow.accounted_for == flow.awaited == 0


class TestByExpiry:
    def test_groups_by_place_and_month_and_tells_what_is_close(self, django_assert_num_queries):
        LotFactory(number="OLD", expires_on=TODAY - timedelta(1))
        LotFactory(number="NOW", expires_on=TODAY)
        LotFactory(number="EVER", expires_on=None)
        play("""
            open  a operator OLD 1   ok
            open  b operator NOW 10  ok
            store c operator G1  100 ok
            open  d operator EVER 5  ok
            open  e spf      G2  7   ok
        """)
        with django_assert_num_queries(1):
            lines = by_expiry(on=TODAY)
        assert [
            (each.place, each.month, each.units, each.expired, each.soon) for each in lines
        ] == [
            ("operator", date(2020, 11, 1), 11, 1, 10),
            ("operator", date(2022, 11, 1), 100, 0, 0),
            ("operator", None, 5, 0, 0),
            ("spf", date(2021, 2, 1), 7, 0, 7),
        ]
        assert by_expiry(on=TODAY, place="spf", family="surgical_mask") == []
        assert sum(each.units for each in by_expiry(on=TODAY, family="gown")) == 123
        assert Lot.objects.count() == 6
