"""From a released order to a facility's door, and every way it goes wrong. The books balance after each story."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection

from distrilog.domain.accounts.rules import Role
from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders.models import Line, Order, RefusedDemand
from distrilog.domain.quotas import services as quotas
from distrilog.domain.quotas.models import Quota
from distrilog.domain.shipping import rules, services
from distrilog.domain.shipping.models import (
    Claim,
    Content,
    Despatch,
    Fulfilment,
    FulfilmentLine,
    Outage,
    Receipt,
    Remark,
)
from distrilog.domain.shipping.rules import Answer, Difference, Outcome
from distrilog.domain.stock.models import Lot, Position
from distrilog.domain.stock.rules import Kind, Status
from distrilog.domain.stock.services import Movement, move
from distrilog.kernel.models import OutboxMessage
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from tests.domain.quotas.worlds import MASK
from tests.domain.shipping.chain import (
    LATER,
    advice,
    assert_books_balance,
    news,
    released,
    ship,
    state,
    units,
)
from tests.factories import PlaceFactory, actor, orderer, stocked


CELL = actor(Role.NATIONAL_CELL, person="cell")
OPERATOR = actor(Role.OPERATOR, person="operator")


@pytest.fixture
def orders(request):
    request.getfixturevalue("db")
    return released()


def home_of(reference):
    return orderer(Order.objects.get(reference=reference).facility)


def answer(reference, *, asked=None, assignment=1, reason=""):
    [verdict] = services.answer(
        answers=[Answer(order=reference, assignment=assignment, units=asked, reason=reason)],
        place="operator",
        by="operator",
        at=LATER,
    )
    return verdict.code or verdict.outcome


def content_of(number="D1"):
    return Content.objects.get(parcel__despatch__reference=number)


def receive(reference, number="D1", *stated, at=LATER, **values):
    return services.receive(
        actor=home_of(reference), despatch=number, stated=stated, at=at, **values
    )


def stated(kind, units, *, content=None, family=MASK):
    return services.Stated(kind=kind, family=family, units=units, content=content)


class TestHandOver:
    def test_gives_each_order_to_the_place_it_draws_on_once(self, orders):
        assert [state(reference) for reference in orders] == ["waiting"] * 3
        assert services.hand_over(at=LATER) == 0
        [message] = OutboxMessage.objects.filter(topic="operator.order")
        assert [number for _order, number in message.payload["orders"]] == [1, 1, 1]

    @pytest.mark.usefixtures("orders")
    def test_takes_a_fixed_number_of_statements(self, django_assert_num_queries):
        Fulfilment.objects.all().delete()
        with django_assert_num_queries(4):
            services.hand_over(at=LATER)


class TestDespatch:
    def test_puts_lots_in_transit_against_what_was_promised(self, orders):
        reserved = Position.objects.get(place="operator").reserved
        assert ship(advice(orders[0], complete=True)) == ["accepted"]
        assert (units("in_transit"), state(orders[0])) == (100, "despatched")
        assert Position.objects.get(place="operator").reserved == reserved - 100
        assert_books_balance()

    def test_changes_nothing_the_second_time(self, orders):
        first = advice(orders[0])
        assert ship(first) == ["accepted"]
        assert ship(first, first) == ["duplicate", "duplicate"]
        assert (Despatch.objects.count(), units("in_transit")) == (1, 100)
        assert_books_balance()

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"units": 101}, "too-many"),
            ({"assignment": 2}, "withdrawn"),
            ({"lot": "L9"}, "unknown-lot"),
            ({"number": "D0"}, "reference-reused"),
            ({"sscc": "395212340000000005"}, "sscc-known"),
        ],
    )
    def test_refuses_what_cannot_be_and_changes_nothing(self, orders, values, code):
        ship(advice(orders[1], number="D0", sscc="395212340000000005"))
        before = units("in_transit")
        assert ship(advice(orders[0], **values)) == [code]
        assert (units("in_transit"), state(orders[0])) == (before, "waiting")
        assert_books_balance()

    @pytest.mark.usefixtures("orders")
    def test_refuses_an_order_nobody_placed(self):
        assert ship(advice("11-2020W45-NOBODY")) == ["unknown-order"]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"expires_on": date(2020, 11, 5)}, "lot-expired"),
            ({"recalled_at": LATER}, "lot-recalled"),
        ],
    )
    def test_refuses_a_lot_that_must_not_leave(self, orders, change, code):
        Lot.objects.update(**change)
        assert ship(advice(orders[0])) == [code]

    def test_refuses_an_article_of_another_family(self, orders):
        gown = stocked(100, family="gown", number="G1")
        one = advice(orders[0])
        line = rules.PackedLine(number=1, gtin=gown.article_id, lot="G1", units=50)
        wrong = rules.Advice(
            reference="DG", order=orders[0], assignment=1, packed_at=LATER,
            parcels=[rules.PackedParcel(sscc=one.parcels[0].sscc, lines=[line])],
        )  # fmt: skip
        assert ship(wrong) == ["wrong-family"]

    def test_judges_each_advice_of_a_batch_by_itself(self, orders):
        verdicts = ship(
            advice(orders[0], number="D1"),
            advice("nobody", number="D2"),
            advice(orders[1], number="D3", units=5_000),
            advice(orders[2], number="D4"),
        )
        assert verdicts == ["accepted", "unknown-order", "too-many", "accepted"]
        assert units("in_transit") == 200
        assert_books_balance()

    def test_never_takes_one_lot_twice_within_a_batch(self, orders):
        stocked(150, number="L2")
        assert ship(
            advice(orders[0], number="D1", lot="L2"), advice(orders[1], number="D2", lot="L2")
        ) == ["accepted", "not-in-stock"]
        assert_books_balance()

    def test_ships_in_parts_until_nothing_is_to_come(self, orders):
        assert ship(advice(orders[0], number="D1", units=50)) == ["accepted"]
        assert state(orders[0]) == "partly"
        assert ship(advice(orders[0], number="D2", units=50)) == ["accepted"]
        assert state(orders[0]) == "despatched"
        assert ship(advice(orders[0], number="D3", units=50)) == ["nothing-to-ship"]
        assert_books_balance()


class TestAnswer:
    def test_confirms_all_of_it(self, orders):
        assert answer(orders[0]) == "accepted"
        assert state(orders[0]) == "confirmed"
        assert answer(orders[0]) == "duplicate"

    def test_keeps_a_short_line_on_order_while_its_stock_is_covered(self, orders):
        assert answer(orders[0], asked={1: 50}) == "accepted"
        line = FulfilmentLine.objects.get(fulfilment__order__reference=orders[0])
        assert (line.confirmed, line.withdrawn, line.to_come) == (50, 0, 100)
        assert_books_balance()

    def test_gives_up_what_nothing_covers_and_returns_it_to_the_quota(self, orders):
        lose_all()
        ordered = Quota.objects.get(facility__orders__reference=orders[0]).ordered
        answer(orders[0], asked={1: 0})
        line = Line.objects.get(order__reference=orders[0])
        assert (line.withdrawn, state(orders[0])) == (100, "given_up")
        assert Quota.objects.get(facility__orders__reference=orders[0]).ordered == ordered - 100
        assert_books_balance()

    def test_returns_it_to_the_stock_and_keeps_the_demand_once_the_week_is_over(self, orders):
        lose_all()
        quotas.expire(week="2020-W45", at=LATER + timedelta(days=7))
        answer(orders[0], asked={1: 0})
        assert RefusedDemand.objects.get(cause="not-served").units_asked == 100
        assert_books_balance()

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"assignment": 7}, "withdrawn"),
            ({"asked": {9: 1}}, "wrong-lines"),
            ({"asked": {1: 101}}, "wrong-lines"),
        ],
    )
    def test_refuses_what_cannot_be(self, orders, values, code):
        assert answer(orders[0], **values) == code

    def test_changes_nothing_once_it_has_left(self, orders):
        ship(advice(orders[0]))
        assert answer(orders[0], asked={1: 0}) == "duplicate"
        assert state(orders[0]) == "despatched"


class TestGiveAgain:
    def test_waits_for_stock_and_then_gives_what_is_to_come_under_a_new_assignment(self, orders):
        ship(advice(orders[0], units=50, complete=True))
        assert state(orders[0]) == "partly"
        assert services.give_again(at=LATER) == 1
        assert ship(advice(orders[0], number="D2", units=50)) == ["withdrawn"]
        assert ship(advice(orders[0], number="D2", units=50, assignment=2)) == ["accepted"]
        assert state(orders[0]) == "despatched"
        assert_books_balance()


class TestReport:
    def test_brings_units_to_the_door(self, orders):
        one = advice(orders[0])
        ship(one)
        assert (news(one), news(one)) == ("accepted", "duplicate")
        assert (units("delivered", "door"), state(orders[0])) == (100, "delivered")
        assert_books_balance()

    @pytest.mark.parametrize("end", ["refused", "returned"])
    def test_puts_what_comes_back_in_quarantine(self, orders, end):
        one = advice(orders[0])
        ship(one)
        assert news(one, end) == "accepted"
        assert (units("quarantine"), units("in_transit")) == (100, 0)
        assert_books_balance()

    def test_opens_a_claim_for_a_lost_parcel(self, orders):
        one = advice(orders[0])
        ship(one)
        news(one, "lost")
        claim = Claim.objects.get()
        assert (claim.kind, claim.units, claim.owner, units("disputed")) == (
            "lost",
            100,
            "operator",
            100,
        )
        assert_books_balance()

    def test_lets_a_person_judge_a_contradiction(self, orders):
        one = advice(orders[0])
        ship(one)
        news(one)
        assert news(one, "lost") == "contradiction"
        assert units("delivered", "door") == 100

    def test_knows_no_parcel_that_never_left(self, orders):
        assert news(advice(orders[0])) == "unknown-parcel"


class TestReceive:
    def test_delivers_what_no_carrier_has_reported_yet(self, orders):
        one = advice(orders[0])
        ship(one)
        receipt = receive(orders[0])
        assert (receipt.how, state(orders[0])) == ("recorded", "received")
        assert news(one) == "duplicate"
        assert_books_balance()

    def test_opens_a_claim_for_each_difference(self, orders):
        ship(advice(orders[0]))
        content = content_of().pk
        receive(
            orders[0], "D1",
            stated(Difference.MISSING, 10, content=content),
            stated(Difference.DAMAGED, 5, content=content),
            stated(Difference.EXTRA, 50),
        )  # fmt: skip
        assert sorted(Claim.objects.values_list("kind", "units")) == [
            ("damaged", 5), ("extra", 50), ("missing", 10),
        ]  # fmt: skip
        assert (units("disputed", "door"), units("delivered", "door")) == (15, 85)
        assert state(orders[0]) == "received"
        assert_books_balance()

    def test_answers_the_same_statement_once_and_refuses_another(self, orders):
        ship(advice(orders[0]))
        missing = stated(Difference.MISSING, 10, content=content_of().pk)
        first = receive(orders[0], "D1", missing)
        assert receive(orders[0], "D1", missing) == first
        with pytest.raises(services.AlreadyReceived):
            receive(orders[0], "D1")
        assert Claim.objects.count() == 1

    def test_hides_another_facility_s_parcel(self, orders):
        ship(advice(orders[0]))
        with pytest.raises(NotFound):
            services.receive(actor=home_of(orders[1]), despatch="D1", at=LATER)

    def test_says_everything_that_is_wrong_at_once(self, orders):
        ship(advice(orders[0]))
        content = content_of().pk
        with pytest.raises(Invalid) as caught:
            receive(
                orders[0], "D1",
                stated(Difference.MISSING, 60, content=content),
                stated(Difference.DAMAGED, 60, content=content),
                stated(Difference.MISSING, 0, content=content),
                stated(Difference.MISSING, 1.5, content=content),
                stated(Difference.MISSING, 1, content=-1),
                remark="x" * 1001,
            )  # fmt: skip
        assert [fault.where for fault in caught.value.faults] == [
            "lines.2.units", "lines.3.units", "lines.4.content", f"content.{content}", "remark",
        ]  # fmt: skip
        assert not Receipt.objects.exists()

    def test_keeps_free_text_where_it_can_be_erased(self, orders):
        ship(advice(orders[0]))
        receive(orders[0], remark="Carton ouvert.", photo=b"jpeg")
        services.erase_remark(actor=home_of(orders[0]), despatch="D1", at=LATER)
        remark = Remark.objects.get()
        assert (remark.text, remark.photo, remark.erased_at) == ("", None, LATER)
        assert Receipt.objects.exists()


class TestAssumeReceipts:
    def test_takes_silence_for_an_answer_after_seven_days(self, orders):
        one = advice(orders[0])
        ship(one)
        news(one)
        assert services.assume_receipts(at=LATER + timedelta(days=6)) == 0
        assert services.assume_receipts(at=LATER + timedelta(days=7)) == 1
        assert (Receipt.objects.get().how, state(orders[0])) == ("assumed", "received")
        assert_books_balance()

    def test_lets_the_facility_correct_it_later(self, orders):
        one = advice(orders[0])
        ship(one)
        news(one)
        services.assume_receipts(at=LATER + timedelta(days=7))
        receive(orders[0], "D1", stated(Difference.MISSING, 10, content=content_of().pk))
        line = FulfilmentLine.objects.get(fulfilment__order__reference=orders[0])
        assert (line.received, line.disputed) == (90, 10)
        assert_books_balance()


class TestSettleClaim:
    @pytest.mark.parametrize(
        ("kind", "outcome", "where"),
        [
            ("missing", "found", ("delivered", "door", 100)),
            ("missing", "written_off", ("delivered", "door", 90)),
            ("damaged", "sent_back", ("quarantine", "operator", 10)),
            ("damaged", "kept", ("delivered", "door", 100)),
        ],
    )
    def test_ends_where_its_outcome_says(self, orders, kind, outcome, where):
        ship(advice(orders[0]))
        receive(orders[0], "D1", stated(Difference(kind), 10, content=content_of().pk))
        services.settle_claim(
            actor=OPERATOR,
            claim_id=Claim.objects.get().pk,
            outcome=Outcome(outcome),
            reason="Vu.",
            at=LATER,
        )
        status, place, expected = where
        assert (units(status, place), units("disputed", "door")) == (expected, 0)
        assert_books_balance()

    @pytest.mark.parametrize("outcome", ["found", "written_off", "sent_back"])
    def test_ends_a_lost_parcel(self, orders, outcome):
        one = advice(orders[0])
        ship(one)
        news(one, "lost")
        claim = Claim.objects.get()
        for _ in range(2):
            services.settle_claim(
                actor=OPERATOR, claim_id=claim.pk, outcome=Outcome(outcome), reason="Vu.", at=LATER
            )
        assert units("disputed") == 0
        assert_books_balance()

    def test_refuses_an_outcome_that_makes_no_sense_and_another_owner(self, orders):
        one = advice(orders[0])
        ship(one)
        news(one, "lost")
        claim = Claim.objects.get().pk
        with pytest.raises(Invalid):
            services.settle_claim(
                actor=OPERATOR, claim_id=claim, outcome=Outcome.KEPT, reason="", at=LATER
            )
        with pytest.raises(Forbidden):
            services.settle_claim(
                actor=actor(Role.SPF), claim_id=claim, outcome=Outcome.FOUND, reason="Vu.", at=LATER
            )


@pytest.mark.django_db
class TestPrepareWave:
    def test_ships_what_expires_first_and_nothing_in_its_last_days(self):
        stock_at_spf()
        references = released()
        Facility.objects.update(route="spf")
        to_spf()
        verdicts = services.prepare_wave(place="spf", by="wave", at=LATER)
        assert [verdict.outcome for verdict in verdicts] == ["accepted"] * 3
        assert set(Content.objects.values_list("lot__number", flat=True)) == {"SOON"}
        assert {state(reference) for reference in references} == {"despatched"}
        assert services.prepare_wave(place="spf", by="wave", at=LATER) == []
        assert_books_balance()


def stock_at_spf():
    PlaceFactory(spf=True)
    stocked(5_000, place="spf", number="LATE", expires_on=date(2029, 1, 1))
    stocked(5_000, place="spf", number="SOON", expires_on=date(2021, 3, 1))
    stocked(5_000, place="spf", number="DYING", expires_on=date(2020, 11, 10))


def to_spf():
    services.declare_outage(actor=CELL, partner="operator", reason="Grève.", at=LATER)
    return services.reroute(at=LATER)


def lose_all():
    """Find the shelf empty."""
    lot = Lot.objects.get(number="L1")
    movement = Movement(
        key="fire", kind=Kind.WRITE_OFF, lot=lot.pk, units=10_000, place="operator",
        source=Status.AVAILABLE, target=Status.OUTSIDE,
    )  # fmt: skip
    move(movements=[movement], by="store", at=LATER)


@pytest.mark.django_db
class TestOutage:
    def test_moves_open_orders_and_ships_nothing_twice(self):
        stock_at_spf()
        references = released()
        ship(advice(references[0], complete=True))
        assert to_spf() == 2
        assert ship(advice(references[1], number="D2")) == ["withdrawn"]
        services.prepare_wave(place="spf", by="wave", at=LATER)
        assert Fulfilment.objects.filter(place="spf", by_platform=True).count() == 2
        assert sum(Content.objects.values_list("units", flat=True)) == 300
        assert_books_balance()

    def test_gives_back_what_spf_has_not_shipped(self):
        stock_at_spf()
        references = released()
        to_spf()
        services.prepare_wave(place="spf", by="wave", at=LATER, limit=1)
        outage = Outage.objects.get()
        services.end_outage(actor=CELL, outage_id=outage.pk, at=LATER)
        assert services.reroute(at=LATER) == 2
        back = Fulfilment.objects.filter(place="operator")
        assert [each.assignment for each in back] == [3, 3]
        assert ship(advice(references[2], number="D9", assignment=3)) == ["accepted"]
        assert_books_balance()

    def test_leaves_waiting_what_spf_cannot_promise(self):
        PlaceFactory(spf=True)
        stocked(250, place="spf", number="S1")
        released()
        assert to_spf() == 2
        assert Fulfilment.objects.filter(place="operator").count() == 1
        stocked(100, place="spf", number="S2")
        assert services.reroute(at=LATER) == 1
        assert_books_balance()

    @pytest.mark.usefixtures("orders")
    def test_is_declared_once_and_by_the_national_cell(self):
        to_spf()
        with pytest.raises(services.OutageOpen):
            services.declare_outage(actor=CELL, partner="operator", reason="Encore.", at=LATER)
        with pytest.raises(Forbidden):
            services.declare_outage(actor=OPERATOR, partner="operator", reason="Moi.", at=LATER)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_one_advice_sent_by_many_leaves_once(self):
        references = released()
        one = advice(references[0])

        def send(_):
            try:
                return ship(one)[0]
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            outcomes = sorted(pool.map(send, range(8)))
        assert outcomes == ["accepted", *["duplicate"] * 7]
        assert units("in_transit") == 100
        assert_books_balance()

    def test_an_advice_and_an_outage_never_both_win(self):
        stock_at_spf()
        references = released()

        def act(rank):
            try:
                if rank == 0:
                    return to_spf()
                return ship(advice(references[rank - 1], number=f"D{rank}"))[0]
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            moved, *outcomes = pool.map(act, range(4))
        services.prepare_wave(place="spf", by="wave", at=LATER)
        assert moved == outcomes.count("withdrawn")
        assert sum(Content.objects.values_list("units", flat=True)) == 300
        assert_books_balance()

    def test_a_receipt_and_a_report_of_one_parcel_agree(self):
        references = released()
        one = advice(references[0])
        ship(one)

        def act(rank):
            try:
                return receive(references[0]).how if rank else news(one)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(act, range(2)))
        assert (units("delivered", "door"), state(references[0])) == (100, "received")
        assert_books_balance()
