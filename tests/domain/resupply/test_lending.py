"""Mutual aid: who is asked, who says yes, and a floor that nothing breaks."""

from datetime import date, timedelta

import pytest

from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.models import Lender, Loan, Part
from distrilog.domain.resupply.services import BelowFloor, NotNow
from distrilog.kernel.refusals import Invalid, NotFound
from tests.domain.resupply.world import (
    AT,
    BEFORE_OCTOBER,
    GOWN,
    LATER,
    MASK,
    ars,
    ask,
    choice,
    choose,
    declared,
    furnish,
    home,
    lender,
    lent,
    offered,
    parts,
    states,
)
from tests.factories import orderer


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _furnished():
    furnish()


@pytest.fixture
def needy():
    return home()


def spare(facility, *, at=LATER):
    """Return the masks a facility could lend."""
    found = queries.spares(facilities=[facility.pk], at=at).get((facility.pk, MASK))
    return found.units if found else None


class TestSpares:
    @pytest.mark.parametrize(
        ("stock", "need", "units"),
        [(300, 100, 0), (349, 100, 0), (350, 100, 50), (399, 99, 50), (350, 101, 0), (0, 100, 0)],
    )
    def test_are_whole_boxes_above_three_weeks(self, stock, need, units):
        facility = home()
        declared(facility, stock=stock, need=need)
        assert spare(facility) == units

    def test_keep_three_weeks_of_what_is_used_where_there_is_no_need(self):
        facility = home()
        declared(facility, stock=400, need=0, consumption=100)
        assert spare(facility) == 100

    def test_are_unknown_of_who_said_nothing_for_three_weeks(self):
        facility = home()
        declared(facility, stock=1000, at=AT - timedelta(weeks=3))
        assert spare(facility) is None
        declared(facility, stock=500, at=AT - timedelta(weeks=2))
        assert spare(facility) == 200

    def test_forget_what_was_handed_over_before_the_last_declaration(self, needy):
        giver = lender(surplus=200)
        lent(needy, giver)
        assert spare(giver) == 100
        declared(giver, stock=400, at=LATER)
        assert spare(giver) == 100


class TestAgreeToLend:
    def test_replaces_what_was_said(self):
        facility = home()
        for kilometres in (20, 30):
            services.agree_to_lend(
                actor=orderer(facility), families=[MASK], kilometres=kilometres, at=AT
            )
        row = Lender.objects.get()
        assert (row.families, row.kilometres, row.ended_at) == ([MASK], 30, None)
        assert queries.agreement(actor=orderer(facility), at=AT).agreed

    @pytest.mark.parametrize(
        ("values", "where"),
        [
            ({"families": ["hat"]}, "families"),
            ({"kilometres": 0}, "kilometres"),
            ({"kilometres": 301}, "kilometres"),
            ({"kilometres": 2.5}, "kilometres"),
            ({"contact": "x" * 161}, "contact"),
        ],
    )
    def test_is_refused_where_it_makes_no_sense(self, values, where):
        with pytest.raises(Invalid) as caught:
            services.agree_to_lend(actor=orderer(home()), **values, at=AT)
        assert [fault.where for fault in caught.value.faults] == [where]


class TestStopLending:
    def test_lets_go_what_was_not_answered_and_keeps_its_word(self, needy):
        giver = lender(surplus=400)
        kept = offered(needy, giver)
        asked = ask(home(north=0.5))
        services.propose(at=AT)
        for _ in range(2):
            services.stop_lending(actor=orderer(giver), at=LATER)
        assert states(asked) == ["declined"]
        assert Part.objects.get(pk=kept.pk).state == "offered"
        ask(home(north=0.7))
        assert services.propose(at=LATER) == 0


class TestPropose:
    def test_asks_for_no_more_than_is_lacking_from_the_nearest(self, needy):
        near, far = lender(surplus=50, north=1), lender(surplus=500, north=2)
        reference = ask(needy, 200)
        assert services.propose(at=AT) == 2
        assert services.propose(at=AT) == 0
        assert [(part.lender_id, part.units) for part in parts(reference)] == [
            (near.pk, 50),
            (far.pk, 150),
        ]
        assert parts(reference)[0].metres == pytest.approx(11_120, abs=10)
        assert [task.spare for task in queries.to_answer(actor=orderer(far), at=AT)] == [500]

    def test_shares_one_surplus_between_all_who_ask(self, needy):
        giver = lender(surplus=150)
        later = ask(needy, 100)
        urgent = ask(home(north=2), 100, urgency="today")
        services.propose(at=AT)
        assert [part.units for part in parts(urgent)] == [100]
        assert [part.units for part in parts(later)] == [50]
        assert spare(giver) == 150

    @pytest.mark.parametrize(
        "values",
        [
            {"kilometres": 10},
            {"surplus": 0},
            {"closed_on": date(2020, 11, 1)},
        ],
    )
    def test_leaves_alone_who_cannot_help(self, needy, values):
        lender(**{"surplus": 200, **values})
        ask(needy)
        assert services.propose(at=AT) == 0

    def test_asks_for_the_families_that_were_agreed(self, needy):
        giver = lender(surplus=200)
        declared(giver, stock=1000, family=GOWN)
        services.agree_to_lend(actor=orderer(giver), families=[GOWN], at=AT)
        ask(needy)
        ask(needy, 20, family=GOWN)
        services.propose(at=AT)
        assert [part.line.family_id for part in Part.objects.all()] == [GOWN]

    def test_does_not_ask_who_asks(self, needy):
        both = lender(surplus=200)
        ask(both)
        ask(needy)
        assert services.propose(at=AT) == 0

    def test_turns_to_the_next_one_when_somebody_declines(self, needy):
        near, far = lender(surplus=200, north=1), lender(surplus=200, north=2)
        reference = ask(needy)
        services.propose(at=AT)
        [part] = parts(reference)
        services.answer(actor=orderer(near), part_id=part.pk, units=0, reason="Foyer", at=AT)
        assert services.propose(at=LATER) == 1
        assert [part.lender_id for part in parts(reference)] == [near.pk, far.pk]
        assert services.propose(at=LATER) == 0

    def test_asks_nobody_under_the_procedure_before_october(self, needy):
        giver = lender(surplus=200)
        declared(giver, stock=500, at=BEFORE_OCTOBER)
        ask(needy, at=BEFORE_OCTOBER)
        assert services.propose(at=BEFORE_OCTOBER) == 0

    def test_can_be_told_by_the_agency_for_one_request(self, needy):
        lender(surplus=500)
        first, other = ask(needy), ask(home(north=0.5))
        assert services.seek(actor=ars(needy), reference=first, at=AT) == 1
        assert states(other) == []
        with pytest.raises(NotFound):
            services.seek(actor=ars(home(at_sea=True)), reference=first, at=AT)


