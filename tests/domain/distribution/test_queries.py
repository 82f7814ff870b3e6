"""Plans as they are read: by the cell, by an agency, at its desk, by a facility, with what made each number."""

from datetime import UTC, datetime

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution import services
from distrilog.domain.distribution.queries import desk, endowments, plans, requests, why
from distrilog.kernel.refusals import Invalid, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week
from tests.domain.distribution.world import AT, WEEK, build, prepared, shared
from tests.factories import PlaceFactory, agency, orderer


pytestmark = pytest.mark.django_db
MASK = "surgical_mask"
COUNTRY = Scope(kind=ScopeKind.COUNTRY)


def scope_of(region) -> Scope:
    return Scope(kind=ScopeKind.REGION, code=region.pk)


@pytest.fixture
def world():
    return build()


def changes(world, *, boxes: int) -> dict[str, int]:
    """Move boxes from the hospital to the small home."""
    return {world.hospital.registry: -boxes * 50, world.small.registry: boxes * 50}


class TestPlans:
    def test_lists_what_each_scope_receives(self, world):
        plan = shared(world)

        (row,) = plans.plans(scope=COUNTRY)

        assert row.plan == plan
        assert row.platforms == 2
        assert row.units == {MASK: 2000}

    def test_hides_a_draft_from_agencies(self, world):
        prepared(world)

        assert plans.plans(scope=scope_of(world.north.region)) == []
        assert len(plans.plans(scope=COUNTRY)) == 1

    def test_takes_two_statements(self, world, django_assert_num_queries):
        shared(world)
        with django_assert_num_queries(2):
            plans.plans(scope=COUNTRY)


class TestPlan:
    def test_sums_its_platforms_to_its_total(self, world):
        found = plans.plan(plan_id=shared(world).pk, scope=COUNTRY)

        assert found.totals[MASK].units == 2000
        assert sum(each.figures[MASK].units for each in found.platforms) == 2000
        assert [(place.pk, units) for place, units in found.sources[MASK]] == [("spf", 2000)]

    def test_names_who_is_not_served_and_why(self, world):
        found = plans.plan(plan_id=shared(world).pk, scope=COUNTRY)

        assert [each.facility for each in found.excluded] == [world.alone]
        assert "plateforme" in found.excluded[0].why
        assert found.excluded_count == 1

    def test_shows_an_agency_its_platforms_alone(self, world):
        elsewhere = Scope(kind=ScopeKind.REGION, code="99")

        found = plans.plan(plan_id=shared(world).pk, scope=elsewhere)

        assert found.platforms == []
        assert found.totals == {}

    def test_is_not_found_as_a_draft(self, world):
        draft = prepared(world)
        with pytest.raises(NotFound):
            plans.plan(plan_id=draft.pk, scope=scope_of(world.north.region))


class TestDesk:
    def test_shows_the_lines_of_a_platform(self, world):
        found = desk.desk(plan_id=shared(world).pk, territory="N", scope=COUNTRY)

        assert {line.registry for line in found.lines} == {
            world.hospital.registry,
            world.home.registry,
            world.small.registry,
        }
        assert found.totals.units == sum(line.units for line in found.lines)
        assert found.matching == 3

    def test_searches_by_name_and_group(self, world):
        plan = shared(world)

        named = desk.Choice(search=world.home.registry)
        homes = desk.Choice(group="nursing_home", sort=desk.Sort.NEED, descending=True)

        assert [one.registry for one in self.lines(plan, named)] == [world.home.registry]
        assert [one.registry for one in self.lines(plan, homes)] == [
            world.home.registry,
            world.small.registry,
        ]

    def test_takes_a_percent_sign_for_itself(self, world):
        assert self.lines(shared(world), desk.Choice(search="%")) == []

    def test_shows_what_a_facility_asks_for(self, world):
        services.ask_change(
            actor=orderer(world.home),
            registry=world.home.registry,
            family=MASK,
            units=900,
            reason="Foyer.",
            at=datetime(2020, 3, 31, 9, tzinfo=UTC),
        )
        line = next(one for one in self.lines(shared(world)) if one.registry == world.home.registry)
        assert line.asked == 900

    def test_is_not_found_in_another_region(self, world):
        plan = shared(world)
        with pytest.raises(NotFound):
            desk.desk(
                plan_id=plan.pk,
                territory="N",
                scope=Scope(kind=ScopeKind.REGION, code="99"),
            )

    def test_asks_no_more_for_more_lines(self, world, django_assert_num_queries):
        plan = shared(world)
        with django_assert_num_queries(7):
            desk.desk(plan_id=plan.pk, territory="N", scope=COUNTRY)

    def lines(self, plan, choice=None):
        return desk.desk(plan_id=plan.pk, territory="N", scope=COUNTRY, choice=choice).lines


