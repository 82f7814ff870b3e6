"""What follows by itself: orders advance, steps grow late, and what the State grants goes through the whole chain."""

from datetime import date, timedelta

import pytest
from django.db import connection

from distrilog.domain.messages.models import Message
from distrilog.domain.orders import services as orders
from distrilog.domain.orders.models import RefusedDemand
from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.models import Clock, Part, Request
from distrilog.domain.shipping import queries as shipping_queries, rules, services as shipping
from distrilog.domain.shipping.models import Fulfilment
from distrilog.domain.shipping.services import Stated
from distrilog.domain.stock import queries as stock, services as ledger
from distrilog.domain.stock.models import Lot
from distrilog.domain.stock.rules import Status
from distrilog.domain.stock.services import Counted
from tests.domain.resupply.world import (
    AT,
    CELL,
    KEEPER,
    LATER,
    MASK,
    ars,
    ask,
    assert_books_balance,
    choice,
    choose,
    furnish,
    home,
    lender,
    offered,
    parts,
    states,
)
from tests.factories import orderer, stocked


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _furnished():
    furnish()


@pytest.fixture
def needy():
    return home()


@pytest.fixture
def granted(needy):
    """Return the reference of a request for 100 masks that the State granted and SPF was given."""
    stocked(500, place="spf")
    reference = ask(needy)
    choose(needy, reference, choice(reference, "state", 100))
    services.validate(actor=CELL, part_id=parts(reference)[0].pk, accept=True, at=AT)
    shipping.hand_over(at=AT)
    return reference


def leave(*, at=AT):
    """Have SPF prepare what it can; return the outcomes."""
    return [one.outcome for one in shipping.prepare_wave(place="spf", by="spf", at=at)]


def lose(number, *, left=0, place="spf"):
    """Find so many units left of a lot."""
    ledger.count(
        actor=KEEPER, place=place, reason="Incendie", key=f"fire {place}", at=AT,
        counted=[Counted(lot=Lot.objects.get(number=number).pk, status=Status.AVAILABLE, units=left)],
    )  # fmt: skip


def despatch_of(reference):
    """Return the only despatch of the order of a request."""
    return Fulfilment.objects.get(order__resupply_parts__line__request__reference=reference)


class TestFollowOrders:
    def test_takes_a_granted_part_from_the_order_to_the_receipt(self, needy, granted):
        assert services.follow_orders(at=AT) == 0
        assert leave() == ["accepted"]
        assert services.follow_orders(at=LATER) == 1
        assert services.follow_orders(at=LATER) == 0
        assert states(granted) == ["sent"]
        [sent] = despatch_of(granted).despatches.all()
        shipping.receive(actor=orderer(needy), despatch=sent.reference, at=LATER)
        services.follow_orders(at=LATER)
        assert Request.objects.get(reference=granted).state == "closed"
        assert stock.pending(keys=["resupply:spf:surgical_mask"]) == {
            "resupply:spf:surgical_mask": 0
        }
        assert_books_balance()

    def test_counts_what_is_disputed_as_arrived(self, needy, granted):
        leave()
        [sent] = despatch_of(granted).despatches.all()
        content = sent.parcels.get().contents.get()
        missing = Stated(kind=rules.Difference.MISSING, family=MASK, units=20, content=content.pk)
        shipping.receive(actor=orderer(needy), despatch=sent.reference, stated=[missing], at=LATER)
        services.follow_orders(at=LATER)
        assert states(granted) == ["received"]
        assert_books_balance()

    def test_returns_to_the_agency_what_the_stock_cannot_give(self, needy, granted):
        lose("L1", left=40)
        order = despatch_of(granted)
        [verdict] = shipping.answer(
            answers=[
                rules.Answer(order=order.order.reference, assignment=1, units={1: 0}, reason="Vide")
            ],
            place="spf", by="spf", at=AT,
        )  # fmt: skip
        assert verdict.outcome == "accepted"
        services.follow_orders(at=LATER)
        assert states(granted) == ["cancelled"]
        assert stock.available().get(("spf", MASK), 0) == 40
        # The request itself is the demand: nothing is kept for a run that gave no quota.
        assert not RefusedDemand.objects.exists()
        found = queries.request(reference=granted, actor=ars(needy), at=LATER)
        assert [clock.step for clock in found.clocks if clock.done_at is None] == ["decide"]
        assert "l’ARS cherche" in order.lines.get().short_reason
        assert_books_balance()

    def test_follows_a_lost_parcel(self, granted):
        leave()
        [sent] = despatch_of(granted).despatches.all()
        shipping.report(
            news=[
                rules.News(
                    sscc=sent.parcels.get().sscc, state=rules.ParcelState.RETURNED, at=LATER
                )
            ],
            place="spf", by="spf", at=LATER,
        )  # fmt: skip
        services.follow_orders(at=LATER)
        assert states(granted) == ["cancelled"]
        assert_books_balance()


