"""The proof of the push finds what is not as its acts say."""

import pytest
from django.db import connection

from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import (
    EmergencyPush,
    Endowment,
    FlowLine,
    HandOut,
    PlanLine,
    Settlement,
)
from distrilog.domain.distribution.queries import books
from distrilog.domain.stock.models import Reservation
from tests.domain.distribution.world import AT, build, shared
from tests.factories import actor


pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    world = build(requisitioned=20_000)
    plan = shared(world, surgical_mask={"spf": 800, "operator": 600})
    services.freeze(actor=world.shares, plan_id=plan.pk, at=AT)
    return plan


def sent(plan):
    runner = actor(Role.PLATFORM)
    services.send(actor=actor(), plan_id=plan.pk, at=AT)
    services.receive_all(actor=runner, plan_id=plan.pk, at=AT)
    services.hand_out_all(actor=runner, plan_id=plan.pk, at=AT)


def found():
    return [str(each) for each in books.discrepancies()]


class TestDiscrepancies:
    def test_are_none_at_any_step(self, plan):
        assert found() == []
        sent(plan)
        assert found() == []

    def test_tell_a_promise_that_is_not_the_endowments(self, plan):
        Reservation.objects.filter(key__startswith=f"plan:{plan.pk}:spf").update(pending=5)
        assert found() == [
            f"promesse de plan plan:{plan.pk}:spf:surgical_mask : 5 dans les comptes, 800 d’après les écritures"
        ]

    def test_tell_lines_that_do_not_add_up(self, plan):
        line = PlanLine.objects.filter(plan=plan).order_by("pk")[0]
        PlanLine.objects.filter(pk=line.pk).update(computed=line.computed + 50)
        assert len(found()) == 1
        assert "plateforme" in found()[0]

    def test_tell_a_flow_that_is_not_its_entries(self, plan):
        sent(plan)
        line = FlowLine.objects.order_by("pk")[0]
        FlowLine.objects.filter(pk=line.pk).update(received=line.received - 50)
        assert any("reçu" in each for each in found())

    def test_tell_a_plan_sent_short(self, plan):
        sent(plan)
        endowment = Endowment.objects.filter(plan=plan).order_by("pk")[0]
        Endowment.objects.filter(pk=endowment.pk).update(units=endowment.units + 50)
        assert any("flux du plan" in each for each in found())

    def test_tell_more_handed_out_than_the_line(self, plan):
        sent(plan)
        given = HandOut.objects.order_by("pk")[0]
        HandOut.objects.filter(pk=given.pk).update(units=given.units + 5000)
        assert any("remises de la ligne" in each for each in found())
        assert any("remises de ght-" in each for each in found())

    def test_tell_an_urgent_push_without_entries(self, plan):
        EmergencyPush.objects.create(
            key="ghost:surgical_mask",
            facility=PlanLine.objects.filter(plan=plan)[0].facility,
            family_id="surgical_mask",
            source_id="spf",
            units=50,
            motive="?",
            by="x",
            at=AT,
        )
        assert found() == [
            "envoi d’urgence ghost:surgical_mask : 50 dans les comptes, 0 d’après les écritures"
        ]

    @pytest.mark.usefixtures("plan")
    def test_tell_a_settlement_of_no_debt(self):
        Settlement.objects.create(
            territory_id="N", family_id="surgical_mask", units=50, reason="?", by="x", at=AT
        )
        assert found() == [
            "compensations de N surgical_mask : 50 dans les comptes, 0 d’après les écritures"
        ]

    def test_take_a_fixed_number_of_statements(self, plan, django_assert_num_queries):
        sent(plan)
        with django_assert_num_queries(len(books.PROOFS)):
            books.discrepancies()
        assert connection.vendor == "postgresql"
