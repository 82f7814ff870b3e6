"""A lot and its plan: parts that add up to it, shares that add up to each part, another person's word, a promise."""

import pytest

from distrilog.domain.accounts.rules import SameSigner
from distrilog.domain.regional import services
from distrilog.domain.regional.models import LotPlan, LotShare
from distrilog.domain.stock.services import NotEnoughStock
from distrilog.kernel.refusals import Invalid, NotFound
from tests.domain.regional.world import (
    AT,
    MASK,
    books_are_right,
    build,
    decided,
    endowed,
    executed,
    planned,
    stored,
    usable,
)
from tests.factories import FacilityFactory, RegionFactory, TerritoryFactory, agency


pytestmark = pytest.mark.django_db


def part(units, *shares, purpose="reinforcement", words=""):
    return services.PartOf(purpose=purpose, units=units, shares=shares, words=words)


def to(territory, units, **more):
    return services.ShareOf(territory=territory.pk, units=units, **more)


def faults_of(call):
    with pytest.raises(Invalid) as caught:
        call()
    return caught.value.faults


class TestPrepareLotPlan:
    def test_keeps_parts_that_add_up_to_the_lot(self):
        world = build()
        plan = planned(world, part(40_600), part(17_800), part(345_600))
        assert plan.units == 404_000
        assert plan.state == LotPlan.State.DRAFT

    def test_refuses_parts_that_sum_to_another_total_and_says_by_how_much(self):
        world = build()
        proposal = services.LotProposal(
            reference="L",
            title="Don AIRBUS",
            family=MASK,
            units=404_000,
            parts=[part(40_600), part(345_600)],
        )
        (fault,) = faults_of(
            lambda: services.prepare_lot_plan(actor=world.prepares, proposal=proposal, at=AT)
        )
        assert fault.message.startswith("Les parts font 386200 unités, le lot en compte 404000")
        assert "17800 de moins" in fault.message

    def test_refuses_shares_that_sum_to_another_total_than_their_part(self):
        world = build()
        (fault,) = faults_of(lambda: planned(world, part(1000, to(world.toulouse, 900))))
        assert fault.where == "parts.0"

    def test_refuses_who_is_of_another_region_of_none_or_named_twice(self):
        world = build()
        other = TerritoryFactory(
            code="X", region=RegionFactory(code="11"), platform=FacilityFactory(hospital=True)
        )
        faults = faults_of(
            lambda: planned(
                world,
                part(
                    400,
                    to(other, 100),
                    services.ShareOf(units=100),
                    to(world.toulouse, 100),
                    to(world.toulouse, 100),
                ),
            )
        )
        assert {fault.where for fault in faults} == {
            "parts.0.0",
            "parts.0.1",
            "parts.0.3",
        }

    def test_has_a_reserve_kept_by_the_platforms_own_delegation_unless_another_is_named(self):
        world = build()
        shares = to(world.toulouse, 100), to(world.toulouse, 50, department="82")
        plan = planned(world, part(150, *shares, purpose="reserve"))
        owners = LotShare.objects.filter(part__plan=plan).values_list("owner", flat=True)
        assert set(owners) == {"del-31", "del-82"}

    def test_refuses_a_reserve_that_no_delegation_of_the_region_keeps(self):
        world = build()
        for share in (
            to(world.toulouse, 100, department="75"),
            services.ShareOf(facility=world.home.registry, units=100),
        ):
            assert faults_of(lambda one=share: planned(world, part(100, one, purpose="reserve")))

    def test_refuses_two_shares_that_break_a_box(self):
        world = build()
        faults = faults_of(
            lambda: planned(world, part(100, to(world.toulouse, 60), to(world.montauban, 40)))
        )
        assert "boîtes entières" in faults[0].message


