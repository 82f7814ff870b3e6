"""All that was meant for one facility, pushed or ordered, in one list."""

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution import services
from distrilog.domain.orders.models import Line, Order
from distrilog.domain.reporting.history import Way, supply_history
from distrilog.kernel.weeks import Week
from tests.domain.distribution.world import AT, World, build, prepared, shared
from tests.factories import AddressFactory, PlaceFactory, orderer


pytestmark = pytest.mark.django_db
MASK = "surgical_mask"


@pytest.fixture
def world() -> World:
    PlaceFactory(code="door", kind="door", name="Établissements servis")
    return build()


def ordered(world: World, *, week: str, status: str = "placed") -> Order:
    address = world.home.addresses.first() or AddressFactory(facility=world.home)
    order = Order.objects.create(
        reference=f"ORDER-{week}-{status}",
        facility=world.home,
        week=week,
        status=status,
        address=address,
        route="operator",
        source="operator",
        promised_on=AT.date(),
        cut_off_at=AT,
        placed_by="somebody",
        placed_at=AT,
    )
    Line.objects.create(order=order, family_id=MASK, units=150, box_units=50, withdrawn=50)
    return order


class TestSupplyHistory:
    def test_puts_pushes_and_orders_in_one_list_the_latest_first(self, world):
        plan = shared(world)
        ordered(world, week="2020-W14")
        services.push_at_once(
            actor=world.prepares,
            registry=world.home.registry,
            units={MASK: 100},
            source="spf",
            motive="Plus rien ce soir.",
            key="k",
            at=AT,
        )

        found = supply_history(facility_id=world.home.pk)

        assert [(each.way, each.week) for each in found] == [
            (Way.PLAN, "2020-W15"),
            (Way.ORDER, "2020-W14"),
            (Way.EMERGENCY, "2020-W14"),
        ]
        line = plan.lines.get(facility=world.home)
        assert [each.units for each in found] == [line.units, 100, 100]

    def test_says_how_much_of_a_plan_was_handed_out(self, world):
        plan = shared(world)
        services.freeze(actor=world.shares, plan_id=plan.pk, at=AT)
        services.send(actor=world.shares, plan_id=plan.pk, at=AT)
        platform = orderer(world.hospital, role=Role.PLATFORM)
        flow = plan.flows.get(territory="N")
        services.receive(actor=platform, reference=flow.reference, differences={}, at=AT)
        services.hand_out(
            actor=platform,
            plan_id=plan.pk,
            registry=world.home.registry,
            units={MASK: 50},
            key="k",
            at=AT,
        )

        (supply,) = supply_history(facility_id=world.home.pk)

        assert (supply.received, supply.state) == (50, "remis en partie")

    def test_tells_a_plan_of_an_outage_from_a_week_s(self, world):
        services.share(
            actor=world.shares,
            plan_id=services.prepare(
                actor=world.prepares,
                proposal=services.Proposal(
                    week=Week.parse("2020-W16"),
                    fallback=True,
                    reason="Portail hors service.",
                    volumes={MASK: {"spf": 2000}},
                ),
                at=AT,
            ).pk,
            at=AT,
        )
        assert [each.way for each in supply_history(facility_id=world.home.pk)] == [Way.FALLBACK]

    def test_leaves_drafts_and_cancelled_orders_out(self, world):
        prepared(world)
        ordered(world, week="2020-W14", status="cancelled")
        assert supply_history(facility_id=world.home.pk) == []

    def test_begins_where_it_is_told(self, world):
        ordered(world, week="2020-W10")
        ordered(world, week="2020-W20")
        found = supply_history(facility_id=world.home.pk, since=Week.parse("2020-W15"))
        assert [each.week for each in found] == ["2020-W20"]

    def test_takes_three_statements(self, world, django_assert_num_queries):
        shared(world)
        for number in (10, 11, 12):
            ordered(world, week=f"2020-W{number}")
        with django_assert_num_queries(3):
            supply_history(facility_id=world.home.pk)
