"""Units change hands: what the ledger says, which lot, what is missing, what comes back."""

from datetime import date, timedelta

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.messages.models import Message
from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.models import Loan, Part, Request
from distrilog.domain.resupply.services import BelowFloor, NotNow
from distrilog.domain.shipping import services as shipping
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Entry, Lot
from distrilog.domain.stock.services import LotRecalled, NotEnoughStock
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.domain.resupply.world import (
    AT,
    CELL,
    GOWN,
    LATER,
    MASK,
    ars,
    ask,
    assert_books_balance,
    choice,
    choose,
    declared,
    department,
    furnish,
    home,
    lender,
    lent,
    offered,
    parts,
    states,
)
from tests.factories import actor, gtin_of, orderer, stocked


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _furnished():
    furnish()


@pytest.fixture
def needy():
    return home()


def chosen(needy, giver, units=100, **values):
    """Bring a request to the point where the giver is to hand over; return the part."""
    part = offered(needy, giver, units, **values)
    reference = part.line.request.reference
    choose(needy, reference, choice(reference, "neighbour", units, part_id=part.pk))
    return part


def supplied(facility, units, *, number="L1"):
    """Have the State bring masks of a lot to a facility, from the store of its department to its door."""
    store = department()
    stocked(units, place=store, number=number)
    reference = ask(facility, units)
    choose(facility, reference, choice(reference, "department", units, place=store))
    [part] = parts(reference)
    services.hand_over(actor=ars(facility), part_id=part.pk, units=units, at=AT)
    services.receive(actor=orderer(facility), part_id=part.pk, units=units, at=AT)


def held(place, *, owner="state", status="delivered"):
    """Return the masks at a place."""
    return stock.balances(owner=owner).get((place, MASK, status), 0)