class TestAnswer:
    def test_offers_and_has_the_papers_ready(self, needy):
        giver = lender(surplus=200)
        part = offered(needy, giver, return_by=date(2020, 12, 1))
        assert Loan.objects.get(part=part).return_by == date(2020, 12, 1)
        assert spare(giver) == 100
        again = services.answer(
            actor=orderer(giver), part_id=part.pk, units=100, return_by=date(2020, 12, 1), at=LATER
        )
        assert again.changed_at == AT

    def test_may_be_lowered_then_taken_back(self, needy):
        giver = lender(surplus=200)
        part = offered(needy, giver)
        for units, state in ((50, "offered"), (0, "declined"), (0, "declined")):
            services.answer(actor=orderer(giver), part_id=part.pk, units=units, at=LATER)
            assert Part.objects.get(pk=part.pk).state == state
        assert not Loan.objects.exists()
        assert spare(giver) == 200

    def test_may_be_taken_back_once_chosen_until_it_left(self, needy):
        giver = lender(surplus=200)
        part = offered(needy, giver)
        reference = part.line.request.reference
        choose(needy, reference, choice(reference, "neighbour", 100, part_id=part.pk))
        services.answer(actor=orderer(giver), part_id=part.pk, units=0, reason="Foyer", at=LATER)
        assert states(reference) == ["declined"]
        found = queries.request(reference=reference, actor=ars(needy), at=LATER)
        assert [clock.step for clock in found.clocks if clock.done_at is None] == ["decide"]

    def test_never_breaks_the_floor(self, needy):
        giver = lender(surplus=200)
        reference = ask(needy, 200)
        services.propose(at=AT)
        declared(giver, stock=449, at=AT)
        [part] = parts(reference)
        with pytest.raises(BelowFloor, match="100 peuvent être prêtées"):
            services.answer(actor=orderer(giver), part_id=part.pk, units=150, at=LATER)
        services.answer(actor=orderer(giver), part_id=part.pk, units=100, at=LATER)

    def test_needs_a_fresh_declaration(self, needy):
        giver = lender(surplus=200)
        reference = ask(needy)
        services.propose(at=AT)
        [part] = parts(reference)
        with pytest.raises(BelowFloor, match="Aucune déclaration récente"):
            services.answer(
                actor=orderer(giver), part_id=part.pk, units=50, at=AT + timedelta(weeks=4)
            )

    @pytest.mark.parametrize(
        ("values", "where"),
        [
            ({"units": 25}, "units"),
            ({"units": -50}, "units"),
            ({"units": 150}, "units"),
            ({"units": "50"}, "units"),
            ({"terms": "sale"}, "terms"),
            ({"return_by": date(2020, 11, 3)}, "return_by"),
            ({"reason": "x" * 501}, "reason"),
        ],
    )
    def test_is_refused_where_it_makes_no_sense(self, needy, values, where):
        giver = lender(surplus=200)
        reference = ask(needy)
        services.propose(at=AT)
        [part] = parts(reference)
        with pytest.raises(Invalid) as caught:
            services.answer(
                **{"actor": orderer(giver), "part_id": part.pk, "units": 100, "at": AT, **values}
            )
        assert [fault.where for fault in caught.value.faults] == [where]

    def test_is_the_givers_alone(self, needy):
        lender(surplus=200)
        reference = ask(needy)
        services.propose(at=AT)
        [part] = parts(reference)
        for stranger in (needy, home(north=3)):
            with pytest.raises(NotFound):
                services.answer(actor=orderer(stranger), part_id=part.pk, units=50, at=AT)

    def test_is_too_late_once_handed_over(self, needy):
        giver = lender(surplus=200)
        part = lent(needy, giver)
        with pytest.raises(NotNow, match="déjà « envoyé »"):
            services.answer(actor=orderer(giver), part_id=part.pk, units=0, at=LATER)