class TestSplitProRata:
    def test_follows_what_the_last_national_plan_gave_each_territory(self):
        world = build()
        endowed({"T31": 500, "T82": 500}, week="2020-W14")
        endowed({"T31": 7500, "T82": 2500}, week="2020-W15")
        plan = planned(world, part(1_000))
        services.split_pro_rata(actor=world.prepares, part_id=plan.parts.get().pk, at=AT)
        shares = LotShare.objects.filter(part__plan=plan).values_list("territory", "units")
        assert dict(shares) == {"T31": 750, "T82": 250}

    def test_follows_weights_where_they_are_given_and_replaces_what_was_said(self):
        world = build()
        plan = planned(world, part(1_000, to(world.toulouse, 1_000)))
        services.split_pro_rata(
            actor=world.prepares, part_id=plan.parts.get().pk, weights={"T31": 1, "T82": 4}, at=AT
        )
        shares = LotShare.objects.filter(part__plan=plan).values_list("territory", "units")
        assert dict(shares) == {"T31": 200, "T82": 800}

    def test_says_where_there_is_nothing_to_split_by(self):
        world = build()
        plan = planned(world, part(1_000))
        (fault,) = faults_of(
            lambda: services.split_pro_rata(
                actor=world.prepares, part_id=plan.parts.get().pk, at=AT
            )
        )
        assert fault.where == "weights"

    def test_is_for_a_draft_of_ones_own_region(self):
        world = build()
        stored(world, 1_000)
        plan = decided(world, part(1_000, to(world.toulouse, 1_000)))
        with pytest.raises(services.WrongState):
            services.split_pro_rata(actor=world.prepares, part_id=plan.parts.get().pk, at=AT)
        with pytest.raises(NotFound):
            services.split_pro_rata(
                actor=agency(RegionFactory(code="11")), part_id=plan.parts.get().pk, at=AT
            )


class TestDecideLotPlan:
    def test_is_another_persons(self):
        world = build()
        stored(world, 1_000)
        plan = planned(world, part(1_000, to(world.toulouse, 1_000)))
        with pytest.raises(SameSigner):
            services.decide_lot_plan(actor=world.prepares, reference=plan.reference, at=AT)

    def test_promises_the_stock_so_that_nothing_else_takes_it(self):
        world = build()
        stored(world, 1_000)
        decided(world, part(800, to(world.toulouse, 800)))
        assert usable("ars-76") == {("reg-76", MASK): 200}
        with pytest.raises(NotEnoughStock):
            services.issue_urgently(
                actor=world.prepares,
                to=services.Recipient(facility=world.home.registry),
                family=MASK,
                units=201,
                motive="Foyer",
                key="u1",
                at=AT,
            )
        books_are_right()

    def test_does_not_promise_what_is_not_there(self):
        world = build()
        stored(world, 700)
        plan = planned(world, part(800, to(world.toulouse, 800)))
        with pytest.raises(NotEnoughStock):
            services.decide_lot_plan(actor=world.decides, reference=plan.reference, at=AT)
        plan.refresh_from_db()
        assert plan.state == LotPlan.State.DRAFT

    def test_waits_for_every_part_to_be_shared_out_but_what_is_kept(self):
        world = build()
        stored(world, 1_000)
        plan = planned(world, part(400), part(600, purpose="kept"))
        (fault,) = faults_of(
            lambda: services.decide_lot_plan(actor=world.decides, reference=plan.reference, at=AT)
        )
        assert "0 unités réparties sur 400" in fault.message

    def test_promises_nothing_of_what_is_kept(self):
        world = build()
        stored(world, 1_000)
        decided(world, part(400, to(world.toulouse, 400)), part(600, purpose="kept"))
        assert usable("ars-76") == {("reg-76", MASK): 600}

    def test_decides_once(self):
        world = build()
        stored(world, 1_000)
        plan = decided(world, part(1_000, to(world.toulouse, 1_000)))
        again = services.decide_lot_plan(actor=world.decides, reference=plan.reference, at=AT)
        assert again.decided_at == plan.decided_at
        books_are_right()


class TestAbandonLotPlan:
    def abandoned(self, world, reference="LOT-1"):
        return services.abandon_lot_plan(
            actor=world.prepares, reference=reference, reason="Erreur de lot", at=AT
        )

    def test_frees_what_was_promised(self):
        world = build()
        stored(world, 1_000)
        decided(world, part(1_000, to(world.toulouse, 1_000)))
        self.abandoned(world)
        assert usable("ars-76") == {("reg-76", MASK): 1_000}
        assert self.abandoned(world).state == LotPlan.State.ABANDONED
        books_are_right()

    def test_leaves_what_was_carried_where_it_is(self):
        world = build()
        stored(world, 1_000)
        plan = decided(world, part(1_000, to(world.toulouse, 600), to(world.montauban, 400)))
        first = LotShare.objects.get(part__plan=plan, territory=world.toulouse)
        services.execute_share(actor=world.prepares, share_id=first.pk, at=AT)
        self.abandoned(world)
        assert usable("ars-76") == {("reg-76", MASK): 400, ("ght-T31", MASK): 600}
        books_are_right()

    def test_is_too_late_once_it_is_done(self):
        world = build()
        stored(world, 1_000)
        executed(world, part(1_000, to(world.toulouse, 1_000)))
        with pytest.raises(services.WrongState):
            self.abandoned(world)