class TestHandOver:
    def test_lends_from_the_door_what_the_books_brought_there(self, needy):
        giver = lender(surplus=200)
        supplied(giver, 150)
        lent(needy, giver, lot="L1")
        assert (held("door"), held("loan")) == (50, 100)
        assert_books_balance()

    def test_lends_nobody_elses_units(self, needy):
        supplied(home(north=5), 500)
        lent(needy, lender(surplus=200), lot="L1")
        assert (held("door"), held("loan"), held("loan", owner="facilities")) == (500, 0, 100)
        assert_books_balance()

    def test_lends_from_outside_what_the_books_do_not_know(self, needy):
        part = lent(needy, lender(surplus=200))
        loan = Loan.objects.get(part=part)
        assert (loan.lot.number, loan.handed) == ("INCONNU", 100)
        assert held("loan", owner="facilities") == 100
        assert_books_balance()

    def test_keeps_the_number_that_was_read(self, needy):
        part = lent(needy, lender(surplus=200), lot="X-17")
        lot = Loan.objects.get(part=part).lot
        assert (lot.number, lot.article_id) == ("X-17", gtin_of(MASK))

    @pytest.mark.parametrize(
        ("values", "where"),
        [
            ({"gtin": gtin_of(GOWN)}, "gtin"),
            ({"lot": "x" * 21}, "lots.0.number"),
            ({"units": 0}, "units"),
            ({"units": 101}, "units"),
            ({"units": 1.5}, "units"),
        ],
    )
    def test_is_refused_where_it_makes_no_sense(self, needy, values, where):
        giver = lender(surplus=200)
        part = chosen(needy, giver)
        with pytest.raises(Invalid) as caught:
            services.hand_over(
                **{"actor": orderer(giver), "part_id": part.pk, "units": 100, "at": AT, **values}
            )
        assert [fault.where for fault in caught.value.faults] == [where]
        assert not Entry.objects.exists()

    def test_lends_no_recalled_lot(self, needy):
        giver = lender(surplus=200)
        part = chosen(needy, giver)
        lot = stocked(50, number="BAD")
        shipping.recall_lot(actor=CELL, lot=lot.pk, reason="Défaut", instruction="Isoler", at=AT)
        with pytest.raises(LotRecalled, match="BAD est rappelé"):
            services.hand_over(actor=orderer(giver), part_id=part.pk, units=100, lot="BAD", at=AT)

    def test_looks_at_the_floor_once_more(self, needy):
        giver = lender(surplus=200)
        part = chosen(needy, giver)
        declared(giver, stock=350, at=AT)
        with pytest.raises(BelowFloor, match="50 peuvent être prêtées"):
            services.hand_over(actor=orderer(giver), part_id=part.pk, units=100, at=LATER)
        services.hand_over(actor=orderer(giver), part_id=part.pk, units=50, at=LATER)
        found = queries.request(reference=part.line.request.reference, actor=ars(needy), at=LATER)
        assert found.lines[0].left == 50
        assert "decide" in {clock.step for clock in found.clocks if clock.done_at is None}
        assert_books_balance()

    def test_pressed_twice_is_once(self, needy):
        giver = lender(surplus=200)
        part = lent(needy, giver)
        services.hand_over(actor=orderer(giver), part_id=part.pk, units=100, at=LATER)
        assert Entry.objects.count() == 1
        with pytest.raises(NotNow, match="déjà « envoyé »"):
            services.hand_over(actor=orderer(giver), part_id=part.pk, units=50, at=LATER)

    def test_waits_for_the_agency(self, needy):
        giver = lender(surplus=200)
        part = offered(needy, giver)
        with pytest.raises(NotNow, match="déjà « offert »"):
            services.hand_over(actor=orderer(giver), part_id=part.pk, units=100, at=LATER)

    def test_is_the_givers(self, needy):
        part = chosen(needy, lender(surplus=200))
        for stranger in (orderer(needy), ars(needy), orderer(home(north=3))):
            with pytest.raises(NotFound):
                services.hand_over(actor=stranger, part_id=part.pk, units=100, at=AT)
        with pytest.raises(Forbidden):
            services.hand_over(actor=CELL, part_id=part.pk, units=100, at=AT)

    def test_starts_the_clock_of_the_receipt(self, needy):
        part = lent(needy, lender(surplus=200))
        [task] = queries.to_receive(actor=orderer(needy), at=AT)
        assert (task.part.id, task.clock.step) == (part.pk, "receive")
        assert Message.objects.filter(key=f"resupply-sent:{part.pk}").exists()


class TestHandOverFromADepartment:
    @pytest.fixture
    def part(self, needy):
        store = department()
        stocked(60, place=store, number="SOON", expires_on=date(2020, 12, 20))
        stocked(60, place=store, number="LATE")
        reference = ask(needy)
        choose(needy, reference, choice(reference, "department", 100, place=store))
        return parts(reference)[0]

    def test_takes_what_expires_first_first(self, part):
        delegation = actor(Role.DELEGATION, scope=Scope(kind=ScopeKind.DEPARTMENT, code="75"))
        assert [t.part.id for t in queries.to_hand_over(actor=delegation, at=AT)] == [part.pk]
        services.hand_over(actor=delegation, part_id=part.pk, units=100, at=AT)
        taken = Entry.objects.filter(kind="issue").order_by("lot__expires_on")
        assert list(taken.values_list("lot__number", "units")) == [("SOON", 60), ("LATE", 40)]
        assert_books_balance()

    def test_gives_back_what_it_keeps(self, needy, part):
        services.hand_over(actor=ars(needy), part_id=part.pk, units=70, at=AT)
        assert stock.available()["dep-75", MASK] == 50
        assert_books_balance()

    def test_hands_out_nothing_in_its_last_days(self, part):
        with pytest.raises(NotEnoughStock, match="60 utilisables"):
            services.hand_over(
                actor=ars(part.line.request.facility),
                part_id=part.pk,
                units=100,
                at=AT + timedelta(days=40),
            )

    def test_is_for_whoever_keeps_the_store(self, needy, part):
        other = actor(Role.DELEGATION, scope=Scope(kind=ScopeKind.DEPARTMENT, code="31"))
        with pytest.raises(NotFound):
            services.hand_over(actor=other, part_id=part.pk, units=100, at=AT)
        with pytest.raises(NotFound):
            services.hand_over(actor=orderer(needy), part_id=part.pk, units=100, at=AT)

    def test_writes_off_what_does_not_arrive(self, needy, part):
        services.hand_over(actor=ars(needy), part_id=part.pk, units=100, at=AT)
        services.receive(actor=orderer(needy), part_id=part.pk, units=30, at=LATER)
        assert held("door") == 30
        assert_books_balance()


