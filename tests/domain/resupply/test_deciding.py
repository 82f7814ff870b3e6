"""The agency decides, the crisis centre validates: what is refused, what each source does, and that twice is once."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from distrilog.domain.accounts.rules import Role, SameSigner
from distrilog.domain.messages.models import Message
from distrilog.domain.orders import queries as order_queries, services as orders
from distrilog.domain.orders.models import Order, RefusedDemand
from distrilog.domain.orders.rules import QuotaExceeded, TooLate
from distrilog.domain.quotas.models import Pot
from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.models import Part, Request
from distrilog.domain.resupply.services import BelowFloor, Choice, NotNow, TooMuch
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.services import NotEnoughStock
from distrilog.kernel.refusals import Invalid, NotFound
from tests.domain.orders.world import build
from tests.domain.resupply.world import (
    AT,
    BEFORE_OCTOBER,
    CELL,
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
    line_of,
    offered,
    parts,
    states,
)
from tests.factories import PlaceFactory, actor, agency, orderer, stocked


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _furnished():
    furnish()


@pytest.fixture
def needy():
    return home()


def running(reference, facility, *, at=LATER):
    """Return the steps that somebody has to take."""
    found = queries.request(reference=reference, actor=ars(facility), at=at)
    return sorted(clock.step for clock in found.clocks if clock.done_at is None)


class TestDecide:
    def test_may_take_from_several_sources(self, needy):
        giver, store = lender(surplus=100), department()
        stocked(100, place=store)
        part = offered(needy, giver, 100, reference=ask(needy, 300))
        reference = part.line.request.reference
        choose(
            needy, reference,
            choice(reference, "neighbour", 100, part_id=part.pk),
            choice(reference, "department", 100, place=store),
            choice(reference, "state", 100),
            answer="Trois sources.",
        )  # fmt: skip
        assert states(reference) == ["chosen", "chosen", "to_validate"]
        assert running(reference, needy) == ["send", "send", "validate"]
        assert queries.request(reference=reference, actor=orderer(needy), at=AT).answer == (
            "Trois sources."
        )
        assert_books_balance()

    def test_lets_go_of_offers_nobody_needs_any_more(self, needy):
        giver = lender(surplus=200)
        part = offered(needy, giver)
        reference = part.line.request.reference
        choose(needy, reference, choice(reference, "state", 100))
        assert states(reference) == ["cancelled", "to_validate"]
        assert Message.objects.filter(key=f"resupply-free:{part.pk}").exists()

    def test_keeps_the_rest_to_be_decided(self, needy):
        reference = ask(needy, 200)
        choose(needy, reference, choice(reference, "state", 100))
        assert running(reference, needy) == ["decide", "validate"]
        choose(needy, reference, choice(reference, "state", 100))
        assert states(reference) == ["to_validate", "to_validate"]
        assert running(reference, needy) == ["validate", "validate"]

    def test_pressed_twice_is_once(self, needy):
        giver = lender(surplus=100)
        part = offered(needy, giver, 100, reference=ask(needy, 200))
        reference = part.line.request.reference
        choices = (
            choice(reference, "neighbour", 100, part_id=part.pk),
            choice(reference, "state", 100),
        )
        for _ in range(2):
            choose(needy, reference, *choices)
        assert states(reference) == ["chosen", "to_validate"]

    def test_takes_nothing_without_the_givers_yes(self, needy):
        lender(surplus=200)
        reference = ask(needy)
        services.propose(at=AT)
        [part] = parts(reference)
        with pytest.raises(Invalid, match="n’a pas dit oui"):
            choose(needy, reference, choice(reference, "neighbour", 100, part_id=part.pk))

    def test_looks_at_the_givers_floor_again(self, needy):
        giver = lender(surplus=200)
        part = offered(needy, giver)
        declared(giver, stock=320, at=AT)
        reference = part.line.request.reference
        with pytest.raises(BelowFloor):
            choose(needy, reference, choice(reference, "neighbour", 100, part_id=part.pk))
        assert states(reference) == ["offered"]

    def test_grants_no_more_than_is_asked(self, needy):
        reference = ask(needy, 200)
        choose(needy, reference, choice(reference, "state", 150))
        with pytest.raises(TooMuch, match="100 unités accordées, 50 restent"):
            choose(needy, reference, choice(reference, "state", 100))

    def test_is_refused_for_all_that_is_wrong_at_once(self, needy):
        part = offered(needy, lender(surplus=200), 50)
        reference, line = part.line.request.reference, line_of(part.line.request.reference).pk
        other = offered(home(north=0.5), lender(surplus=200, north=0.6))
        far = department("974")
        wrong = (
            Choice(kind="neighbour", line=line, units=100, part_id=part.pk),
            Choice(kind="neighbour", line=line, units=50, part_id=other.pk),
            Choice(kind="department", line=line, units=50, place="spf"),
            Choice(kind="department", line=line, units=50, place=far.replace("974", "31")),
            Choice(kind="wish", line=line, units=50),
            Choice(kind="state", line=line, units=25),
            Choice(kind="state", line=0, units=50),
        )
        with pytest.raises(Invalid) as caught:
            choose(needy, reference, *wrong)
        assert [fault.where for fault in caught.value.faults] == [
            "choices.0.units", "choices.1.part_id", "choices.2.place", "choices.3.place",
            "choices.4.kind", "choices.5.units", "choices.6.line",
        ]  # fmt: skip
        with pytest.raises(Invalid, match="Aucune source choisie"):
            choose(needy, reference)

    def test_is_for_the_agency_of_the_facility(self, needy):
        reference = ask(needy)
        with pytest.raises(NotFound):
            services.decide(
                actor=ars(home(at_sea=True)), reference=reference,
                choices=[choice(reference, "state", 100)], at=AT,
            )  # fmt: skip

    def test_has_nothing_to_say_of_what_ended(self, needy):
        reference = ask(needy)
        services.withdraw_request(actor=orderer(needy), reference=reference, at=AT)
        with pytest.raises(NotNow, match="retirée"):
            choose(needy, reference, choice(reference, "state", 100))

    def test_writes_nothing_where_a_store_has_too_little(self, needy):
        store = department()
        stocked(50, place=store)
        reference = ask(needy)
        with pytest.raises(NotEnoughStock):
            choose(needy, reference, choice(reference, "department", 100, place=store))
        assert states(reference) == []
        assert Request.objects.get(reference=reference).state == "asked"
        assert_books_balance()


class TestDecideBeforeOctober:
    def test_has_the_state_ship_at_once(self, needy):
        stocked(500, place="spf")
        reference = ask(needy, at=BEFORE_OCTOBER)
        choose(needy, reference, choice(reference, "state", 100), at=BEFORE_OCTOBER)
        [part] = parts(reference)
        assert (part.state, part.order.charge, part.order.source) == ("chosen", "resupply", "spf")
        assert_books_balance()

    def test_knows_no_other_source(self, needy):
        reference = ask(needy, at=BEFORE_OCTOBER)
        for kind in ("neighbour", "department", "pot"):
            with pytest.raises(Invalid, match="ne connaît pas cette source"):
                choose(needy, reference, choice(reference, kind, 100), at=BEFORE_OCTOBER)

    def test_still_holds_for_a_request_of_its_time(self, needy):
        stocked(500, place="spf")
        reference = ask(needy, at=BEFORE_OCTOBER)
        choose(needy, reference, choice(reference, "state", 100), at=AT)
        assert states(reference) == ["chosen"]


class TestDecideFromThePot:
    @pytest.fixture
    def world(self):
        return build()

    def test_places_one_order_for_all_the_lines(self, world):
        reference = ask(world.home)
        for _ in range(2):
            choose(world.home, reference, choice(reference, "pot", 100))
        [part] = parts(reference)
        assert (part.state, part.order.charge) == ("chosen", "pot")
        assert Pot.objects.get(family=MASK).ordered == 100
        assert Order.objects.count() == 1
        assert order_queries.discrepancies() == []

    def test_shows_and_keeps_what_the_pot_refuses(self, world):
        Pot.objects.update(cap=50)
        reference = ask(world.home)
        with pytest.raises(QuotaExceeded):
            choose(world.home, reference, choice(reference, "pot", 100))
        assert states(reference) == []
        assert RefusedDemand.objects.get().units_asked == 100
        assert Request.objects.get(reference=reference).state == "asked"

    def test_may_be_tried_again_after_its_order_was_cancelled(self, world):
        reference = ask(world.home)
        choose(world.home, reference, choice(reference, "pot", 100))
        [part] = parts(reference)
        orders.cancel(actor=ars(world.home), reference=part.order.reference, at=AT)
        services.follow_orders(at=AT)
        assert states(reference) == ["cancelled"]
        assert running(reference, world.home) == ["decide"]
        choose(world.home, reference, choice(reference, "pot", 100))
        assert states(reference) == ["cancelled", "chosen"]
        assert Pot.objects.get(family=MASK).ordered == 100

    def test_is_undone_with_the_rest_of_a_decision(self, world):
        store = department()
        reference = ask(world.home, 200)
        with pytest.raises(NotEnoughStock):
            choose(
                world.home, reference,
                choice(reference, "pot", 100), choice(reference, "department", 100, place=store),
            )  # fmt: skip
        assert not Order.objects.exists()
        assert Pot.objects.get(family=MASK).ordered == 0


class TestValidate:
    @pytest.fixture
    def waiting(self, needy):
        reference = ask(needy, 200)
        choose(needy, reference, choice(reference, "state", 200))
        return parts(reference)[0]

    def test_makes_one_order_at_once_whatever_the_windows(self, needy, waiting):
        stocked(500, place="spf")
        for _ in range(2):
            services.validate(actor=CELL, part_id=waiting.pk, accept=True, at=LATER)
        order = Order.objects.get()
        assert (order.status, order.charge, order.route, order.source) == (
            "released", "resupply", "spf", "spf",
        )  # fmt: skip
        assert (order.week, order.promised_on, order.facility) == (
            "2020-W45", date(2020, 11, 7), needy,
        )  # fmt: skip
        [line] = order.lines.all()
        assert (line.family_id, line.units, line.amount_cents) == (MASK, 200, 0)
        assert stock.pending(keys=["resupply:spf:surgical_mask"]) == {
            "resupply:spf:surgical_mask": 200
        }
        assert_books_balance()

    def test_may_give_less_and_leaves_the_rest_to_the_agency(self, needy, waiting):
        stocked(500, place="spf")
        services.validate(actor=CELL, part_id=waiting.pk, accept=True, units=150, at=LATER)
        assert running(waiting.line.request.reference, needy) == ["decide", "send"]
        assert_books_balance()

    def test_may_refuse_with_a_reason(self, needy, waiting):
        with pytest.raises(Invalid):
            services.validate(actor=CELL, part_id=waiting.pk, accept=False, at=LATER)
        for _ in range(2):
            services.validate(
                actor=CELL, part_id=waiting.pk, accept=False, reason="Priorité ailleurs.", at=LATER
            )
        reference = waiting.line.request.reference
        assert (states(reference), running(reference, needy)) == (["refused"], ["decide"])
        with pytest.raises(NotNow):
            services.validate(actor=CELL, part_id=waiting.pk, accept=True, at=LATER)

    def test_is_refused_where_the_stock_is_promised_to_others(self, waiting):
        stocked(150, place="spf")
        with pytest.raises(NotEnoughStock):
            services.validate(actor=CELL, part_id=waiting.pk, accept=True, at=LATER)
        assert Part.objects.get(pk=waiting.pk).state == "to_validate"
        assert_books_balance()

    def test_is_another_persons_than_the_decision(self, waiting):
        stocked(500, place="spf")
        twice = actor(Role.NATIONAL_CELL, person="agent")
        with pytest.raises(SameSigner):
            services.validate(actor=twice, part_id=waiting.pk, accept=True, at=LATER)

    @pytest.mark.parametrize("units", [0, 25, 250, "50"])
    def test_gives_whole_boxes_within_what_is_asked(self, waiting, units):
        with pytest.raises(Invalid):
            services.validate(actor=CELL, part_id=waiting.pk, accept=True, units=units, at=LATER)

    def test_takes_overseas_from_the_store_of_the_zone(self):
        island = home(at_sea=True)
        PlaceFactory.create(at_sea=True)
        stocked(500, place="reunion")
        reference = ask(island)
        choose(island, reference, choice(reference, "state", 100))
        [part] = parts(reference)
        services.validate(actor=CELL, part_id=part.pk, accept=True, at=AT)
        part.refresh_from_db()
        assert (part.order.route, part.order.source) == ("overseas", "reunion")
        assert_books_balance()

    def test_needs_an_address(self, needy, waiting):
        stocked(500, place="spf")
        needy.addresses.all().delete()
        with pytest.raises(Invalid, match="pas d’adresse de livraison"):
            services.validate(actor=CELL, part_id=waiting.pk, accept=True, at=LATER)
        assert_books_balance()

    def test_knows_no_other_part(self, needy):
        part = offered(needy, lender(surplus=200))
        with pytest.raises(NotFound):
            services.validate(actor=CELL, part_id=part.pk, accept=True, at=LATER)


class TestCancelPart:
    def test_gives_back_what_a_store_kept(self, needy):
        store = department()
        stocked(100, place=store)
        reference = ask(needy)
        choose(needy, reference, choice(reference, "department", 100, place=store))
        [part] = parts(reference)
        for _ in range(2):
            services.cancel_part(actor=ars(needy), part_id=part.pk, reason="Erreur.", at=LATER)
        assert stock.available()[store, MASK] == 100
        assert running(reference, needy) == ["decide"]
        assert_books_balance()

    def test_is_too_late_for_what_left_or_is_ordered(self, needy):
        part = lent(needy, lender(surplus=200))
        with pytest.raises(NotNow):
            services.cancel_part(actor=ars(needy), part_id=part.pk, reason="Erreur.", at=LATER)

    def test_is_for_the_agency_of_the_facility(self, needy):
        part = offered(needy, lender(surplus=200))
        other = agency(home(at_sea=True).department.region)
        for part_id in (part.pk, 0):
            with pytest.raises(NotFound):
                services.cancel_part(actor=other, part_id=part_id, reason="Erreur.", at=LATER)


class TestCloseRequest:
    def test_ends_with_what_was_given(self, needy):
        part = lent(needy, lender(surplus=100), reference=ask(needy, 200))
        reference = part.line.request.reference
        with pytest.raises(NotNow, match="pas encore reçue"):
            services.close_request(actor=ars(needy), reference=reference, answer="Fin.", at=LATER)
        services.receive(actor=orderer(needy), part_id=part.pk, units=100, at=LATER)
        assert Request.objects.get(reference=reference).state == "under_way"
        for _ in range(2):
            services.close_request(actor=ars(needy), reference=reference, answer="Fin.", at=LATER)
        assert Request.objects.get(reference=reference).state == "closed"
        assert running(reference, needy) == []

    def test_needs_something_received(self, needy):
        reference = ask(needy)
        with pytest.raises(NotNow, match="Rien n’a été reçu"):
            services.close_request(actor=ars(needy), reference=reference, answer="Fin.", at=LATER)


class TestPlacing:
    def test_lets_nobody_charge_an_order_to_a_resupply(self):
        world = build()
        demand = world.demand()
        with pytest.raises((KeyError, ValueError)):
            orders.place(
                actor=orderer(world.home), demand=replace(demand, charge="resupply"), at=AT
            )
        assert not Order.objects.exists()

    def test_lets_nobody_change_a_granted_order(self, needy):
        stocked(500, place="spf")
        reference = ask(needy, at=BEFORE_OCTOBER)
        choose(needy, reference, choice(reference, "state", 100), at=BEFORE_OCTOBER)
        order = Order.objects.get()
        with pytest.raises(TooLate):
            orders.cancel(
                actor=orderer(needy), reference=order.reference, at=AT - timedelta(days=30)
            )
