"""What the operator says over HTTP, taken in once, whatever it says."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connections
from django.test import Client

from distrilog.domain.messages.models import Message
from distrilog.domain.shipping.models import Despatch, Fulfilment, Parcel
from distrilog.domain.stock.models import Entry, Transfer
from distrilog.integrations.operator import applying, content, json_format, reading, receiving
from distrilog.integrations.operator.content import (
    Answer,
    Confirmation,
    ConfirmedLine,
    Delivery,
    Order,
    OrderedLine,
    Outcome,
    PackedLine,
    Party,
    StockReport,
    Withdrawal,
)
from distrilog.kernel.gs1 import make_sscc
from distrilog.kernel.models import InboxMessage
from distrilog.kernel.seals import SigningKey
from tests.domain.shipping.chain import GTIN, assert_books_balance, released, state
from tests.factories import LotFactory, stocked
from tests.integrations.operator.partner import ADDRESS, NOW, PORTAL, caller, interchange


def sscc(serial=1):
    return make_sscc(prefix="0400000", serial=serial)


def confirmation(reference, *, units=None, assignment=1):
    lines = [ConfirmedLine(number=1, units=100 if units is None else units)]
    answer = Answer.ACCEPTED if units is None else Answer.SHORT
    return Confirmation(reference=reference, assignment=assignment, answer=answer, lines=lines)


def despatch(reference, *, serial=1, units=100, lot="L1", number="", **values):
    line = PackedLine(number=1, gtin=values.pop("gtin", GTIN), lot=lot, units=units)
    parcel = content.Parcel(sscc=sscc(serial), lines=[line], tracking=f"6A{serial:011d}")
    said = {"assignment": 1, "packed_at": NOW, "complete": True, **values}
    return content.Despatch(
        reference=number or f"EXP-{serial}", order=reference, parcels=[parcel], **said
    )


def delivery(serial=1, outcome=Outcome.DELIVERED, **values):
    return Delivery(despatch=f"EXP-{serial}", sscc=sscc(serial), outcome=outcome, at=NOW, **values)


def replenishment(reference="LPR-1", units=5_000):
    line = OrderedLine(number=1, family="surgical_mask", units=units, box_units=50)
    return Order(
        reference=reference,
        assignment=1,
        placed_at=NOW,
        promised_on=NOW.date(),
        receiver=Party(code="0400000000022", name="Entrepôt"),
        lines=[line],
        replenishment=True,
    )


def counts():
    """Return what a message may change, counted."""
    return {
        "answered": Fulfilment.objects.filter(answered_at__isnull=False).count(),
        "despatches": Despatch.objects.count(),
        "ended": Parcel.objects.exclude(state="in_transit").count(),
        "entries": Entry.objects.count(),
        "transfers": Transfer.objects.count(),
    }


@pytest.fixture
def order(operator):  # noqa: ARG001 - the clock stands still
    """Return the first of three orders of 100 masks that the operator holds."""
    return released()[0]


class TestAMessage:
    @pytest.mark.parametrize("form", [reading.JSON, reading.EANCOM])
    def test_carries_an_order_from_confirmation_to_the_door(self, operator, order, form):
        assert operator.outcomes(confirmation(order), number="A", form=form) == ["accepted"]
        assert state(order) == "confirmed"
        assert operator.outcomes(despatch(order), number="B", form=form) == ["accepted"]
        assert state(order) == "despatched"
        assert operator.outcomes(delivery(), number="C", form=form) == ["accepted"]
        assert state(order) == "delivered"
        assert_books_balance()

    def test_is_understood_in_any_order_within_its_interchange(self, operator, order):
        said = [delivery(), despatch(order), confirmation(order)]
        assert operator.outcomes(*said) == ["accepted", "accepted", "accepted"]
        assert state(order) == "delivered"

    def test_keeps_what_was_done(self, operator, order):
        operator.post(confirmation(order), delivery(7))
        kept = InboxMessage.objects.get()
        assert (kept.partner, kept.number, kept.state) == ("operator", "OP1", "partly")
        assert (kept.refusals, kept.is_whole) == (1, True)
        assert [each["reference"] for each in kept.verdicts] == [order, sscc(7)]

    def test_is_answered_one_by_one(self, operator, order):
        said = operator.post(despatch("NOBODY", serial=2), despatch(order), delivery(9)).json()
        assert said["interchange"] == "OP1"
        assert [(each["kind"], each["reference"], each["code"]) for each in said["messages"]] == [
            ("despatch", "EXP-2", "unknown-order"),
            ("despatch", "EXP-1", ""),
            ("delivery", sscc(9), "unknown-parcel"),
        ]
        assert Despatch.objects.count() == 1

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            (lambda _order: confirmation("NOBODY"), "unknown-order"),
            (lambda order: confirmation(order, assignment=2), "withdrawn"),
            (lambda order: confirmation(order, units=101), "wrong-lines"),
            (lambda order: despatch(order, units=150), "too-many"),
            (lambda order: despatch(order, lot="L9"), "unknown-lot"),
            (lambda order: despatch(order, assignment=3), "withdrawn"),
            (lambda _order: delivery(5), "unknown-parcel"),
            (lambda order: Withdrawal(reference=order, assignment=1), "unexpected"),
        ],
    )
    def test_that_cannot_be_done_is_refused_and_changes_nothing(self, operator, order, said, code):
        before = counts()
        assert operator.outcomes(said(order)) == [code]
        assert counts() == before
        assert InboxMessage.objects.get().state == "refused"
        assert_books_balance()

    def test_of_an_sscc_seen_elsewhere_is_refused(self, operator, order):
        other = Fulfilment.objects.order_by("-pk").first().order.reference
        assert operator.outcomes(despatch(order), number="A") == ["accepted"]
        again = despatch(other, number="EXP-2")
        assert operator.outcomes(again, number="B") == ["sscc-known"]

    def test_of_a_recalled_lot_is_refused(self, operator, order):
        LotFactory(number="L1").article.lots.update(recalled_at=NOW)
        assert operator.outcomes(despatch(order)) == ["lot-recalled"]

    def test_of_an_expired_lot_is_refused(self, operator, order):
        LotFactory(number="L1").article.lots.update(expires_on=NOW.date() - timedelta(days=1))
        assert operator.outcomes(despatch(order)) == ["lot-expired"]


class TestAWave:
    def test_takes_as_many_queries_whatever_its_size(self, operator, django_assert_max_num_queries):
        orders = released(boxes=[1] * 40, places=[20] * 40, stock=100_000)
        said = [confirmation(order) for order in orders]
        said += [despatch(order, serial=rank, units=50) for rank, order in enumerate(orders)]
        said += [delivery(rank) for rank in range(len(orders))]
        with django_assert_max_num_queries(90):
            assert set(operator.outcomes(*said)) == {"accepted"}
        assert_books_balance()


class TestTheSameInterchange:
    def test_again_is_answered_and_does_nothing(self, operator, order):
        said = [confirmation(order), despatch(order), delivery(), delivery(8)]
        assert operator.outcomes(*said)[:3] == ["accepted"] * 3
        before = counts()
        again = operator.post(*said).json()["messages"]
        assert [each["outcome"] for each in again] == ["duplicate"] * 3 + ["refused"]
        assert counts() == before
        assert InboxMessage.objects.get().times == 2

    def test_under_another_number_does_nothing(self, operator, order):
        said = [confirmation(order), despatch(order), delivery()]
        operator.post(*said)
        before = counts()
        assert operator.outcomes(*said, number="OP2") == ["duplicate"] * 3
        assert counts() == before

    def test_with_another_content_is_refused(self, operator, order):
        operator.post(confirmation(order))
        response = operator.post(despatch(order))
        assert response.status_code == 409
        assert "déjà été reçu" in response.json()["detail"]
        assert counts()["despatches"] == 0

    @pytest.mark.django_db(transaction=True)
    def test_twice_at_once_is_done_once(self, operator, order):
        said = [confirmation(order), despatch(order), delivery()]

        def post(_number):
            try:
                return operator.post(*said)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(6) as pool:
            responses = list(pool.map(post, range(6)))
        assert {response.status_code for response in responses} == {200}
        outcomes = [response.json()["messages"][1]["outcome"] for response in responses]
        assert sorted(outcomes) == ["accepted"] + ["duplicate"] * 5
        assert counts()["despatches"] == 1
        assert InboxMessage.objects.get().times == 6
        assert_books_balance()


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a>'


class TestBadInput:
    @pytest.mark.parametrize(
        ("body", "form", "status", "words"),
        [
            (b"{", reading.JSON, 400, "JSON"),
            (b"\xff\xfe", reading.JSON, 400, "UTF-8"),
            (b"UNB+UNOA:4\xe9'", reading.EANCOM, 400, ""),
            (BOMB, reading.JSON, 400, "JSON"),
            (BOMB, reading.EANCOM, 400, ""),
            (BOMB, "application/xml", 415, "format"),
            (b"x" * 64, "text/plain", 415, "format"),
        ],
    )
    @pytest.mark.usefixtures("order")
    def test_is_kept_with_its_reason_and_changes_nothing(self, operator, body, form, status, words):
        before = counts()
        response = operator.post_bytes(body, form=form)
        assert response.status_code == status
        kept = InboxMessage.objects.get()
        assert (kept.state, kept.number, kept.size) == ("dead", "", len(body))
        assert words in kept.fault
        assert kept.fault
        assert counts() == before

    def test_is_counted_when_it_comes_again(self, operator):
        for _time in range(3):
            operator.post_bytes(b"{")
        assert InboxMessage.objects.get().times == 3
        assert Message.objects.filter(key__startswith="operator-failed").count() == 1

    @pytest.mark.usefixtures("order")
    def test_of_a_wrong_check_digit_is_not_read(self, operator):
        text = json.loads(json_format.write(interchange(delivery())))
        text["messages"][0]["sscc"] = "0" * 17 + "9"
        response = operator.post_bytes(json.dumps(text).encode())
        assert response.status_code == 400
        assert "clé" in InboxMessage.objects.get().fault

    def test_of_100_megabytes_is_not_even_read(self, operator):
        response = Client().generic(
            "POST",
            ADDRESS,
            b"x",
            content_type=reading.JSON,
            headers={"Authorization": f"Bearer {operator.token}", "Content-Length": "100000000"},
        )
        assert response.status_code == 413
        kept = InboxMessage.objects.get()
        assert (kept.size, bytes(kept.body), kept.is_whole) == (100_000_000, b"", False)

    def test_larger_than_what_is_kept_is_cut(self, operator):
        operator.post_bytes(b"[" * 100_000)
        kept = InboxMessage.objects.get()
        assert (kept.size, len(kept.body)) == (100_000, receiving.BYTES_KEPT)

    def test_with_another_key_s_signature_is_kept_as_dead(self, operator, order):
        operator.key = SigningKey.generate()
        response = operator.post(confirmation(order))
        assert response.status_code == 401
        assert "clé annoncée" in response.json()["detail"]
        assert InboxMessage.objects.get().state == "dead"
        assert counts()["answered"] == 0

    def test_with_an_old_signature_is_refused(self, operator, order):
        operator.at = NOW - timedelta(minutes=10)
        assert operator.post(confirmation(order)).status_code == 401

    def test_with_a_body_that_was_changed_is_refused(self, operator, order):
        body = json_format.write(interchange(confirmation(order)))
        digest = operator.post_bytes(body, **{"Content-Digest": "sha-256=:AAAA:"})
        assert digest.status_code == 401
        assert counts()["answered"] == 0

    @pytest.mark.parametrize("values", [{"receiver": "0400000000039"}, {"test": True}])
    def test_that_is_not_for_us_or_a_trial_is_dead(self, operator, order, values):
        assert operator.post(confirmation(order), **values).status_code == 400
        assert counts()["answered"] == 0
        assert InboxMessage.objects.get().state == "dead"

    def test_of_somebody_else_is_dead(self, operator, order):
        response = operator.post(confirmation(order), sender=PORTAL, receiver="0400000000022")
        assert response.status_code == 400

    def test_fills_no_disk(self, operator, monkeypatch):
        monkeypatch.setattr(receiving, "MOST_DEAD_KEPT", 2)
        for number in range(4):
            assert operator.post_bytes(b"{" * (number + 1)).status_code == 400
        assert InboxMessage.objects.count() == 2


class TestWhoeverIsNotTheOperator:
    @pytest.mark.parametrize(
        "authorization", ["", "Bearer", "Bearer x", "Basic x", f"Bearer dl_{'x' * 43}"]
    )
    @pytest.mark.usefixtures("order")
    def test_learns_nothing_and_leaves_nothing(self, operator, authorization):
        body = b"{"
        response = operator.post_bytes(body, Authorization=authorization)
        assert response.status_code == 401
        assert "signature" not in response.content.decode()
        assert not InboxMessage.objects.exists()

    @pytest.mark.parametrize("role", ["spf", "national_cell", "auditor"])
    @pytest.mark.usefixtures("now", "db")
    def test_is_turned_away_in_another_role(self, keys, role):
        stranger = caller(keys, role=role)
        assert stranger.post(confirmation("X")).status_code == 401
        assert not InboxMessage.objects.exists()

    def test_cannot_come_without_a_length(self, operator):
        response = Client().generic(
            "POST", ADDRESS, b"", headers={"Authorization": f"Bearer {operator.token}"}
        )
        assert response.status_code in {411, 415}

    def test_cannot_read(self):
        assert Client().get(ADDRESS).status_code == 405


class TestReplay:
    def test_does_what_was_refused_once_somebody_put_it_right(self, operator, order):
        operator.post(confirmation(order), despatch(order, lot="L2"))
        kept = InboxMessage.objects.get()
        assert kept.state == "partly"
        assert receiving.replay(pk=kept.pk, by="somebody", at=NOW).state == "partly"
        stocked(100, number="L2")
        done = receiving.replay(pk=kept.pk, by="somebody", at=NOW)
        assert (done.state, done.refusals, done.replayed_by) == ("processed", 0, "somebody")
        assert state(order) == "despatched"
        assert_books_balance()

    def test_is_refused_where_nothing_failed(self, operator, order):
        operator.post(confirmation(order))
        with pytest.raises(receiving.NotReplayable):
            receiving.replay(pk=InboxMessage.objects.get().pk, by="x", at=NOW)

    def test_is_refused_where_it_could_not_be_read(self, operator):
        operator.post_bytes(b"{")
        with pytest.raises(receiving.NotReplayable):
            receiving.replay(pk=InboxMessage.objects.get().pk, by="x", at=NOW)


class TestAFailureOfOurs:
    @pytest.mark.django_db(transaction=True)
    def test_is_seen_and_undone_and_the_same_again_is_taken_in(self, operator, order, monkeypatch):
        real = applying.shipping.despatch

        def fail(**_values):
            raise RuntimeError("Panne.")

        said = [confirmation(order), despatch(order)]
        monkeypatch.setattr(applying.shipping, "despatch", fail)
        with pytest.raises(RuntimeError):
            operator.post(*said)
        kept = InboxMessage.objects.get()
        assert (kept.state, kept.number, kept.is_whole) == ("dead", "OP1", True)
        assert counts()["answered"] == 0
        monkeypatch.setattr(applying.shipping, "despatch", real)
        assert operator.outcomes(*said) == ["accepted", "accepted"]
        assert InboxMessage.objects.get().state == "processed"


class TestABusyDatabase:
    def test_is_told_and_nothing_is_kept(self, operator, order, monkeypatch):
        def busy(**_values):
            raise OperationalError("lock timeout")

        monkeypatch.setattr(applying.shipping, "despatch", busy)
        response = operator.post(confirmation(order), despatch(order))
        assert response.status_code == 503
        assert counts()["answered"] == 0
        assert not InboxMessage.objects.exists()


class TestReplayEarly:
    def test_takes_in_a_delivery_that_was_told_before_its_despatch(self, operator, order):
        assert operator.outcomes(delivery(), delivery(9), number="A") == ["unknown-parcel"] * 2
        assert receiving.replay_early(at=NOW) == 0
        operator.post(confirmation(order), despatch(order), number="B")
        assert receiving.replay_early(at=NOW) == 1
        assert state(order) == "delivered"
        assert (kept := InboxMessage.objects.get(number="A")).state == "partly"
        assert [each["outcome"] for each in kept.verdicts] == ["accepted", "refused"]
        assert receiving.replay_early(at=NOW) == 0
        assert_books_balance()

    def test_never_does_a_refused_despatch_again(self, operator, order):
        operator.post(despatch(order, lot="L2"))
        stocked(100, number="L2")
        assert receiving.replay_early(at=NOW) == 0
        assert counts()["despatches"] == 0


class TestPurge:
    def test_deletes_what_is_old_and_needs_nobody(self, operator, order):
        operator.post(confirmation(order), number="A")
        operator.post(delivery(9), number="B")
        operator.post(delivery(8), number="C")
        receiving.close(pk=InboxMessage.objects.get(number="C").pk, by="x", at=NOW)
        assert receiving.purge(at=NOW + timedelta(days=29)) == 0
        assert receiving.purge(at=NOW + timedelta(days=31)) == 2
        assert InboxMessage.objects.get().number == "B"


class TestReplenishment:
    @pytest.mark.usefixtures("order")
    def test_is_asked_once(self, operator):
        assert operator.outcomes(replenishment(), number="A") == ["accepted"]
        assert operator.outcomes(replenishment(), number="B") == ["duplicate"]
        assert operator.outcomes(replenishment("LPR-2"), number="C") == ["transfer-open"]
        assert Transfer.objects.get().reference == "LPR-1"

    @pytest.mark.usefixtures("order")
    def test_of_something_else_than_stock_is_refused(self, operator):
        line = OrderedLine(number=1, family="nothing", units=50, box_units=50)
        strange = replenishment()
        said = content.Order(
            **{
                name: getattr(strange, name)
                for name in ("reference", "assignment", "placed_at", "promised_on", "receiver")
            },
            replenishment=True,
            lines=[line],
        )
        assert operator.outcomes(said) == ["invalid"]


class TestStockReport:
    @pytest.mark.usefixtures("order")
    def test_is_compared_once(self, operator):
        report = StockReport(reference="STK-1", at=NOW, lines=[])
        assert operator.outcomes(report, number="A") == ["accepted"]
        assert operator.outcomes(report, number="B") == ["duplicate"]