class TestReceive:
    def test_writes_off_what_is_missing(self, needy):
        part = lent(needy, lender(surplus=200))
        for _ in range(2):
            services.receive(actor=orderer(needy), part_id=part.pk, units=80, at=LATER)
        loan = Loan.objects.get(part=part)
        assert (loan.received, loan.owed, held("loan", owner="facilities")) == (80, 80, 80)
        found = queries.request(reference=part.line.request.reference, actor=ars(needy), at=LATER)
        assert (found.state, found.lines[0].left) == ("under_way", 20)
        assert_books_balance()

    def test_may_be_of_nothing_at_all(self, needy):
        part = lent(needy, lender(surplus=200))
        for _ in range(2):
            services.receive(actor=orderer(needy), part_id=part.pk, units=0, at=LATER)
        loan = Loan.objects.get(part=part)
        assert (states(part.line.request.reference), loan.settled_at) == (["cancelled"], LATER)
        assert_books_balance()

    def test_makes_a_gift_the_receivers(self, needy):
        giver = lender(surplus=200)
        supplied(giver, 150)
        part = lent(needy, giver, lot="L1", terms="gift")
        services.receive(actor=orderer(needy), part_id=part.pk, units=100, at=LATER)
        loan = Loan.objects.get(part=part)
        assert (loan.given, loan.owed, loan.settled_at) == (100, 0, LATER)
        assert (held("door"), held("loan")) == (150, 0)
        assert_books_balance()

    @pytest.mark.parametrize("units", [-1, 101, 2.5])
    def test_is_of_no_more_than_was_handed_over(self, needy, units):
        part = lent(needy, lender(surplus=200))
        with pytest.raises(Invalid):
            services.receive(actor=orderer(needy), part_id=part.pk, units=units, at=LATER)

    def test_cannot_be_said_twice_otherwise(self, needy):
        part = lent(needy, lender(surplus=200))
        services.receive(actor=orderer(needy), part_id=part.pk, units=80, at=LATER)
        with pytest.raises(NotNow):
            services.receive(actor=orderer(needy), part_id=part.pk, units=70, at=LATER)

    def test_is_for_who_asked_once_it_left(self, needy):
        giver = lender(surplus=200)
        part = chosen(needy, giver)
        with pytest.raises(NotFound):
            services.receive(actor=orderer(giver), part_id=part.pk, units=100, at=AT)
        with pytest.raises(NotNow):
            services.receive(actor=orderer(needy), part_id=part.pk, units=100, at=AT)


