"""What a plan's week asks for: regimes, overrides, people in training, gifts, circuits, what is carried."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from distrilog.domain.declarations.models import Gift
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Override, PlanLine, Trainees
from distrilog.domain.facilities.models import Circuit
from distrilog.kernel.refusals import Invalid
from distrilog.kernel.weeks import Week
from tests.domain.distribution.world import AT, WEEK, build, prepared, push
from tests.factories import (
    AttachmentFactory,
    CategoryFactory,
    DepartmentFactory,
    DoctrineVersionFactory,
    FacilityFactory,
    FamilyFactory,
    PlaceFactory,
    RegionFactory,
    TerritoryFactory,
    stocked,
)


pytestmark = pytest.mark.django_db

PLENTY = {"spf": 50_000}


def line_of(plan, facility, family="surgical_mask"):
    return PlanLine.objects.filter(plan=plan, facility=facility, family=family).first()


def words_of(caught):
    return " ".join(fault.message for fault in caught.value.faults)


def elsewhere(*, region="44", department="67"):
    """A home of 60 places in another region, with its own platform."""
    there = RegionFactory(code=region)
    of = DepartmentFactory(code=department, region=there)
    hospital = FacilityFactory(hospital=True, department=of)
    home = FacilityFactory(places={"places": 60}, department=of)
    territory = TerritoryFactory(code="E", region=there, platform=hospital)
    AttachmentFactory(facility=home, territory=territory)
    return home


def proposal(**values):
    return services.Proposal(
        week=WEEK, volumes=values.pop("volumes", {"surgical_mask": PLENTY}), **values
    )


class TestRegimes:
    def test_push_a_family_where_it_is_pushed_and_nowhere_else(self):
        world = build()
        home = elsewhere()
        push("surgical_mask", regions=["44"], mode="pull")
        plan = prepared(world, surgical_mask=PLENTY)
        assert line_of(plan, world.home).units == 400
        assert line_of(plan, home) is None
        assert plan.regions == {"surgical_mask": ["11"]}

    def test_read_the_regime_on_the_monday_of_the_week(self):
        world = build()
        home = elsewhere()
        push("surgical_mask", regions=["44"], since=datetime(2020, 4, 5, 22, tzinfo=UTC))
        assert line_of(prepared(world, surgical_mask=PLENTY), home).units == 300
        push(
            "surgical_mask", regions=["44"], mode="pull", since=datetime(2020, 4, 5, 22, tzinfo=UTC)
        )
        second = services.prepare(actor=world.prepares, proposal=proposal(number=2), at=AT)
        assert line_of(second, home) is None

    def test_refuse_a_family_that_no_region_is_pushed_and_say_what_to_do(self):
        world = build()
        stocked(1000, family="gown", place="spf")
        with pytest.raises(Invalid) as caught:
            prepared(world, gown={"spf": 500})
        assert "rien n’est poussé dans aucune région" in words_of(caught)
        assert "continuité" in caught.value.faults[0].remedy

    def test_serve_every_region_of_the_zone_in_a_fallback_that_says_why(self):
        world = build()
        home = elsewhere()
        push("surgical_mask", regions=["44"], mode="pull")
        with pytest.raises(Invalid) as caught:
            services.prepare(actor=world.prepares, proposal=proposal(fallback=True), at=AT)
        assert "plan de continuité" in words_of(caught)
        plan = services.prepare(
            actor=world.prepares,
            proposal=proposal(fallback=True, reason="Portail en panne depuis lundi."),
            at=AT,
        )
        assert line_of(plan, home).units == 300
        assert line_of(plan, world.home).units == 400
        assert plan.fallback


class TestZones:
    def far(self):
        """A home of 50 places at La Réunion, pushed from its own store."""
        PlaceFactory(at_sea=True)
        hospital = FacilityFactory(at_sea=True, category=CategoryFactory(code="355"))
        home = FacilityFactory(at_sea=True, places={"places": 50})
        territory = TerritoryFactory(code="R", region=hospital.department.region, platform=hospital)
        AttachmentFactory(facility=home, territory=territory)
        push("surgical_mask", regions=["04"])
        stocked(10_000, place="reunion", number="Z1")
        return home

    def test_draw_on_their_own_store_by_their_own_calendar(self):
        world = build()
        home = self.far()
        plan = services.prepare(
            actor=world.prepares,
            proposal=proposal(zone="reunion", volumes={"surgical_mask": {"reunion": 1000}}),
            at=AT,
        )
        assert line_of(plan, home).units == 250
        assert line_of(plan, world.home) is None
        # Friday 18:00 there, and twelve days on the way.
        assert plan.freezes_at == datetime(2020, 4, 3, 14, tzinfo=UTC)
        assert plan.delivers_on == date(2020, 4, 15)

    def test_refuse_a_source_of_another_zone(self):
        world = build()
        self.far()
        with pytest.raises(Invalid) as caught:
            services.prepare(actor=world.prepares, proposal=proposal(zone="reunion"), at=AT)
        assert "sert une autre zone" in words_of(caught)

    def test_leave_overseas_out_of_the_plan_of_the_mainland(self):
        world = build()
        home = self.far()
        assert line_of(prepared(world, surgical_mask=PLENTY), home) is None

    def test_refuse_a_zone_nobody_knows(self):
        world = build()
        with pytest.raises(Invalid) as caught:
            services.prepare(actor=world.prepares, proposal=proposal(zone="lune"), at=AT)
        assert "Zone inconnue" in words_of(caught)


class TestRequisition:
    def test_is_the_second_source_of_a_plan(self):
        world = build()
        PlaceFactory(code="requisition", name="Stocks réquisitionnés", kind="requisition")
        stocked(5000, place="requisition", number="Q1")
        plan = prepared(world, surgical_mask={"spf": 600, "requisition": 400})
        assert set(plan.endowments.values_list("source", flat=True)) == {"spf", "requisition"}
        assert sum(plan.endowments.values_list("units", flat=True)) == 1000


class TestOverrides:
    def told(self, facility, per_mille, *, family="", until=date(2020, 5, 1)):
        Override.objects.create(
            facility=facility,
            family=family,
            per_mille=per_mille,
            period=DateRange(date(2020, 4, 1), until),
            reason="Été",
            by="ars",
            at=AT,
        )

    def test_change_the_need_and_keep_the_doctrine_s(self):
        world = build()
        self.told(world.home, 500)
        line = line_of(prepared(world, surgical_mask=PLENTY), world.home)
        assert (line.need_doctrine, line.need, line.units) == (400, 200, 200)

    def test_close_a_facility_for_the_season(self):
        world = build()
        self.told(world.home, 0)
        plan = prepared(world, surgical_mask=PLENTY)
        assert line_of(plan, world.home) is None
        assert line_of(plan, world.small).units == 200

    def test_of_the_family_win_over_those_of_all(self):
        world = build()
        self.told(world.home, 0)
        self.told(world.home, 2000, family="surgical_mask")
        assert line_of(prepared(world, surgical_mask=PLENTY), world.home).units == 800

    @pytest.mark.parametrize(("until", "units"), [("2020-04-06", 400), ("2020-04-07", 200)])
    def test_end_by_themselves(self, until, units):
        world = build()
        self.told(world.home, 500, until=date.fromisoformat(until))
        assert line_of(prepared(world, surgical_mask=PLENTY), world.home).units == units


class TestTrainees:
    def supplied(self, facility, *, headcount=20, every=1, since=date(2020, 4, 6), until=None):
        Trainees.objects.create(
            facility=facility,
            kind="student",
            cohort=f"IFSI {since} {every}",
            headcount=headcount,
            every_weeks=every,
            period=DateRange(since, until),
            by="ars",
            at=AT,
        )

    def test_count_as_caregivers_of_a_hospital_by_its_own_rule(self):
        world = build()
        before = line_of(prepared(world, surgical_mask=PLENTY), world.hospital)
        self.supplied(world.hospital, headcount=12)
        plan = services.prepare(actor=world.prepares, proposal=proposal(number=2), at=AT)
        after = line_of(plan, world.hospital)
        # A tenth more caregivers than its 120: a tenth more masks, rounded up once.
        assert after.need_doctrine == before.need
        assert after.need == -(-before.need * 11 // 10)

    def test_count_as_places_where_the_rule_counts_places(self):
        world = build()
        self.supplied(world.home, headcount=20)
        line = line_of(prepared(world, surgical_mask=PLENTY), world.home)
        assert (line.need_doctrine, line.need) == (400, 500)

    def test_get_all_their_weeks_on_their_turn_and_nothing_between(self):
        world = build()
        self.supplied(world.home, headcount=20, every=3, since=date(2020, 3, 16))
        line = line_of(prepared(world, surgical_mask=PLENTY), world.home)
        assert (WEEK, line.need) == (Week(2020, 15), 400 + 3 * 100)
        following = services.prepare(
            actor=world.prepares,
            proposal=services.Proposal(week=WEEK.plus(1), volumes={"surgical_mask": PLENTY}),
            at=AT,
        )
        assert line_of(following, world.home).need == 400


class TestGifts:
    def given(self, facility, units, *, at=AT, key="g1", withdrawn=None):
        Gift.objects.create(
            key=key,
            donor="region:11",
            donor_name="Région",
            facility=facility,
            family_id="surgical_mask",
            units=units,
            given_on=at.date(),
            by="donor",
            at=at,
            withdrawn_at=withdrawn,
        )

    def test_count_as_there_and_lower_the_floor(self):
        world = build()
        self.given(world.home, 150)
        plan = prepared(world, surgical_mask={"spf": 1000})
        line = line_of(plan, world.home)
        assert (line.given, line.need, line.units, line.floor) == (150, 400, 250, 250)

    def test_count_once_in_the_first_plan_after_they_are_told(self):
        world = build()
        self.given(world.home, 150)
        first = prepared(world, surgical_mask=PLENTY)
        services.share(actor=world.shares, plan_id=first.pk, at=AT)
        self.given(world.home, 100, at=AT + timedelta(hours=1), key="g2")
        second = services.prepare(
            actor=world.prepares,
            proposal=services.Proposal(week=WEEK.plus(1), volumes={"surgical_mask": {"spf": 9000}}),
            at=AT + timedelta(days=7),
        )
        assert line_of(second, world.home).given == 100

    def test_do_not_count_once_withdrawn(self):
        world = build()
        self.given(world.home, 150, withdrawn=AT)
        assert line_of(prepared(world, surgical_mask=PLENTY), world.home).given == 0


class TestCircuits:
    def test_give_nothing_to_a_category_that_another_chain_counts(self):
        world = build()
        Circuit.objects.create(
            group="nursing_home",
            chain="portal",
            starts_on=date(2020, 4, 1),
            source="test",
            by="cell",
        )
        plan = prepared(world, surgical_mask=PLENTY)
        assert line_of(plan, world.home) is None
        assert line_of(plan, world.hospital) is not None
        assert plan.excluded["circuit"] == {"surgical_mask": {"nursing_home": 4}}

    def test_still_serve_one_that_another_chain_completes(self):
        world = build()
        Circuit.objects.create(
            group="nursing_home",
            chain="pharmacy",
            counts=False,
            starts_on=date(2020, 4, 1),
            source="004",
            by="cell",
        )
        assert line_of(prepared(world, surgical_mask=PLENTY), world.home).units == 400


class TestShortfall:
    def frozen(self, world, week, **volumes):
        plan = services.prepare(
            actor=world.prepares,
            proposal=services.Proposal(week=week, volumes=volumes),
            at=AT,
        )
        services.share(actor=world.shares, plan_id=plan.pk, at=AT)
        return services.freeze(actor=world.shares, plan_id=plan.pk, at=AT)

    def test_is_made_up_for_by_the_next_plan_once_all_needs_are_met(self):
        world = build()
        self.frozen(world, WEEK, surgical_mask={"spf": 550})
        following = self.frozen(world, WEEK.plus(1), surgical_mask={"spf": 90_000})
        line = line_of(following, world.home)
        assert (line.need, line.missing, line.units) == (400, 200, 600)

    def test_does_not_come_before_this_week_s_need(self):
        world = build()
        self.frozen(world, WEEK, surgical_mask={"spf": 550})
        following = self.frozen(world, WEEK.plus(1), surgical_mask={"spf": 1150})
        assert [
            line_of(following, each).units for each in (world.home, world.small, world.far)
        ] == [
            400,
            200,
            500,
        ]

    def test_is_never_more_than_a_week(self):
        world = build()
        stocked(500_000, place="spf", number="S2")
        for ahead in range(3):
            self.frozen(world, WEEK.plus(ahead), surgical_mask={"spf": 50})
        line = line_of(self.frozen(world, WEEK.plus(3), surgical_mask={"spf": 50_000}), world.home)
        assert (line.missing, line.units) == (400, 800)


class TestSecondPush:
    def test_of_a_week_counts_what_the_first_gave(self):
        world = build()
        first = prepared(world, surgical_mask={"spf": 550})
        services.share(actor=world.shares, plan_id=first.pk, at=AT)
        second = services.prepare(actor=world.prepares, proposal=proposal(number=2), at=AT)
        line = line_of(second, world.home)
        assert (line.already, line.units) == (200, 200)

    def test_follows_within_days_by_its_own_moments(self):
        world = build()
        DoctrineVersionFactory(rule_set="2020-03-20", effective_on=date(2020, 3, 16))
        plan = services.prepare(
            actor=world.prepares,
            proposal=services.Proposal(
                week=Week(2020, 12),
                volumes={"surgical_mask": PLENTY},
                title="Première livraison",
                freezes_at=datetime(2020, 3, 18, 17, tzinfo=UTC),
                delivers_on=date(2020, 3, 19),
            ),
            at=datetime(2020, 3, 18, 9, tzinfo=UTC),
        )
        assert plan.delivers_on == date(2020, 3, 19)
        assert plan.requests_until <= plan.freezes_at

    def test_needs_a_rank_of_its_own(self):
        world = build()
        prepared(world, surgical_mask=PLENTY)
        with pytest.raises(Invalid) as caught:
            prepared(world, surgical_mask=PLENTY)
        assert "a déjà un plan n° 1" in words_of(caught)

    def test_refuses_moments_that_cross(self):
        world = build()
        with pytest.raises(Invalid) as caught:
            services.prepare(
                actor=world.prepares,
                proposal=proposal(
                    requests_until=datetime(2020, 4, 9, tzinfo=UTC),
                    freezes_at=datetime(2020, 4, 8, tzinfo=UTC),
                    delivers_on=date(2020, 4, 7),
                ),
                at=AT,
            )
        assert {fault.where for fault in caught.value.faults} == {"requests_until", "delivers_on"}


class TestWorkedExample:
    """The table of docs/push-plans.md."""

    def test_is_what_is_computed(self):
        world = build()
        PlaceFactory(code="requisition", name="Stocks réquisitionnés", kind="requisition")
        stocked(5000, place="requisition", number="Q1")
        TestGifts().given(world.small, 60)
        plan = prepared(world, surgical_mask={"spf": 1500, "requisition": 730})
        lines = plan.lines.order_by("territory", "facility__registry")
        assert list(
            lines.values_list("territory", "need", "given", "floor", "computed", "carried")
        ) == [
            ("N", 1344, 0, 0, 750, 16_666),
            ("N", 400, 0, 400, 400, 0),
            ("N", 200, 60, 150, 150, 0),
            ("S", 672, 0, 0, 400, -16_667),
            ("S", 500, 0, 500, 500, 0),
        ]
        flows = plan.endowments.order_by("territory", "-source")
        assert list(flows.values_list("territory", "source", "units")) == [
            ("N", "spf", 900),
            ("N", "requisition", 400),
            ("S", "spf", 600),
            ("S", "requisition", 300),
        ]
        share = plan.shares.get()
        assert (share.level_numerator, share.level_denominator) == (575, 1008)
        assert share.envelope - share.shared == 30


def test_families_without_volume_are_not_written():
    world = build()
    FamilyFactory(code="ffp2")
    plan = prepared(world, surgical_mask=PLENTY)
    assert list(plan.shares.values_list("family", flat=True)) == ["surgical_mask"]
