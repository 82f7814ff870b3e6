"""What the operator is told over HTTP, until it answers, and the same each time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connections

from distrilog.domain.facilities.models import Address
from distrilog.domain.messages.models import Message
from distrilog.domain.orders.models import Order
from distrilog.domain.shipping.models import Fulfilment
from distrilog.domain.stock import services as stock
from distrilog.domain.stock.models import Lot, Transfer
from distrilog.domain.stock.rules import Kind, Status
from distrilog.integrations.operator import content, reading, replenishing, sending, tasks
from distrilog.integrations.operator.models import Sending
from distrilog.kernel import outbox
from distrilog.kernel.models import OutboxMessage
from tests.domain.shipping.chain import released
from tests.factories import ArticleFactory, LotFactory, PlaceFactory, gtin_of, stocked
from tests.integrations.operator.partner import NOW, accept


MASK = "surgical_mask"


@pytest.fixture
def orders(warehouse, db):  # noqa: ARG001
    """Return three orders of 100 masks, told to the operator in one outbox message."""
    return released()


def message():
    return OutboxMessage.objects.get(topic="operator.order")


def moved(key, lot, units, *, place="operator", **values):
    """Write an entry of a lot."""
    movement = stock.Movement(key=key, lot=lot, units=units, place=place, **values)
    stock.move(movements=[movement], by="store", at=NOW)


def later(attempts=1):
    return NOW + outbox.wait_after(attempts=attempts)


class TestSendDue:
    @pytest.mark.parametrize(("form", "kind"), [("eancom", reading.EANCOM), ("json", reading.JSON)])
    def test_tells_orders_as_the_warehouse_needs_them(
        self, warehouse, orders, settings, form, kind
    ):
        settings.OPERATOR_FORMAT = form
        Address.objects.update(
            contact="Accueil", phone="01 00 00 00 00", opening_hours="9 h – 12 h"
        )
        assert sending.send_due(at=NOW) == 1
        assert warehouse.kinds == [kind]
        assert [each.reference for each in warehouse.messages] == orders
        said = warehouse.messages[0]
        facility = Order.objects.get(reference=orders[0]).facility
        assert (said.assignment, said.replenishment) == (1, False)
        assert said.receiver == content.Party(
            code=facility.registry,
            name=facility.name,
            street="1 rue des Lilas",
            postcode="75020",
            city="Paris",
            contact="Accueil, 01 00 00 00 00",
            hours="9 h – 12 h",
        )
        line = content.OrderedLine(
            number=1, family=MASK, units=100, box_units=50, gtin=gtin_of(MASK)
        )
        assert list(said.lines) == [line]

    @pytest.mark.usefixtures("orders")
    def test_proposes_the_article_that_expires_first(self, warehouse):
        # In its last days: not handed out any more.
        stocked(10, number="L0", expires_on=date(2020, 11, 10))
        other = ArticleFactory(gtin=gtin_of(MASK, variant=2))
        lot = LotFactory(article=other, number="L5", expires_on=date(2021, 6, 1))
        moved(
            "sooner", lot.pk, 50, kind=Kind.OPENING, source=Status.OUTSIDE, target=Status.AVAILABLE
        )
        sending.send_due(at=NOW)
        assert {line.gtin for each in warehouse.messages for line in each.lines} == {other.pk}

    @pytest.mark.usefixtures("orders")
    def test_says_so_once(self, warehouse):
        assert [sending.send_due(at=NOW), sending.send_due(at=NOW)] == [1, 0]
        assert len(warehouse.bodies) == 1
        assert message().sent_at == NOW

    def test_leaves_out_what_was_given_to_somebody_else(self, warehouse, orders):
        Fulfilment.objects.filter(order__reference=orders[0]).update(assignment=2)
        sending.send_due(at=NOW)
        assert [each.reference for each in warehouse.messages] == orders[1:]

    @pytest.mark.usefixtures("orders")
    def test_says_nothing_where_nothing_is_left_to_say(self, warehouse):
        Fulfilment.objects.update(assignment=2)
        sending.send_due(at=NOW)
        assert warehouse.bodies == []
        assert message().sent_at == NOW

    def test_withdraws_orders(self, warehouse, db):  # noqa: ARG002
        OutboxMessage.objects.create(
            key="w",
            topic="operator.withdrawal",
            payload={"orders": [["CMD-1", 2, "Panne déclarée."]]},
            created_at=NOW,
        )
        sending.send_due(at=NOW)
        assert warehouse.messages == [
            content.Withdrawal(reference="CMD-1", assignment=2, reason="Panne déclarée.")
        ]

    def test_does_not_look_at_what_is_for_nobody(self, warehouse, db):  # noqa: ARG002
        OutboxMessage.objects.create(
            key="p", topic="order.placed", payload={"reference": "X"}, created_at=NOW
        )
        assert sending.send_due(at=NOW) == 0
        assert OutboxMessage.objects.get().attempts == 0

    @pytest.mark.usefixtures("orders")
    def test_does_not_wait_behind_what_cannot_be_said(self, warehouse):
        OutboxMessage.objects.filter(topic="operator.order").update(id=10**6)
        OutboxMessage.objects.create(
            key="x",
            topic="operator.withdrawal",
            payload={"orders": [["x" * 99, 1, ""]]},
            created_at=NOW,
        )
        OutboxMessage.objects.filter(key="x").update(id=1)
        assert sending.send_due(at=NOW) == 1
        assert len(warehouse.received) == 1
        assert OutboxMessage.objects.get(key="x").dead_at == NOW
        assert Message.objects.filter(key__startswith="operator-failed").exists()

    @pytest.mark.django_db(transaction=True)
    def test_twice_at_once_says_so_once(self, warehouse, orders):
        def send(_number):
            try:
                return sending.send_due(at=NOW)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(send, range(4)))
        assert [each.reference for each in warehouse.messages] == orders


@pytest.mark.usefixtures("orders")
class TestARetry:
    @pytest.mark.parametrize("status", [0, 408, 429, 500, 502, 503, 504])
    def test_follows_what_was_not_answered(self, warehouse, status):
        warehouse.answer = lambda _messages: (status, {})
        assert sending.send_due(at=NOW) == 0
        assert (message().attempts, message().next_attempt_at) == (1, later())
        assert message().last_error
        warehouse.answer = accept
        assert sending.send_due(at=later() - timedelta(seconds=1)) == 0
        assert sending.send_due(at=later()) == 1
        assert message().sent_at == later()

    def test_is_the_same_bytes_whatever_has_changed(self, warehouse):
        warehouse.answer = lambda _messages: (0, {})
        sending.send_due(at=NOW)
        Address.objects.update(city="Ailleurs")
        Fulfilment.objects.update(assignment=7)
        warehouse.answer = accept
        sending.send_due(at=later())
        first, second = warehouse.bodies
        assert first == second

    @pytest.mark.parametrize(
        "said",
        [
            "not json",
            {},
            {"messages": []},
            {"messages": [{"reference": "other", "outcome": "accepted"}] * 3},
            {"messages": 1},
        ],
    )
    def test_follows_an_answer_that_is_not_to_what_was_said(self, warehouse, said):
        warehouse.answer = lambda _messages: (200, said)
        assert sending.send_due(at=NOW) == 0
        assert message().next_attempt_at == later()

    def test_does_not_follow_a_rejection(self, warehouse):
        warehouse.answer = lambda _messages: (400, {"reason": "illisible"})
        sending.send_due(at=NOW)
        assert message().dead_at == NOW
        assert "illisible" in message().last_error
        told = Message.objects.get(key__startswith="operator-failed")
        assert "spf" in told.roles

    def test_ends_after_so_many(self, warehouse):
        warehouse.answer = lambda _messages: (503, {})
        OutboxMessage.objects.update(attempts=outbox.MOST_ATTEMPTS - 1)
        sending.send_due(at=NOW)
        assert message().dead_at == NOW

    def test_stops_the_run_at_the_first_that_is_not_answered(self, warehouse):
        for number in range(3):
            OutboxMessage.objects.create(
                key=f"w{number}",
                topic="operator.withdrawal",
                payload={"orders": [["CMD-1", number + 1, ""]]},
                created_at=NOW,
            )
        warehouse.answer = lambda _messages: (503, {})
        sending.send_due(at=NOW)
        assert len(warehouse.bodies) == 1

    def test_comes_soon_once_the_operator_is_back(self):
        OutboxMessage.objects.update(next_attempt_at=NOW + timedelta(hours=1))
        OutboxMessage.objects.create(
            key="w",
            topic="operator.withdrawal",
            payload={"orders": [["CMD-1", 1, ""]]},
            created_at=NOW,
        )
        sending.send_due(at=NOW)
        assert sending.send_due(at=NOW + outbox.WAIT_ONCE_BACK) == 1


@pytest.mark.usefixtures("orders")
class TestReplay:
    def test_of_what_was_rejected_writes_it_anew(self, warehouse):
        warehouse.answer = lambda _messages: (400, {})
        sending.send_due(at=NOW)
        Address.objects.update(city="Lyon")
        warehouse.answer = accept
        assert sending.replay(pk=message().pk)
        sending.send_due(at=NOW)
        first, second = warehouse.received
        assert first.number == second.number
        assert second.messages[0].receiver.city == "Lyon"

    def test_of_what_was_never_answered_says_the_same(self, warehouse):
        warehouse.answer = lambda _messages: (0, {})
        OutboxMessage.objects.update(attempts=outbox.MOST_ATTEMPTS - 1)
        sending.send_due(at=NOW)
        Address.objects.update(city="Lyon")
        warehouse.answer = accept
        assert sending.replay(pk=message().pk)
        sending.send_due(at=NOW)
        assert warehouse.bodies[0] == warehouse.bodies[1]

    def test_does_nothing_to_what_was_sent(self, warehouse):  # noqa: ARG002
        sending.send_due(at=NOW)
        assert not sending.replay(pk=message().pk)


class TestResendRefused:
    def test_says_again_what_was_refused_alone(self, warehouse, orders):
        def refuse_one(messages):
            status, said = accept(messages)
            if len(messages) > 1:
                said["messages"][1] |= {"outcome": "refused", "code": "x", "reason": "Inconnu."}
            return status, said

        warehouse.answer = refuse_one
        sending.send_due(at=NOW)
        sent = Sending.objects.get()
        assert (sent.refusals, sent.verdicts[1]["reason"]) == (1, "Inconnu.")
        assert sending.resend_refused(number=sent.number, at=NOW, by="somebody") == 1
        assert sending.resend_refused(number=sent.number, at=NOW, by="somebody") == 0
        sending.send_due(at=NOW)
        assert [each.reference for each in warehouse.received[-1].messages] == orders[1:2]


class TestPallets:
    @pytest.fixture
    def asked(self, warehouse, db):  # noqa: ARG002
        for place in (PlaceFactory(), PlaceFactory(spf=True)):
            assert place
        stocked(20_000, place="spf", number="P1")
        return stock.request_transfer(
            source="spf",
            target="operator",
            family=MASK,
            units=5_000,
            reason="Réassort.",
            reference="LPR-1",
            by="operator",
            at=NOW,
        )

    @pytest.mark.usefixtures("asked")
    def test_are_sent_announced_once_and_as_they_were_loaded(self, warehouse):
        assert replenishing.send_what_was_asked(at=NOW) == 1
        assert [replenishing.announce(at=NOW), replenishing.announce(at=NOW)] == [1, 0]
        sending.send_due(at=NOW)
        (said,) = warehouse.messages
        assert (said.reference, said.order, said.complete) == ("LPR-1", "LPR-1", True)
        sent = Transfer.objects.get()
        assert {parcel.sscc for parcel in said.parcels} == {each.sscc for each in sent.lines.all()}
        assert sum(line.units for each in said.parcels for line in each.lines) == sent.sent
        assert {line.lot for each in said.parcels for line in each.lines} == {"P1"}

    @pytest.mark.usefixtures("asked")
    def test_that_are_refused_are_told(self, warehouse):
        stock.refuse_transfer(reference="LPR-1", reason="Rien à donner.", by="spf", at=NOW)
        replenishing.announce(at=NOW)
        sending.send_due(at=NOW)
        (said,) = warehouse.messages
        assert (said.reference, said.answer) == ("LPR-1", content.Answer.REFUSED)
        assert "Rien à donner" in said.reason

    def test_wait_while_there_are_none(self, asked):
        lot = Lot.objects.get(number="P1")
        gone = {"kind": Kind.WRITE_OFF, "source": Status.AVAILABLE, "target": Status.OUTSIDE}
        moved("gone", lot.pk, 20_000, place="spf", **gone)
        assert replenishing.send_what_was_asked(at=NOW) == 0
        asked.refresh_from_db()
        assert asked.state == "asked"


class TestTasks:
    @pytest.mark.usefixtures("orders", "now")
    def test_send_what_is_due(self, warehouse):
        assert tasks.send(timestamp=0) == 1
        assert len(warehouse.received) == 1

    @pytest.mark.usefixtures("orders", "now")
    def test_purge_what_is_old(self):
        OutboxMessage.objects.update(created_at=NOW - timedelta(days=40), sent_at=NOW)
        assert tasks.purge(timestamp=0) >= 1