class TestGiveBack:
    @pytest.fixture
    def sides(self, needy):
        giver = lender(surplus=200)
        supplied(giver, 150)
        part = lent(needy, giver, lot="L1")
        services.receive(actor=orderer(needy), part_id=part.pk, units=100, at=AT)
        return orderer(needy), orderer(giver), Loan.objects.get(part=part).reference

    def test_brings_units_back_to_the_door(self, sides):
        borrower, giver, loan = sides
        services.give_back(actor=borrower, loan=loan, units=60, at=LATER)
        services.give_back(actor=giver, loan=loan, units=40, at=LATER)
        assert (held("door"), held("loan")) == (150, 0)
        [found] = queries.loans(scope=borrower.scope)
        assert (found.returned, found.owed, found.settled_at) == (100, 0, LATER)
        assert_books_balance()

    def test_under_its_key_is_once(self, sides):
        borrower, _giver, loan = sides
        for _ in range(2):
            services.give_back(actor=borrower, loan=loan, units=50, key="form 1", at=LATER)
        [found] = queries.loans(scope=borrower.scope)
        assert found.owed == 50
        assert_books_balance()

    def test_becomes_a_gift_by_the_givers_word_alone(self, sides):
        borrower, giver, loan = sides
        with pytest.raises(Forbidden):
            services.give_back(actor=borrower, loan=loan, units=50, as_gift=True, at=LATER)
        services.give_back(actor=giver, loan=loan, units=50, as_gift=True, at=LATER)
        [found] = queries.loans(scope=giver.scope)
        assert (found.given, found.owed) == (50, 50)
        assert_books_balance()

    @pytest.mark.parametrize("units", [0, 101, -5, 1.5])
    def test_is_of_no_more_than_is_owed(self, sides, units):
        borrower, _giver, loan = sides
        with pytest.raises(Invalid):
            services.give_back(actor=borrower, loan=loan, units=units, at=LATER)

    def test_concerns_both_sides_and_nobody_else(self, sides):
        _borrower, _giver, loan = sides
        with pytest.raises(NotFound):
            services.give_back(actor=orderer(home(north=4)), loan=loan, units=10, at=LATER)

    def test_waits_for_the_receipt(self, needy):
        giver = lender(surplus=200)
        part = lent(needy, giver)
        loan = Loan.objects.get(part=part).reference
        with pytest.raises(NotNow, match="pas encore été reçu"):
            services.give_back(actor=orderer(needy), loan=loan, units=10, at=LATER)

    def test_goes_back_outside_where_it_came_from(self, needy):
        giver = lender(surplus=200)
        part = lent(needy, giver)
        services.receive(actor=orderer(needy), part_id=part.pk, units=100, at=AT)
        loan = Loan.objects.get(part=part).reference
        services.give_back(actor=orderer(needy), loan=loan, units=70, at=LATER)
        services.give_back(actor=orderer(giver), loan=loan, units=30, as_gift=True, at=LATER)
        assert held("loan", owner="facilities") == 0
        assert held("door", owner="facilities") == 30
        assert_books_balance()


class TestRecall:
    def test_finds_and_tells_who_borrowed_the_lot(self, needy):
        giver = lender(surplus=200)
        supplied(giver, 150)
        part = lent(needy, giver, lot="L1")
        lot = Lot.objects.get(number="L1")
        [found] = queries.borrowers_of(lot=lot.pk)
        assert (found.facility, found.lender, found.units) == (
            needy.registry, giver.registry, 100,
        )  # fmt: skip
        shipping.recall_lot(actor=CELL, lot=lot.pk, reason="Défaut", instruction="Isoler", at=AT)
        assert services.warn_borrowers(at=LATER) == 1
        assert services.warn_borrowers(at=LATER) == 0
        told = Message.objects.get(key__startswith="recall-loan:")
        assert (told.official, told.facility_ids) == (True, [needy.pk])
        services.receive(actor=orderer(needy), part_id=part.pk, units=100, at=LATER)
        loan = Loan.objects.get(part=part).reference
        services.give_back(actor=orderer(needy), loan=loan, units=100, at=LATER)
        assert queries.borrowers_of(lot=lot.pk) == []
        assert_books_balance()

    def test_of_a_department_store_frees_its_agency_to_choose_again(self, needy):
        store = department()
        lot = stocked(100, place=store)
        reference = ask(needy)
        choose(needy, reference, choice(reference, "department", 100, place=store))
        shipping.recall_lot(actor=CELL, lot=lot.pk, reason="Défaut", instruction="Isoler", at=AT)
        [part] = parts(reference)
        with pytest.raises(NotEnoughStock):
            services.hand_over(actor=ars(needy), part_id=part.pk, units=100, at=AT)
        services.cancel_part(actor=ars(needy), part_id=part.pk, reason="Rappel.", at=AT)
        assert Request.objects.get(reference=reference).state == "under_way"
        assert Part.objects.get(pk=part.pk).state == "cancelled"
        assert_books_balance()
