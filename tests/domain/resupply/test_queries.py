"""Who sees what of a request; the ranked sources; loans and their papers; questions that do not grow."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from distrilog.domain.accounts.rules import Role
from distrilog.domain.quotas.models import Pot
from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.models import Loan, Part
from distrilog.domain.resupply.queries import Narrowing
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.domain.orders.world import build
from tests.domain.resupply.world import (
    AT,
    BEFORE_OCTOBER,
    CELL,
    GOWN,
    LATER,
    MASK,
    ars,
    ask,
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
)
from tests.factories import actor, orderer, stocked


pytestmark = pytest.mark.django_db
COUNTRY = Scope(kind=ScopeKind.COUNTRY)


@pytest.fixture(autouse=True)
def _furnished():
    furnish()


@pytest.fixture
def needy():
    return home()


def statements(question):
    """Return how many statements a question takes."""
    with CaptureQueriesContext(connection) as captured:
        question()
    return len(captured)


class TestRequest:
    def test_shows_who_asks_only_the_neighbours_that_offered(self, needy):
        near, far = lender(surplus=50, north=1), lender(surplus=50, north=2)
        reference = ask(needy)
        services.propose(at=AT)
        [part, _waiting] = parts(reference)
        services.answer(actor=orderer(near), part_id=part.pk, units=50, at=AT)
        seen = queries.request(reference=reference, actor=orderer(needy), at=AT)
        [offer] = seen.lines[0].parts
        assert (offer.giver, offer.units, offer.contact) == (
            near.main_address_label, 50, "Mme Roux",
        )  # fmt: skip
        assert [clock.step for clock in seen.clocks if clock.part] == ["answer"]
        # Nothing of what a neighbour has is anywhere in what who asks is shown.
        assert "350" not in repr(seen)
        assert far.registry not in repr(seen)
        whole = queries.request(reference=reference, actor=ars(needy), at=AT)
        assert [each.state for each in whole.lines[0].parts] == ["offered", "proposed"]

    def test_cites_the_text_in_force(self, needy):
        found = queries.request(
            reference=ask(needy, at=BEFORE_OCTOBER), actor=orderer(needy), at=AT
        )
        assert (found.kinds, found.validated) == (["state"], False)
        assert "MINSANTE 143" in found.procedure_source

    def test_is_not_found_outside_the_scope(self, needy):
        reference = ask(needy)
        nobody = actor(Role.DONOR, scope=Scope(kind=ScopeKind.NOTHING))
        for stranger in (orderer(home(north=2)), ars(home(at_sea=True)), nobody):
            with pytest.raises(NotFound):
                queries.request(reference=reference, actor=stranger, at=AT)

    def test_adds_up_what_is_granted_and_received(self, needy):
        part = lent(needy, lender(surplus=100), reference=ask(needy, 200))
        reference = part.line.request.reference
        choose(needy, reference, choice(reference, "state", 50))
        services.receive(actor=orderer(needy), part_id=part.pk, units=80, at=LATER)
        [line] = queries.request(reference=reference, actor=CELL, at=LATER).lines
        assert (line.units, line.granted, line.received, line.left) == (200, 130, 80, 70)


class TestRequests:
    def test_lists_what_is_due_first_first(self, needy):
        slow = ask(needy, urgency="week")
        soon = ask(home(north=1), urgency="today")
        done = ask(home(north=2))
        services.refuse(actor=ars(needy), reference=done, reason="Non.", at=AT)
        late = AT + timedelta(hours=5)
        page = queries.requests(scope=COUNTRY, at=late)
        assert [(row.reference, row.late, row.next_step) for row in page.rows] == [
            (soon, True, "décision de l’ARS"),
            (slow, False, "décision de l’ARS"),
        ]
        counts = queries.request_counts(scope=COUNTRY, at=late)
        assert (counts.open, counts.to_decide, counts.late) == (2, 2, 1)
        assert queries.requests(scope=COUNTRY, at=late, late_only=True).count == 1
        assert queries.requests(scope=COUNTRY, at=late, open_only=False).count == 3
        assert queries.requests(scope=COUNTRY, at=late, urgency="week").count == 1

    @pytest.mark.parametrize(
        ("narrowing", "count"),
        [
            ({}, 2),
            ({"family": GOWN}, 1),
            ({"department": "75"}, 2),
            ({"department": "31"}, 0),
            ({"step": "decide"}, 2),
            ({"step": "send"}, 0),
            ({"search": "perdu\0"}, 0),
            ({"ended": True}, 0),
        ],
    )
    def test_can_be_narrowed(self, needy, narrowing, count):
        ask(needy)
        ask(needy, 20, family=GOWN)
        page = queries.requests(scope=COUNTRY, at=AT, narrowed=Narrowing(**narrowing))
        assert page.count == count

    def test_keeps_to_the_scope(self, needy):
        ask(needy)
        elsewhere = ars(home(at_sea=True)).scope
        assert queries.requests(scope=elsewhere, at=AT).count == 0
        assert queries.request_counts(scope=elsewhere, at=AT).open == 0

    def test_comes_by_pages(self):
        for rank in range(5):
            ask(home(north=rank))
        pages = [queries.requests(scope=COUNTRY, at=AT, page=p, limit=2) for p in (1, 2, 3, 9)]
        assert [len(page.rows) for page in pages] == [2, 2, 1, 1]
        assert (pages[0].pages, pages[0].count, pages[3].page) == (3, 5, 3)

    def test_takes_as_many_statements_for_many(self, needy):
        giver = lender(surplus=5000)
        offered(needy, giver, 50)

        def question():
            return queries.requests(scope=COUNTRY, at=AT)

        few = statements(question)
        for rank in range(6):
            offered(home(north=rank / 10), giver, 50)
        assert statements(question) == few


class TestSourcesFor:
    def test_ranks_neighbours_department_pot_and_state(self):
        world = build()
        needy = world.home
        needy.latitude, needy.longitude = 48.85, 2.35
        needy.save()
        near, far = lender(surplus=50, north=1), lender(surplus=400, north=2)
        own, other = department("75"), department("93")
        stocked(70, place=own)
        stocked(500, place=other)
        stocked(800, place="spf")
        reference = ask(needy, 200)
        services.propose(at=AT)
        services.answer(actor=orderer(far), part_id=parts(reference)[1].pk, units=100, at=AT)
        [line] = queries.sources_for(reference=reference, scope=ars(needy).scope, at=AT)
        assert [(s.kind, s.place, s.units, s.useful, s.waits) for s in line.sources] == [
            ("neighbour", "", 100, 100, False),
            ("neighbour", "", 50, 0, True),
            ("department", "dep-75", 70, 50, False),
            ("department", "dep-93", 500, 200, False),
            ("pot", "", 500, 200, False),
            ("state", "", 800, 200, False),
        ]
        assert [s.spare for s in line.sources[:2]] == [400, 50]
        assert near.main_address_label == line.sources[1].name
        choose(needy, reference, choice(reference, "pot", 150))
        [line] = queries.sources_for(reference=reference, scope=COUNTRY, at=AT)
        assert (line.left, [s.units for s in line.sources if s.kind == "pot"]) == (50, [350])
        Pot.objects.update(closed=True)
        [line] = queries.sources_for(reference=reference, scope=COUNTRY, at=AT)
        assert [s.note for s in line.sources if s.kind == "pot"] == [
            "Rien dans le pot de cette semaine."
        ]

    def test_knows_the_state_alone_before_october(self, needy):
        department()
        reference = ask(needy, at=BEFORE_OCTOBER)
        [line] = queries.sources_for(reference=reference, scope=COUNTRY, at=AT)
        assert [source.kind for source in line.sources] == ["state"]

    def test_keeps_to_the_scope(self, needy):
        reference = ask(needy)
        with pytest.raises(NotFound):
            queries.sources_for(reference=reference, scope=ars(home(at_sea=True)).scope, at=AT)


class TestTasks:
    def test_follow_a_part_from_hand_to_hand(self, needy):
        giver = lender(surplus=200)
        mine, theirs = orderer(giver), orderer(needy)
        reference = ask(needy)
        services.propose(at=AT)
        [part] = parts(reference)

        def waiting(question, who):
            return [task.part.id for task in question(actor=who, at=AT)]

        assert waiting(queries.to_answer, mine) == [part.pk]
        assert waiting(queries.to_answer, theirs) == []
        services.answer(actor=mine, part_id=part.pk, units=100, at=AT)
        assert (waiting(queries.to_answer, mine), waiting(queries.promised, mine)) == (
            [],
            [part.pk],
        )
        choose(needy, reference, choice(reference, "neighbour", 100, part_id=part.pk))
        assert waiting(queries.to_hand_over, mine) == [part.pk]
        assert waiting(queries.to_hand_over, theirs) == []
        services.hand_over(actor=mine, part_id=part.pk, units=100, at=AT)
        assert waiting(queries.to_receive, theirs) == [part.pk]
        assert waiting(queries.to_receive, mine) == []

    def test_tell_the_crisis_centre_what_is_free(self, needy):
        stocked(180, place="spf")
        reference = ask(needy)
        choose(needy, reference, choice(reference, "state", 100))
        [task] = queries.waiting_for_validation(at=AT)
        assert (task.request, task.stock, task.clock.step) == (reference, 180, "validate")

    def test_are_as_many_statements_for_many(self):
        giver = lender(surplus=5000)
        offered(home(), giver, 50)

        def question():
            return queries.promised(actor=orderer(giver), at=AT)

        few = statements(question)
        for rank in range(1, 6):
            offered(home(north=rank / 10), giver, 50)
        assert (statements(question), len(question())) == (few, 6)


class TestLoans:
    def test_are_seen_from_both_sides_and_by_their_agency(self, needy):
        giver = lender(surplus=200)
        part = lent(needy, giver, return_by=date(2020, 11, 20))
        loan = Loan.objects.get(part=part).reference
        for who in (orderer(needy), orderer(giver), ars(needy), CELL):
            [found] = queries.loans(scope=who.scope)
            assert (found.reference, found.handed, found.lot) == (loan, 100, "INCONNU")
        assert queries.loans(scope=orderer(home(north=5)).scope) == []
        assert queries.loans(scope=COUNTRY, lent_by=needy.registry) == []
        assert len(queries.loans(scope=COUNTRY, borrowed_by=needy.registry, open_only=True)) == 1

    def test_are_overdue_from_the_day_after(self, needy):
        part = lent(needy, lender(surplus=200), return_by=date(2020, 11, 20))
        services.receive(actor=orderer(needy), part_id=part.pk, units=100, at=LATER)
        [found] = queries.loans(scope=COUNTRY)
        assert not found.overdue(on=date(2020, 11, 20))
        assert found.overdue(on=date(2020, 11, 21))

    def test_have_papers_that_name_both_sides_once_chosen(self, needy):
        giver = lender(surplus=200)
        part = offered(needy, giver)
        loan = Loan.objects.get(part=part).reference
        with pytest.raises(NotFound):
            queries.loan_papers(reference=loan, scope=COUNTRY)
        reference = part.line.request.reference
        choose(needy, reference, choice(reference, "neighbour", 100, part_id=part.pk))
        papers = queries.loan_papers(reference=loan, scope=orderer(needy).scope)
        assert (papers.lender.registry, papers.lender.contact, papers.borrower.name) == (
            giver.registry, "Mme Roux", needy.name,
        )  # fmt: skip
        assert (papers.loan.promised, papers.loan.family) == (100, MASK)
        with pytest.raises(NotFound):
            queries.loan_papers(reference=loan, scope=orderer(home(north=5)).scope)


class TestAgreement:
    def test_tells_a_facility_what_it_could_lend(self):
        giver = lender(surplus=200)
        found = queries.agreement(actor=orderer(giver), at=AT)
        assert (found.agreed, found.spare[MASK].units, found.spare[MASK].floor) == (True, 200, 300)
        services.stop_lending(actor=orderer(giver), at=LATER)
        assert not queries.agreement(actor=orderer(giver), at=LATER).agreed
        silent = home(north=3)
        declared(silent, stock=10)
        assert queries.agreement(actor=orderer(silent), at=AT).spare[MASK].units == 0


class TestDiscrepancies:
    def test_names_a_loan_that_the_ledger_does_not_hold(self, needy):
        lent(needy, lender(surplus=200))
        assert queries.discrepancies() == []
        Loan.objects.update(handed=90)
        [found] = queries.discrepancies()
        assert (found.in_books, found.by_entries) == (100, 90)

    def test_names_a_store_that_keeps_for_nobody(self, needy):
        store = department()
        stocked(100, place=store)
        reference = ask(needy)
        choose(needy, reference, choice(reference, "department", 100, place=store))
        Part.objects.update(state="cancelled")
        [found] = queries.discrepancies()
        assert (found.what, found.in_books) == ("réservé au département dep-75 surgical_mask", 100)
