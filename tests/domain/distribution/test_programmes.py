"""Special flows: decided, their sites named, their own plans."""

from datetime import UTC, date, datetime

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Plan, PlanLine, Programme, ProgrammeSite
from distrilog.domain.distribution.queries import books
from distrilog.domain.distribution.services.seeding import seed_programmes
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.weeks import Week
from tests.domain.distribution.world import AT, WEEK, build, shared
from tests.factories import FamilyFactory, actor


pytestmark = pytest.mark.django_db


def decided(world, **values):
    known = {
        "code": "dialysis",
        "title": "Centres de dialyse",
        "family": "surgical_mask",
        "rule": "per_site",
        "units": 300,
        "starts_on": date(2020, 4, 6),
        "source": "ARS Occitanie, 24 avril 2020",
    }
    return services.decide_programme(
        actor=world.prepares, decision=services.Decision(**{**known, **values}), at=AT
    )


def enrolled(world, code="dialysis", **sizes):
    sizes = sizes or {"hospital": 1, "home": 2}
    services.enrol_sites(
        actor=world.prepares,
        code=code,
        sites={getattr(world, name).registry: size for name, size in sizes.items()},
        at=AT,
    )


def prepared(world, *, code="dialysis", week=WEEK, units=10_000, **values):
    return services.prepare_programme(
        actor=world.prepares, code=code, week=week, volumes={"spf": units}, at=AT, **values
    )


def units_of(plan):
    lines = PlanLine.objects.filter(plan=plan).select_related("facility")
    return {line.facility.registry: line.units for line in lines}


def words_of(caught):
    return " ".join(fault.message for fault in caught.value.faults)


class TestDecide:
    def test_keeps_the_rule_and_the_text(self):
        programme = decided(build())
        assert (programme.rule, programme.units) == ("per_site", 300)
        assert "24 avril" in programme.source

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"code": "a b"}, "Un code a"),
            ({"title": " "}, "ne peut pas être vide"),
            ({"family": "snorkel"}, "Famille inconnue"),
            ({"rule": "whim"}, "Règle inconnue"),
            ({"units": 0}, "nombre entier"),
            ({"ends_on": date(2020, 4, 1)}, "finit avant de commencer"),
            ({"every_weeks": 0}, "fréquence"),
        ],
    )
    def test_refuses_what_is_no_programme(self, values, words):
        with pytest.raises(Invalid) as caught:
            decided(build(), **values)
        assert words in words_of(caught)
        assert not Programme.objects.exists()

    def test_refuses_a_code_twice(self):
        world = build()
        decided(world)
        with pytest.raises(Invalid) as caught:
            decided(world)
        assert "existe déjà" in words_of(caught)

    def test_is_the_cell_s(self):
        with pytest.raises(Forbidden):
            services.decide_programme(
                actor=actor(Role.ARS),
                decision=services.Decision(
                    code="x", title="x", family="x", rule="named", starts_on=AT.date(), source="x"
                ),
                at=AT,
            )


class TestEnrol:
    def test_takes_the_last_size_said_and_takes_out_at_zero(self):
        world = build()
        decided(world)
        enrolled(world)
        enrolled(world, home=0, small=4, hospital=3)
        sizes = dict(ProgrammeSite.objects.values_list("facility__registry", "size"))
        assert sizes == {world.hospital.registry: 3, world.small.registry: 4}

    def test_names_who_is_not_known(self):
        world = build()
        decided(world)
        with pytest.raises(Invalid) as caught:
            services.enrol_sites(
                actor=world.prepares, code="dialysis", sites={"310000000": 1}, at=AT
            )
        assert "310000000" in words_of(caught)

    def test_needs_a_programme(self):
        world = build()
        with pytest.raises(NotFound):
            enrolled(world, code="nothing")