class TestEffect:
    def effect(self, plan, moves, *, at=AT):
        return desk.effect(
            plan_id=plan.pk, territory="N", family=MASK, changes=moves, scope=COUNTRY, at=at
        )

    def test_shows_who_would_get_what(self, world):
        found = self.effect(shared(world), changes(world, boxes=1))

        assert found.may_be_made
        assert {each.line.registry: each.change for each in found.moved} == changes(world, boxes=1)

    def test_writes_nothing(self, world):
        plan = shared(world)
        before = desk.desk(plan_id=plan.pk, territory="N", scope=COUNTRY).lines

        self.effect(plan, changes(world, boxes=1))

        assert desk.desk(plan_id=plan.pk, territory="N", scope=COUNTRY).lines == before

    def test_tells_every_fault_at_once(self, world):
        plan = shared(world)

        found = self.effect(plan, {world.home.registry: -50, world.far.registry: 30, "none": 10})

        assert found.over == -50
        told = " ".join(fault.message for fault in found.faults)
        assert "plancher" in told
        assert "n’est pas servi par cette plateforme" in told
        assert "50 unités de moins" in told

    def test_says_that_the_plan_is_frozen(self, world):
        plan = shared(world)

        found = self.effect(plan, changes(world, boxes=1), at=plan.freezes_at)

        assert [fault.where for fault in found.faults] == ["plan"]

    def test_agrees_with_what_an_adjustment_does(self, world):
        plan = shared(world)
        told = self.effect(plan, changes(world, boxes=1))

        services.adjust(
            actor=agency(world.north.region),
            plan_id=plan.pk,
            territory="N",
            family=MASK,
            changes=changes(world, boxes=1),
            reason="Foyer.",
            at=AT,
        )

        lines = {
            one.registry: one.units
            for one in desk.desk(plan_id=plan.pk, territory="N", scope=COUNTRY).lines
        }
        assert {each.line.registry: each.after for each in told.moved}.items() <= lines.items()


class TestWhy:
    def test_gives_the_rule_the_level_and_the_changes(self, world):
        plan = shared(world)
        services.adjust(
            actor=agency(world.north.region),
            plan_id=plan.pk,
            territory="N",
            family=MASK,
            changes=changes(world, boxes=1),
            reason="Foyer à l’étage.",
            at=AT,
        )

        found = why.why(plan_id=plan.pk, registry=world.small.registry, scope=COUNTRY)

        (family,) = found.families
        assert family.lines
        assert sum(line.units for line in family.lines) == family.line.need_doctrine
        assert [(each.units, each.adjustment.reason) for each in family.changes] == [
            (50, "Foyer à l’étage.")
        ]
        assert 0 < family.level_tenths <= 1000

    def test_says_why_somebody_gets_nothing(self, world):
        plan = shared(world)

        found = why.why(plan_id=plan.pk, registry=world.alone.registry, scope=COUNTRY)

        assert found.families == []
        assert "plateforme" in found.excluded

    def test_is_not_found_elsewhere(self, world):
        plan = shared(world)
        elsewhere = Scope(kind=ScopeKind.REGION, code="99")
        with pytest.raises(NotFound):
            why.why(plan_id=plan.pk, registry=world.home.registry, scope=elsewhere)