class TestGrantedOrders:
    def test_stay_at_spf_when_the_operator_is_away(self, granted):
        outage = shipping.declare_outage(actor=CELL, partner="operator", reason="Grève.", at=AT)
        shipping.reroute(at=AT)
        shipping.end_outage(actor=CELL, outage_id=outage.pk, at=AT)
        shipping.reroute(at=LATER)
        assert (despatch_of(granted).place_id, despatch_of(granted).assignment) == ("spf", 1)
        assert_books_balance()

    def test_take_their_promise_along_when_they_move(self, granted):
        stocked(100, number="L9")
        order = despatch_of(granted)
        orders.redirect(
            unshipped={order.pk: {MASK: 100}}, target="operator", key="by hand",
            reason="Essai", by="test", at=AT,
        )  # fmt: skip
        Fulfilment.objects.filter(pk=order.pk).update(place="operator")
        pending = stock.pending(
            keys=["resupply:spf:surgical_mask", "resupply:operator:surgical_mask"]
        )
        assert pending == {"resupply:spf:surgical_mask": 0, "resupply:operator:surgical_mask": 100}
        assert_books_balance()

    @pytest.mark.usefixtures("granted")
    def test_wait_for_a_lot_when_theirs_is_recalled(self):
        lot = Lot.objects.get(number="L1")
        shipping.recall_lot(actor=CELL, lot=lot.pk, reason="Défaut", instruction="Isoler", at=AT)
        assert leave() == []
        stocked(500, place="spf", number="L2")
        assert leave(at=LATER) == ["accepted"]
        assert_books_balance()

    def test_are_missed_where_their_promise_is_gone(self, granted):
        assert shipping_queries.broken_promises() == []
        with connection.cursor() as cursor:
            cursor.execute("UPDATE orders_line SET withdrawn = 50")
            cursor.execute("UPDATE shipping_fulfilmentline SET withdrawn = 50")
        [found] = shipping_queries.broken_promises()
        assert (found.what, found.in_books, found.by_entries) == (
            "réservé pour les dépannages spf surgical_mask", 100, 50,
        )  # fmt: skip
        assert granted

    def test_are_missed_without_their_request(self, granted):
        Part.objects.filter(line__request__reference=granted).update(order=None)
        [found] = queries.discrepancies()
        assert found.what.startswith("commande de dépannage sans demande")


class TestEscalate:
    def test_tells_the_national_cell_of_an_agency_that_is_late(self, needy):
        reference = ask(needy)
        assert services.escalate(at=AT + timedelta(hours=24)) == 0
        assert services.escalate(at=AT + timedelta(hours=25)) == 1
        assert services.escalate(at=AT + timedelta(hours=26)) == 0
        clock = Clock.objects.get(request__reference=reference)
        told = Message.objects.get(key=f"resupply-late:{clock.pk}")
        assert (told.roles, told.regions) == (["national_cell", "national_duty"], [])
        found = queries.request(reference=reference, actor=ars(needy), at=AT + timedelta(hours=25))
        assert found.late

    def test_tells_the_agency_of_a_giver_that_is_late(self, needy):
        part = offered(needy, lender(surplus=200))
        reference = part.line.request.reference
        choose(needy, reference, choice(reference, "neighbour", 100, part_id=part.pk))
        services.escalate(at=AT + timedelta(days=2))
        told = Message.objects.get(key__startswith="resupply-late:")
        assert (told.roles, told.regions) == (["ars"], ["11"])
        assert states(reference) == ["chosen"]

    def test_lets_go_of_a_neighbour_that_does_not_answer_and_asks_the_next(self, needy):
        lender(surplus=200, north=1)
        other = lender(surplus=200, north=2)
        reference = ask(needy)
        services.propose(at=AT)
        late = AT + timedelta(hours=13)
        services.escalate(at=late)
        services.propose(at=late)
        assert states(reference) == ["cancelled", "proposed"]
        assert parts(reference)[1].lender_id == other.pk

    def test_leaves_alone_what_ended(self, needy):
        reference = ask(needy)
        services.refuse(actor=ars(needy), reference=reference, reason="Non.", at=AT)
        assert services.escalate(at=AT + timedelta(days=9)) == 0


class TestProcedureDate:
    @pytest.mark.parametrize(
        ("day", "validated"), [(date(2020, 10, 7), False), (date(2020, 10, 8), True)]
    )
    def test_is_that_of_the_clocks_of_paris(self, needy, day, validated):
        at = AT.replace(month=day.month, day=day.day, hour=21, minute=30)
        found = queries.request(reference=ask(needy, at=at), actor=ars(needy), at=at)
        assert found.validated is validated
        late = ask(home(north=2), at=at + timedelta(hours=1))
        expected = found.validated or day == date(2020, 10, 7)
        assert queries.request(reference=late, actor=ars(needy), at=at).validated is expected
