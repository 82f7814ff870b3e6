"""What a category pays, how much a week and until when, as its orders find it (rows L4 and L5)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.orders import queries, services
from distrilog.domain.orders.models import Line, RefusedDemand
from distrilog.domain.orders.rules import Asked, QuotaExceeded
from distrilog.domain.orders.services.checking import rehearse
from distrilog.domain.quotas.models import Pot
from distrilog.domain.regimes.models import Terms
from distrilog.kernel.refusals import Invalid
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.domain.orders.world import AT, WEEK, give
from tests.factories import AddressFactory, CategoryFactory, FacilityFactory, actor, orderer


pytestmark = pytest.mark.django_db
COUNTRY = Scope(kind=ScopeKind.COUNTRY)


def say(**changes):
    values = {
        "group": "laboratory",
        "basis": "state_stock",
        "price_cents": 120,
        "weekly_boxes": 4,
        "starts_on": date(2020, 6, 1),
        "source": "MARS 2020-87",
        "by": "cell",
        "at": AT,
    }
    return Terms.objects.create(**values | changes)


@dataclass
class Laboratory:
    """A laboratory with a quota of ten boxes of masks."""

    facility: object
    buyer: object

    def demand(self, world, units, **more):
        return world.demand(units, registry=self.facility.registry, **more)


@pytest.fixture
def buyer(world):
    return orderer(world.home)


@pytest.fixture
def laboratory(world):
    facility = FacilityFactory(
        department=world.home.department,
        category=CategoryFactory(code="611", name="Laboratoire", group="laboratory"),
    )
    AddressFactory(facility=facility)
    give(world.run, facility, "surgical_mask", 500)
    return Laboratory(facility=facility, buyer=orderer(facility))


class TestPrice:
    def test_is_on_the_line_and_on_the_offer_of_that_category_alone(self, world, buyer, laboratory):
        say()

        paid = services.place(
            actor=laboratory.buyer, demand=laboratory.demand(world, {"surgical_mask": 150}), at=AT
        )
        free = services.place(actor=buyer, demand=world.demand(), at=AT)

        assert [line.amount_cents for line in paid.lines] == [360]
        assert [line.amount_cents for line in free.lines] == [0]
        assert Line.objects.get(order__reference=paid.reference).amount_cents == 360
        offer = queries.offer(registry=laboratory.facility.registry, scope=COUNTRY, at=AT)
        masks = next(each for each in offer.families if each.family == "surgical_mask")
        assert (masks.price_cents, masks.left_boxes) == (120, 1)
        assert masks.why == "Stock de l’État, payant, au plus 4 boîtes par semaine."

    def test_is_shown_before_sending(self, world, laboratory):
        say()
        demand = laboratory.demand(world, {"surgical_mask": 100})

        rehearsed = rehearse(actor=laboratory.buyer, demand=demand, at=AT)

        assert rehearsed.amounts == {"surgical_mask": 240}

    def test_is_kept_when_the_order_changes_and_the_price_has(self, world, laboratory):
        terms = say()
        placed = services.place(
            actor=laboratory.buyer, demand=laboratory.demand(world, {"surgical_mask": 100}), at=AT
        )
        terms.price_cents = 900
        terms.save()

        changed = services.amend(
            actor=laboratory.buyer,
            reference=placed.reference,
            lines=[Asked(family="surgical_mask", units=150)],
            at=AT + timedelta(minutes=5),
        )

        assert [line.amount_cents for line in changed.lines] == [360]

    def test_opens_the_state_stock_outside_tension(self, world, laboratory):
        """« À l’exception du circuit payant pour les laboratoires » (000, note 2)."""
        say()
        give(world.run, laboratory.facility, "glove", 500)
        box = queries.offer(registry=laboratory.facility.registry, scope=COUNTRY, at=AT)
        glove = next(each for each in box.families if each.family == "glove")
        lines = {"glove": glove.box}

        placed = services.place(
            actor=laboratory.buyer, demand=laboratory.demand(world, lines), at=AT
        )

        assert placed.due_cents == 120

    def test_of_the_consortium_closes_the_state_stock(self, world, laboratory):
        say(basis="consortium", price_cents=0, weekly_boxes=None)

        with pytest.raises(Invalid) as refused:
            services.place(
                actor=laboratory.buyer,
                demand=laboratory.demand(world, {"surgical_mask": 100}),
                at=AT,
            )

        assert "prix du groupement depuis le 1er juin 2020" in refused.value.faults[0].message


class TestWeeklyLimit:
    def test_binds_over_all_orders_of_the_week(self, world, laboratory):
        say()
        ask = laboratory.demand(world, {"surgical_mask": 150})
        services.place(actor=laboratory.buyer, demand=ask, at=AT)

        with pytest.raises(QuotaExceeded) as refused:
            services.place(
                actor=laboratory.buyer,
                demand=laboratory.demand(world, {"surgical_mask": 100}),
                at=AT,
            )

        assert refused.value.values["lines"][0]["left"] == 50
        assert "limitée à 4 boîtes par semaine" in refused.value.faults[0].message
        with pytest.raises(QuotaExceeded):
            rehearse(
                actor=laboratory.buyer,
                demand=laboratory.demand(world, {"surgical_mask": 100}),
                at=AT,
            )

    def test_binds_a_change(self, world, laboratory):
        say()
        placed = services.place(
            actor=laboratory.buyer, demand=laboratory.demand(world, {"surgical_mask": 150}), at=AT
        )
        change = {"actor": laboratory.buyer, "reference": placed.reference, "at": AT}

        services.amend(lines=[Asked(family="surgical_mask", units=200)], **change)
        with pytest.raises(QuotaExceeded):
            services.amend(lines=[Asked(family="surgical_mask", units=250)], **change)

    def test_does_not_bind_what_the_agency_draws_from_its_pot(self, world, laboratory):
        say()
        demand = world.pot_demand({"surgical_mask": 300}, registry=laboratory.facility.registry)

        agency = actor(Role.ARS, scope=Scope(kind=ScopeKind.REGION, code="11"))
        services.place(actor=agency, demand=demand, at=AT)

        assert Pot.objects.get(week=WEEK).ordered == 300


class TestEnd:
    # last day of demands · last day of deliveries · day of the order → code of the refusal
    SCENARIO = """
        2020-11-04  -           2020-11-04  -
        2020-11-03  -           2020-11-04  requests-ended
        -           2020-11-09  2020-11-04  deliveries-ended
        -           2020-11-30  2020-11-04  -
        2020-11-03  2020-11-09  2020-11-04  requests-ended
    """

    @pytest.mark.parametrize("line", SCENARIO.strip().splitlines())
    def test_refuses_with_the_date_from_the_day_after(self, line, world, laboratory):
        asked, delivered, day, code = line.split()
        moment = datetime.combine(date.fromisoformat(day), AT.time(), tzinfo=UTC)
        say(
            requests_until=None if asked == "-" else asked,
            deliveries_until=None if delivered == "-" else delivered,
        )
        demand = laboratory.demand(world, {"surgical_mask": 50})

        if code == "-":
            services.place(actor=laboratory.buyer, demand=demand, at=moment)
            return
        with pytest.raises(Invalid) as refused:
            services.place(actor=laboratory.buyer, demand=demand, at=moment)
        fault = refused.value.faults[0]
        assert fault.values["code"] == code
        assert f"{int((asked if code == 'requests-ended' else delivered)[-2:])} novembre 2020" in (
            fault.message
        )
        assert RefusedDemand.objects.get().cause == code

    def test_of_everybody_is_replaced_by_what_comes_after(self, world, buyer):
        say(group="", basis="free", price_cents=0, weekly_boxes=None, requests_until="2020-10-04",
            starts_on="2020-03-16", zone=world.home.department.zone)  # fmt: skip
        with pytest.raises(Invalid):
            services.place(actor=buyer, demand=world.demand(), at=AT)
        say(group="", basis="free", price_cents=0, weekly_boxes=None, starts_on="2020-10-08")

        assert services.place(actor=buyer, demand=world.demand(), at=AT).due_cents == 0

    def test_lets_an_order_be_reduced(self, world, laboratory):
        terms = say()
        placed = services.place(
            actor=laboratory.buyer, demand=laboratory.demand(world, {"surgical_mask": 150}), at=AT
        )
        terms.requests_until = AT.date()
        terms.save()
        change = {
            "actor": laboratory.buyer,
            "reference": placed.reference,
            "at": AT + timedelta(days=1),
        }

        less = services.amend(lines=[Asked(family="surgical_mask", units=100)], **change)

        assert less.due_cents == 240
        with pytest.raises(Invalid):
            services.amend(lines=[Asked(family="surgical_mask", units=150)], **change)
