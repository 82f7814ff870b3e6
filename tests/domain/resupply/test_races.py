"""Many at once, on a real PostgreSQL: one surplus, one store, one request."""

import pytest

from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.models import Loan, Part, Request
from distrilog.domain.resupply.rules import Kind
from distrilog.domain.stock import queries as stock
from distrilog.kernel.refusals import Refusal
from tests.domain.orders.test_races import at_once
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
    line_of,
    parts,
    states,
)
from tests.factories import orderer, stocked


ASKING = 8


@pytest.fixture(autouse=True)
def _furnished(transactional_db):
    assert transactional_db is None
    furnish()
    yield
    assert_books_balance()


def outcome(call):
    """Say what came of it."""
    try:
        call()
    except Refusal as refusal:
        return refusal.slug
    return "done"


@pytest.fixture
def giver():
    """Return a lender of 300 masks, asked for 100 of them by each of eight homes at once."""
    made = lender(surplus=300)
    for rank in range(ASKING):
        reference = ask(home(north=rank / 10))
        Part.objects.create(
            line=line_of(reference), kind=Kind.NEIGHBOUR, state="proposed", units=100,
            lender=made, metres=1000, changed_by="test", changed_at=AT,
        )  # fmt: skip
    return made


def floor_holds(giver):
    """Tell whether all that the giver said yes to leaves it its safety stock."""
    promised = sum(
        part.units
        for part in Part.objects.filter(lender=giver, state__in=["offered", "chosen", "sent"])
    )
    return promised <= 300


class TestOneSurplus:
    def test_is_offered_no_more_often_than_it_is_there(self, giver):
        ids = list(Part.objects.order_by("pk").values_list("pk", flat=True))
        answers = at_once(
            lambda number: outcome(
                lambda: services.answer(actor=orderer(giver), part_id=ids[number], units=100, at=AT)
            ),
            times=ASKING,
        )
        assert answers == {"done": 3, "below-floor": ASKING - 3}
        assert floor_holds(giver)

    def test_is_handed_over_no_more_often_than_it_is_there(self, giver):
        # As if each had been chosen while more was declared.
        for part in Part.objects.all():
            Part.objects.filter(pk=part.pk).update(state="chosen")
            Loan.objects.create(reference=f"PRET-{part.pk}", part=part)
        ids = list(Part.objects.order_by("pk").values_list("pk", flat=True))
        # Those that wait still count as promised: none may leave until enough of them are let go.
        for part_id in ids[3:]:
            services.answer(actor=orderer(giver), part_id=part_id, units=0, at=AT)
        answers = at_once(
            lambda number: outcome(
                lambda: services.hand_over(
                    actor=orderer(giver), part_id=ids[number % 3], units=100, at=AT
                )
            ),
            times=12,
        )
        assert answers == {"done": 12}
        assert sum(Loan.objects.values_list("handed", flat=True)) == 300
        assert queries.spares(facilities=[giver.pk], at=LATER)[giver.pk, MASK].units == 0


class TestOneRequest:
    def test_is_granted_once_by_two_who_press_together(self):
        needy, store = home(), department()
        stocked(1000, place=store)
        reference = ask(needy)
        wanted = choice(reference, "department", 100, place=store)
        answers = at_once(lambda _: outcome(lambda: choose(needy, reference, wanted)), times=6)
        assert answers == {"done": 6}
        assert states(reference) == ["chosen"]
        assert stock.available()[store, MASK] == 900

    def test_is_made_once_by_two_who_press_together(self):
        needy = home()
        answers = at_once(lambda _: outcome(lambda: ask(needy)), times=6)
        assert answers == {"done": 1, "already-asked": 5}
        assert Request.objects.count() == 1

    def test_makes_one_order_however_often_it_is_validated(self):
        needy = home()
        stocked(1000, place="spf")
        reference = ask(needy)
        choose(needy, reference, choice(reference, "state", 100))
        [part] = parts(reference)
        answers = at_once(
            lambda _: outcome(
                lambda: services.validate(actor=CELL, part_id=part.pk, accept=True, at=AT)
            ),
            times=6,
        )
        assert answers == {"done": 6}
        assert stock.available()["spf", MASK] == 900


class TestOneStore:
    def test_is_promised_to_no_more_than_it_holds(self):
        store = department()
        stocked(250, place=store)
        homes = [home(north=rank / 10) for rank in range(6)]
        references = [ask(each) for each in homes]
        answers = at_once(
            lambda number: outcome(
                lambda: choose(
                    homes[number],
                    references[number],
                    choice(references[number], "department", 100, place=store),
                )
            ),
            times=6,
        )
        assert answers == {"done": 2, "not-enough-stock": 4}
        assert stock.available()[store, MASK] == 50


class TestProposals:
    def test_are_made_once_by_jobs_that_overlap(self):
        lender(surplus=1000)
        references = [ask(home(north=rank / 10)) for rank in range(6)]
        at_once(lambda _: outcome(lambda: services.propose(at=AT)), times=6)
        services.propose(at=AT)
        assert [states(reference) for reference in references] == [["proposed"]] * 6
        services.seek(actor=ars(home()), reference=references[0], at=AT)
        assert Part.objects.count() == 6