class TestPrepare:
    @pytest.mark.parametrize(
        ("rule", "expected"),
        [("per_site", (300, 300)), ("per_size", (300, 600)), ("named", (50, 100))],
    )
    def test_follows_its_rule(self, rule, expected):
        world = build()
        decided(world, rule=rule)
        if rule == "named":
            enrolled(world, hospital=50, home=100)
        else:
            enrolled(world)
        plan = prepared(world)
        assert units_of(plan) == {
            world.hospital.registry: expected[0],
            world.home.registry: expected[1],
        }

    def test_shares_what_there_is_when_it_is_less(self):
        world = build()
        decided(world, rule="per_size")
        enrolled(world)
        plan = prepared(world, units=450)
        assert units_of(plan) == {world.hospital.registry: 150, world.home.registry: 300}

    def test_names_the_sites_that_no_platform_serves(self):
        world = build()
        decided(world)
        enrolled(world, alone=1, home=1)
        plan = prepared(world)
        assert plan.excluded["no_platform"] == [world.alone.registry]
        assert units_of(plan) == {world.home.registry: 300}

    @pytest.mark.parametrize(
        ("values", "week", "words"),
        [
            ({}, Week(2020, 14), "n’est pas en cours"),
            ({"ends_on": date(2020, 4, 12)}, Week(2020, 16), "n’est pas en cours"),
            ({"every_weeks": 2}, Week(2020, 16), "toutes les 2 semaines"),
        ],
    )
    def test_respects_its_dates_and_its_step(self, values, week, words):
        world = build()
        decided(world, **values)
        enrolled(world)
        with pytest.raises(Invalid) as caught:
            prepared(world, week=week)
        assert words in words_of(caught)

    def test_takes_place_once_where_it_says_so(self):
        world = build()
        decided(world, once=True)
        enrolled(world)
        first = prepared(world)
        with pytest.raises(Invalid) as caught:
            prepared(world, week=WEEK.plus(1))
        assert "qu’une fois" in words_of(caught)
        services.abandon(actor=world.prepares, plan_id=first.pk, reason="Erreur", at=AT)
        assert prepared(world, week=WEEK.plus(1)).pk

    def test_needs_sites_and_a_volume_that_is_there(self):
        world = build()
        decided(world)
        with pytest.raises(Invalid) as caught:
            prepared(world, units=10**9)
        assert "aucun site" in words_of(caught)
        assert "dépasse le stock utilisable" in words_of(caught)

    def test_takes_nothing_from_the_weekly_plan(self):
        world = build()
        weekly = shared(world, surgical_mask={"spf": 1150})
        decided(world)
        enrolled(world)
        plan = prepared(world)
        assert weekly.week == plan.week
        assert units_of(weekly)[world.home.registry] == 400
        later = services.prepare(
            actor=world.prepares,
            proposal=services.Proposal(
                week=WEEK, number=2, volumes={"surgical_mask": {"spf": 50_000}}
            ),
            at=AT,
        )
        assert PlanLine.objects.get(plan=later, facility=world.home).already == 400

    def test_lives_as_any_plan(self):
        world = build()
        decided(world)
        enrolled(world)
        plan = prepared(world)
        services.share(actor=world.shares, plan_id=plan.pk, at=AT)
        services.freeze(actor=world.shares, plan_id=plan.pk, at=AT)
        flows = services.send(actor=world.shares, plan_id=plan.pk, at=AT)
        assert [flow.territory_id for flow in flows] == ["N"]
        assert Plan.objects.get(pk=plan.pk).state == Plan.State.SENT
        assert not books.discrepancies()


class TestEnd:
    def test_stops_new_plans(self):
        world = build()
        decided(world)
        enrolled(world)
        services.end_programme(
            actor=world.prepares, code="dialysis", on=date(2020, 4, 5 + 1), at=AT
        )
        with pytest.raises(Invalid):
            prepared(world, week=WEEK.plus(1))

    def test_is_not_before_the_start(self):
        world = build()
        decided(world)
        with pytest.raises(Invalid):
            services.end_programme(
                actor=world.prepares, code="dialysis", on=date(2020, 4, 1), at=AT
            )


class TestSeeds:
    def test_are_those_of_the_texts_and_stay_as_they_are(self):
        FamilyFactory(code="surgical_mask")
        seed_programmes(by="seed", at=AT)
        Programme.objects.filter(pk="fire").update(title="Pompiers")
        seed_programmes(by="seed", at=AT)
        assert set(Programme.objects.values_list("code", flat=True)) == {
            "blood",
            "dialysis",
            "fire",
            "first-endowment-1",
            "first-endowment-2",
            "home-care-providers",
        }
        assert Programme.objects.get(pk="fire").title == "Pompiers"

    def test_give_32000_masks_to_each_of_13_hospitals_before_any_doctrine(self):
        world = build(state=1_000_000)
        seed_programmes(by="seed", at=AT)
        enrolled(world, code="first-endowment-1", hospital=1)
        plan = prepared(
            world,
            code="first-endowment-1",
            week=Week(2020, 9),
            units=32_000,
            freezes_at=datetime(2020, 2, 27, 12, tzinfo=UTC),
            delivers_on=date(2020, 2, 28),
        )
        assert units_of(plan) == {world.hospital.registry: 32_000}
        assert plan.doctrine is None