class TestOfFacility:
    def test_gives_its_lines_with_what_was_handed_out(self, world):
        PlaceFactory(code="door", kind="door", name="Établissements servis")
        plan = shared(world)
        services.freeze(actor=world.shares, plan_id=plan.pk, at=AT)
        services.send(actor=world.shares, plan_id=plan.pk, at=AT)
        platform = orderer(world.hospital, role=Role.PLATFORM)
        reference = plan.flows.get(territory="N").reference
        services.receive(actor=platform, reference=reference, differences={}, at=AT)
        services.hand_out(
            actor=platform,
            plan_id=plan.pk,
            registry=world.home.registry,
            units={MASK: 50},
            key="k",
            at=AT,
        )

        (line,) = endowments.of_facility(facility_id=world.home.pk)

        assert line.sure
        assert line.handed == 50
        assert line.left == line.line.units - 50
        assert line.handed_at == AT

    def test_is_not_sure_while_agencies_adjust(self, world):
        shared(world)

        (line,) = endowments.of_facility(facility_id=world.home.pk)

        assert not line.sure

    def test_says_nothing_of_a_draft(self, world):
        prepared(world)
        assert endowments.of_facility(facility_id=world.home.pk) == []


class TestRequests:
    def ask(self, world, *, at, units=900):
        return services.ask_change(
            actor=orderer(world.home),
            registry=world.home.registry,
            family=MASK,
            units=units,
            reason="Foyer.",
            at=at,
        )

    def test_consolidates_by_family_and_leaves_late_ones_to_the_next_week(self, world):
        until = requests.requests(scope=COUNTRY, week=WEEK, at=AT).until
        self.ask(world, at=AT)
        self.ask(world, at=until.replace(hour=19), units=1000)

        found = requests.requests(scope=COUNTRY, week=WEEK, at=until.replace(hour=19))

        assert found.closed
        assert [each.request.units for each in found.waiting] == [900]
        assert found.later == 1
        assert [(each.sites, each.asked) for each in found.sums] == [(1, 900)]

    def test_measures_against_what_the_plan_gives(self, world):
        plan = shared(world)
        self.ask(world, at=AT)

        (wish,) = requests.requests(scope=COUNTRY, week=WEEK, at=AT).waiting

        line = plan.lines.get(facility=world.home)
        assert wish.usual == line.units
        assert wish.more == 900 - line.units
        assert (wish.plan_id, wish.territory) == (plan.pk, "N")

    def test_leaves_other_regions_out(self, world):
        self.ask(world, at=AT)
        elsewhere = Scope(kind=ScopeKind.REGION, code="99")
        assert requests.requests(scope=elsewhere, week=WEEK, at=AT).waiting == []

    def test_separates_what_was_answered(self, world):
        asked = self.ask(world, at=AT)
        services.answer_change(
            actor=agency(world.north.region), request_id=asked.pk, taken=True, answer="", at=AT
        )

        found = requests.requests(scope=COUNTRY, week=WEEK, at=AT)

        assert (len(found.waiting), len(found.answered)) == (0, 1)

    def test_takes_the_week_that_is_asked(self):
        assert requests.requests(scope=COUNTRY, week=Week.parse("2020-W20"), at=AT).waiting == []


class TestAdjustOnceAKey:
    def adjust(self, world, plan, *, key, boxes=1, by=None, at=AT):
        return services.adjust(
            actor=by or agency(world.north.region, person="camille"),
            plan_id=plan.pk,
            territory="N",
            family=MASK,
            changes=changes(world, boxes=boxes),
            reason="Foyer.",
            key=key,
            at=at,
        )

    def test_is_made_once_however_often_it_is_sent(self, world):
        plan = shared(world)
        first = self.adjust(world, plan, key="k1")

        assert self.adjust(world, plan, key="k1") == first
        assert plan.lines.get(facility=world.small).changed == 50

    def test_is_still_made_once_after_the_freeze(self, world):
        plan = shared(world)
        first = self.adjust(world, plan, key="k1")
        services.freeze(actor=world.shares, plan_id=plan.pk, at=AT)
        assert self.adjust(world, plan, key="k1") == first

    def test_refuses_the_key_for_another_adjustment(self, world):
        plan = shared(world)
        self.adjust(world, plan, key="k1")
        with pytest.raises(Invalid, match="déjà servi"):
            self.adjust(world, plan, key="k1", boxes=-1)

    def test_leaves_each_its_own_keys(self, world):
        plan = shared(world)
        self.adjust(world, plan, key="k1")
        self.adjust(world, plan, key="k1", by=agency(world.north.region, person="alix"))
        assert plan.lines.get(facility=world.small).changed == 100
