"""From a frozen plan to the facility's door, through its platform."""

import pytest
from django.db.models import Sum

from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Flow, Plan
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Account, Owner, Reservation
from distrilog.domain.stock.services import NotEnoughStock
from distrilog.kernel.refusals import Invalid, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.domain.distribution.world import AT, build, prepared, shared
from tests.factories import PlaceFactory, actor, agency, stocked


pytestmark = pytest.mark.django_db


def referent(territory):
    return actor(
        Role.PLATFORM,
        scope=Scope(kind=ScopeKind.TERRITORY, code=territory.pk),
        facility_id=territory.platform_id,
        registry=territory.platform.registry,
        region=territory.region_id,
    )


def sent(world, **volumes):
    PlaceFactory(code="door", kind="door", name="Établissements servis")
    plan = shared(world, **volumes)
    services.freeze(actor=world.shares, plan_id=plan.pk, at=AT)
    flows = services.send(actor=world.shares, plan_id=plan.pk, at=AT)
    return Plan.objects.get(pk=plan.pk), flows


def balances(place):
    rows = Account.objects.filter(place=place, units__gt=0).values_list("status")
    return dict(rows.annotate(Sum("units")))


def received(world, flow, **more):
    territory = {"N": world.north, "S": world.south}[flow.territory_id]
    return services.receive(
        actor=referent(territory),
        reference=flow.reference,
        differences=more.pop("differences", {}),
        at=AT,
        **more,
    )


def books_are_right():
    assert stock.discrepancies() == []
    assert not Reservation.objects.filter(pending__gt=0, key__startswith="plan:").exists()


class TestSend:
    def test_sends_one_flow_a_platform_and_source(self):
        world = build(requisitioned=50_000)
        _plan, flows = sent(world, surgical_mask={"spf": 1500, "operator": 700})
        assert {(flow.territory_id, flow.source_id) for flow in flows} == {
            ("N", "spf"),
            ("N", "operator"),
            ("S", "spf"),
            ("S", "operator"),
        }
        assert balances("spf") == {"available": 98_500, "in_transit": 1500}
        books_are_right()

    def test_sends_once(self):
        world = build()
        plan, flows = sent(world)
        again = services.send(actor=world.shares, plan_id=plan.pk, at=AT)
        assert [flow.pk for flow in again] == [flow.pk for flow in flows]
        assert balances("spf")["in_transit"] == 2000

    def test_is_promised_its_volume_from_the_moment_it_is_shared(self):
        world = build(state=2000)
        plan = shared(world)
        assert stock.available().get(("spf", "surgical_mask"), 0) == 0
        services.abandon(actor=world.prepares, plan_id=plan.pk, reason="Erreur", at=AT)
        assert stock.available()["spf", "surgical_mask"] == 2000

    def test_two_plans_are_not_promised_the_same_units(self):
        world = build(state=2000)
        first = prepared(world)
        Plan.objects.filter(pk=first.pk).update(number=2)
        second = prepared(world)
        services.share(actor=world.shares, plan_id=first.pk, at=AT)
        with pytest.raises(NotEnoughStock):
            services.share(actor=world.shares, plan_id=second.pk, at=AT)


class TestReceive:
    def test_books_the_platform_in_and_the_source_out(self):
        world = build()
        _plan, flows = sent(world)
        for flow in flows:
            received(world, flow)
        north = flows[0].lines.aggregate(units=Sum("sent"))["units"]
        assert balances("ght-N") == {"available": north}
        assert balances("spf") == {"available": 98_000}
        books_are_right()

    def test_writes_off_what_did_not_arrive_and_wants_a_word(self):
        world = build()
        _plan, (flow, *_others) = sent(world)
        line = flow.lines.get()
        with pytest.raises(Invalid):
            received(world, flow, differences={line.lot_id: line.sent - 50})
        received(world, flow, differences={line.lot_id: line.sent - 50}, words="Un carton mouillé")
        assert balances("ght-N") == {"available": line.sent - 50}
        books_are_right()

    def test_refuses_more_than_was_sent(self):
        world = build()
        _plan, (flow, *_others) = sent(world)
        line = flow.lines.get()
        with pytest.raises(Invalid) as caught:
            received(world, flow, differences={line.lot_id: line.sent + 50}, words="Trop")
        assert "reçues pour" in caught.value.faults[0].message
        assert Flow.objects.get(pk=flow.pk).state == Flow.State.SENT

    def test_is_for_its_own_platform(self):
        world = build()
        _plan, (flow, *_others) = sent(world)
        with pytest.raises(NotFound):
            services.receive(
                actor=referent(world.south), reference=flow.reference, differences={}, at=AT
            )


def hand_out(world, plan, facility, units, *, key="k1", **more):
    return services.hand_out(
        actor=referent(world.north),
        plan_id=plan.pk,
        registry=facility.registry,
        units={"surgical_mask": units},
        key=key,
        at=AT,
        **more,
    )


class TestHandOut:
    def test_reaches_the_door_and_leaves_nothing_behind(self):
        world = build()
        plan, flows = sent(world)
        for flow in flows:
            received(world, flow)
        lines = plan.lines.filter(territory="N", computed__gt=0).select_related("facility")
        for rank, line in enumerate(lines):
            hand_out(world, plan, line.facility, line.units, key=f"k{rank}")
        assert balances("ght-N") == {}
        books_are_right()

    def test_gives_once_a_key(self):
        world = build()
        plan, flows = sent(world)
        received(world, flows[0])
        hand_out(world, plan, world.home, 50)
        hand_out(world, plan, world.home, 50)
        assert balances("door") == {"delivered": 50}

    def test_gives_no_more_than_the_line(self):
        world = build()
        plan, flows = sent(world)
        received(world, flows[0])
        with pytest.raises(Invalid) as caught:
            hand_out(world, plan, world.home, 9000)
        assert "impossible d’en remettre 9000" in caught.value.faults[0].message

    def test_keeps_what_the_platform_advanced_as_a_debt_until_it_is_settled(self):
        world = build()
        plan, flows = sent(world)
        line = flows[0].lines.get()
        received(world, flows[0], differences={line.lot_id: 100}, words="Livraison partielle")
        with pytest.raises(NotEnoughStock):
            hand_out(world, plan, world.home, 400)
        hand_out(world, plan, world.home, 400, advance=True)
        assert services.debts(territory="N") == {"surgical_mask": 300}
        Owner.objects.get_or_create(code="state", defaults={"name": "État"})
        stocked(500, place="ght-N", number="S2")
        settle = {"territory": "N", "family": "surgical_mask", "reason": "Renfort ESMS", "at": AT}
        with pytest.raises(Invalid):
            services.settle(actor=agency(world.north.region), units=350, **settle)
        services.settle(actor=agency(world.north.region), units=300, **settle)
        assert services.debts(territory="N") == {}
        books_are_right()
