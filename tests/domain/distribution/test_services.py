"""Push plans: computed, given to the agencies, adjusted, frozen."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, given, settings, strategies as st

from distrilog.domain.accounts.rules import Role, SameSigner
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Endowment, Plan, PlanLine
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from tests.domain.distribution.world import AT, WEEK, build, prepared, shared
from tests.factories import RegionFactory, actor, agency


pytestmark = pytest.mark.django_db


def units_of(plan, facility, family="surgical_mask"):
    line = PlanLine.objects.filter(plan=plan, facility=facility, family=family).first()
    return line.units if line else 0


def messages_of(caught):
    return " ".join(fault.message for fault in caught.value.faults)


class TestPrepare:
    def test_gives_a_home_of_80_places_its_400_masks_when_there_is_enough(self):
        world = build()
        plan = prepared(world, surgical_mask={"spf": 50_000})
        assert units_of(plan, world.home) == 400
        assert units_of(plan, world.small) == 200
        assert units_of(plan, world.far) == 500

    def test_adds_up_from_facility_to_platform_to_source(self):
        world = build(requisitioned=50_000)
        plan = prepared(world, surgical_mask={"spf": 1500, "operator": 700})
        lines = {
            row["territory"]: row["units"]
            for row in PlanLine.objects.filter(plan=plan)
            .values("territory")
            .annotate(units=Sum(F("computed") + F("changed")))
        }
        flows = {
            row["territory"]: row["units"]
            for row in Endowment.objects.filter(plan=plan)
            .values("territory")
            .annotate(units=Sum("units"))
        }
        assert lines == flows
        assert sum(flows.values()) == 2200
        by_source = Endowment.objects.filter(plan=plan).values_list("source").annotate(Sum("units"))
        assert dict(by_source) == {"spf": 1500, "operator": 700}
        assert not PlanLine.objects.filter(plan=plan).exclude(computed__in=range(0, 9999, 50))

    def test_holds_the_floor_of_nursing_homes_while_there_is_enough_for_it(self):
        world = build()
        plan = prepared(world, surgical_mask={"spf": 1150})
        assert [units_of(plan, each) for each in (world.home, world.small, world.far)] == [
            400,
            200,
            500,
        ]
        assert not plan.shares.get().floors_short

    def test_shares_the_floors_by_the_same_rule_when_there_is_not_and_says_so(self):
        world = build()
        plan = prepared(world, surgical_mask={"spf": 550})
        assert plan.shares.get().floors_short
        assert [units_of(plan, each) for each in (world.home, world.small, world.far)] == [
            200,
            100,
            250,
        ]
        assert units_of(plan, world.hospital) == 0

    def test_leaves_out_who_no_platform_serves_and_names_it(self):
        world = build()
        plan = prepared(world)
        assert plan.excluded == {"no_platform": [world.alone.registry], "circuit": {}}
        assert units_of(plan, world.alone) == 0

    def test_takes_requests_until_thursday_and_freezes_on_friday_before(self):
        world = build()
        plan = prepared(world)
        assert plan.requests_until.isoformat() == "2020-04-02T18:00:00+02:00"
        assert plan.freezes_at.isoformat() == "2020-04-03T18:00:00+02:00"
        assert str(plan.delivers_on) == "2020-04-07"

    @pytest.mark.parametrize(
        ("volumes", "words"),
        [
            ({"surgical_mask": {"spf": 0}}, "rien à répartir"),
            ({"surgical_mask": {"spf": 200_000}}, "dépasse le stock utilisable : 100000"),
            ({"surgical_mask": {"spf": -1}}, "dépasse le stock utilisable"),
            ({"surgical_mask": {"moon": 10}}, "Lieu inconnu"),
            ({"snorkel": {"spf": 10}}, "Famille inconnue"),
        ],
    )
    def test_refuses_what_cannot_be_pushed(self, volumes, words):
        world = build()
        with pytest.raises(Invalid) as caught:
            prepared(world, **volumes)
        assert words in messages_of(caught)
        assert not Plan.objects.exists()

    def test_is_not_for_an_agency(self):
        world = build()
        proposal = services.Proposal(week=WEEK, volumes={"surgical_mask": {"spf": 100}})
        with pytest.raises(Forbidden):
            services.prepare(actor=actor(Role.ARS), proposal=proposal, at=AT)
        assert world.home.pk

    def test_carries_what_rounding_left_to_the_next_plan(self):
        world = build()
        first = shared(world, surgical_mask={"spf": 1450})
        services.freeze(actor=world.shares, plan_id=first.pk, at=AT)
        carried = dict(first.lines.values_list("facility_id", "carried"))
        assert any(carried.values())
        proposal = services.Proposal(week=WEEK.plus(1), volumes={"surgical_mask": {"spf": 1450}})
        following = services.prepare(actor=world.prepares, proposal=proposal, at=AT)
        later = dict(following.lines.values_list("facility_id", "carried"))
        assert later != carried


class TestShare:
    def test_is_for_another_person(self):
        world = build()
        plan = prepared(world)
        with pytest.raises(SameSigner):
            services.share(actor=world.prepares, plan_id=plan.pk, at=AT)

    def test_comes_too_late_once_it_should_be_frozen(self):
        world = build()
        plan = prepared(world)
        with pytest.raises(services.WrongState):
            services.share(actor=world.shares, plan_id=plan.pk, at=plan.freezes_at)


def adjust(world, plan, changes, *, by=None, at=AT, reason="Foyer déclaré", territory="N"):
    return services.adjust(
        actor=by or agency(world.north.region),
        plan_id=plan.pk,
        territory=territory,
        family="surgical_mask",
        changes={facility.registry: units for facility, units in changes.items()},
        reason=reason,
        at=at,
    )


class TestAdjust:
    def test_moves_boxes_within_a_platform(self):
        world = build()
        plan = shared(world)
        before = units_of(plan, world.hospital)
        adjust(world, plan, {world.small: 100, world.hospital: -100})
        assert units_of(plan, world.hospital) == before - 100
        assert units_of(plan, world.small) == 300

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"small": 100}, "100 unités de trop"),
            ({"small": -50, "hospital": 50}, "sous le plancher de 200"),
            ({"small": 25, "hospital": -25}, "boîtes entières"),
            ({"far": 50, "hospital": -50}, "pas servi par cette plateforme"),
        ],
    )
    def test_refuses_and_changes_nothing(self, change, words):
        world = build()
        plan = shared(world)
        before = dict(plan.lines.values_list("pk", "changed"))
        with pytest.raises(Invalid) as caught:
            adjust(world, plan, {getattr(world, name): units for name, units in change.items()})
        assert words in messages_of(caught)
        assert dict(plan.lines.values_list("pk", "changed")) == before

    def test_wants_to_know_why(self):
        world = build()
        plan = shared(world)
        with pytest.raises(Invalid) as caught:
            adjust(world, plan, {world.small: 50, world.hospital: -50}, reason=" ")
        assert "Dire pourquoi" in messages_of(caught)

    def test_is_closed_after_the_freeze(self):
        world = build()
        plan = shared(world)
        with pytest.raises(services.WrongState):
            adjust(world, plan, {world.small: 50, world.hospital: -50}, at=plan.freezes_at)
        assert services.freeze_due(at=plan.freezes_at + timedelta(seconds=1)) == 1
        assert services.freeze_due(at=plan.freezes_at + timedelta(seconds=2)) == 0
        with pytest.raises(services.WrongState):
            adjust(world, plan, {world.small: 50, world.hospital: -50})

    def test_is_not_for_another_region(self):
        world = build()
        plan = shared(world)
        with pytest.raises(NotFound):
            adjust(
                world,
                plan,
                {world.small: 50, world.hospital: -50},
                by=agency(RegionFactory(code="93")),
            )

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.lists(st.tuples(st.integers(-6, 6), st.integers(-6, 6)), min_size=1, max_size=6))
    def test_keeps_total_floors_and_boxes_whatever_the_sequence(self, db, sequence):  # noqa: ARG002
        with transaction.atomic():
            world = build()
            plan = shared(world)
            total = plan.lines.aggregate(units=Sum(F("computed") + F("changed")))["units"]
            for home, small in sequence:
                boxes = {world.home: home, world.small: small, world.hospital: -home - small}
                changes = {site: each * 50 for site, each in boxes.items()}
                with suppress(Invalid):
                    adjust(world, plan, changes)
            lines = list(plan.lines.all())
            transaction.set_rollback(True)  # Each example has a world of its own.
        assert sum(line.units for line in lines) == total
        assert all(line.units >= line.floor >= 0 and line.units % 50 == 0 for line in lines)
