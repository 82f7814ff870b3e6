"""From the request to the receipt, by each source; what is refused, and that the books agree."""

import pytest

from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.models import Loan, Request
from distrilog.domain.shipping import services as shipping
from distrilog.domain.stock import queries as stock
from tests.domain.resupply.world import (
    AT,
    CELL,
    LATER,
    MASK,
    ars,
    ask,
    assert_books_balance,
    choice,
    choose,
    department,
    furnish,
    home,
    lender,
    lent,
    parts,
    states,
)
from tests.factories import orderer, stocked


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _furnished():
    furnish()


class TestFromANeighbour:
    def test_brings_what_it_offered_to_who_asked(self):
        needy, giver = home(), lender(surplus=200)
        part = lent(needy, giver)
        reference = part.line.request.reference
        services.receive(actor=orderer(needy), part_id=part.pk, units=100, at=LATER)
        found = queries.request(reference=reference, actor=ars(needy), at=LATER)
        assert (found.state, states(reference)) == ("closed", ["received"])
        assert not any(clock.done_at is None for clock in found.clocks)
        loan = Loan.objects.get(part=part)
        services.give_back(actor=orderer(needy), loan=loan.reference, units=60, at=LATER)
        services.give_back(
            actor=orderer(giver), loan=loan.reference, units=40, as_gift=True, at=LATER
        )
        loan.refresh_from_db()
        assert (loan.owed, loan.settled_at) == (0, LATER)
        assert_books_balance()


class TestFromTheState:
    def test_ships_what_the_crisis_centre_validated(self):
        needy = home()
        stocked(1000, place="spf")
        reference = ask(needy)
        choose(needy, reference, choice(reference, "state", 100))
        assert states(reference) == ["to_validate"]
        [waiting] = queries.waiting_for_validation(at=AT)
        assert waiting.stock == 1000
        services.validate(actor=CELL, part_id=waiting.part.id, accept=True, at=AT)
        assert_books_balance()
        shipping.hand_over(at=AT)
        assert [v.outcome for v in shipping.prepare_wave(place="spf", by="spf", at=AT)] == [
            "accepted"
        ]
        services.follow_orders(at=LATER)
        assert states(reference) == ["sent"]
        assert_books_balance()


class TestFromADepartment:
    def test_takes_from_its_store(self):
        needy, store = home(), department()
        stocked(300, place=store)
        reference = ask(needy)
        choose(needy, reference, choice(reference, "department", 100, place=store))
        assert stock.available()[store, MASK] == 200
        [part] = parts(reference)
        services.hand_over(actor=ars(needy), part_id=part.pk, units=100, at=AT)
        services.receive(actor=orderer(needy), part_id=part.pk, units=100, at=AT)
        assert Request.objects.get(reference=reference).state == "closed"
        assert stock.balances()["door", MASK, "delivered"] == 100
        assert_books_balance()
