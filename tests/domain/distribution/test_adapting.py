"""What agencies say of facilities for a while."""

from datetime import date

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution import rules, services
from distrilog.domain.distribution.models import Override, Trainees
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.weeks import Week
from tests.domain.distribution.world import AT, build
from tests.factories import RegionFactory, actor, agency


pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return build()


@pytest.fixture
def ars(world):
    return agency(world.home.department.region)


def words_of(caught):
    return " ".join(fault.message for fault in caught.value.faults)


def overridden(ars, facility, **values):
    known = {
        "per_mille": 500,
        "starts_on": date(2020, 7, 6),
        "ends_on": date(2020, 8, 30),
        "reason": "Fermeture partielle d’été",
    }
    return services.set_override(
        actor=ars, registry=facility.registry, at=AT, **{**known, **values}
    )


def registered(ars, facility, **values):
    known = {
        "kind": "student",
        "cohort": "IFSI Nord 2020",
        "headcount": 30,
        "starts_on": date(2020, 4, 6),
    }
    return services.register_trainees(
        actor=ars, registry=facility.registry, at=AT, **{**known, **values}
    )


class TestSetOverride:
    def test_holds_both_days_included(self, world, ars):
        override = overridden(ars, world.home)
        assert date(2020, 8, 30) in override.period
        assert date(2020, 8, 31) not in override.period

    def test_refuses_another_over_the_same_days_and_shows_it(self, world, ars):
        overridden(ars, world.home)
        with pytest.raises(Invalid) as caught:
            overridden(ars, world.home, starts_on=date(2020, 8, 30), ends_on=date(2020, 9, 6))
        assert "du 06/07/2020 au 30/08/2020 : 500 ‰, Fermeture partielle" in words_of(caught)

    def test_may_follow_the_next_day_or_speak_of_a_family(self, world, ars):
        overridden(ars, world.home)
        overridden(ars, world.home, starts_on=date(2020, 8, 31), ends_on=date(2020, 9, 6))
        overridden(ars, world.home, family="ffp2")
        assert Override.objects.count() == 3

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"per_mille": -1}, "millièmes"),
            ({"per_mille": 10_001}, "millièmes"),
            ({"ends_on": date(2020, 7, 1)}, "finit avant"),
            ({"reason": ""}, "vide"),
            ({"family": "snorkel"}, "Famille inconnue"),
        ],
    )
    def test_refuses_what_says_nothing(self, world, ars, values, words):
        with pytest.raises(Invalid) as caught:
            overridden(ars, world.home, **values)
        assert words in words_of(caught)

    def test_is_for_the_agency_of_the_region(self, world):
        with pytest.raises(Forbidden):
            overridden(actor(Role.NATIONAL_CELL), world.home)
        with pytest.raises(NotFound):
            overridden(agency(RegionFactory(code="76")), world.home)


class TestEndOverride:
    def test_makes_a_day_the_last(self, world, ars):
        override = overridden(ars, world.home)
        ended = services.end_override(
            actor=ars, override_id=override.pk, on=date(2020, 7, 31), at=AT
        )
        assert date(2020, 7, 31) in ended.period
        assert date(2020, 8, 1) not in ended.period

    def test_takes_away_what_had_not_started(self, world, ars):
        override = overridden(ars, world.home)
        ended = services.end_override(
            actor=ars, override_id=override.pk, on=date(2020, 6, 30), at=AT
        )
        assert ended is None
        assert not Override.objects.exists()

    def test_does_not_make_it_longer(self, world, ars):
        override = overridden(ars, world.home)
        with pytest.raises(Invalid):
            services.end_override(actor=ars, override_id=override.pk, on=date(2020, 9, 30), at=AT)

    def test_is_not_another_region_s(self, world, ars):
        override = overridden(ars, world.home)
        with pytest.raises(NotFound):
            services.end_override(
                actor=agency(RegionFactory(code="76")),
                override_id=override.pk,
                on=date(2020, 7, 31),
                at=AT,
            )


class TestRegisterTrainees:
    def test_names_who_counts_a_cohort_already(self, world, ars):
        registered(ars, world.home)
        with pytest.raises(Invalid) as caught:
            registered(ars, world.small)
        assert world.home.name in words_of(caught)
        assert world.home.registry in words_of(caught)
        assert Trainees.objects.count() == 1

    def test_lets_another_supply_it_once_the_first_no_longer_does(self, world, ars):
        first = registered(ars, world.home)
        services.end_trainees(actor=ars, trainees_id=first.pk, on=date(2020, 4, 30), at=AT)
        second = registered(ars, world.small, starts_on=date(2020, 5, 1))
        assert second.facility == world.small

    def test_has_interns_supplied_by_a_hospital(self, world, ars):
        with pytest.raises(Invalid) as caught:
            registered(ars, world.home, kind="intern")
        assert "CHU de rattachement" in words_of(caught)
        assert registered(ars, world.hospital, kind="intern").kind == "intern"

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"headcount": 0}, "nombre entier"),
            ({"headcount": 10**6}, "Au plus"),
            ({"every_weeks": 4}, "une, deux ou trois semaines"),
            ({"kind": "passer-by"}, "Nature inconnue"),
            ({"cohort": " "}, "vide"),
            ({"ends_on": date(2020, 4, 1)}, "finit avant"),
        ],
    )
    def test_refuses_what_is_no_cohort(self, world, ars, values, words):
        with pytest.raises(Invalid) as caught:
            registered(ars, world.home, **values)
        assert words in words_of(caught)


class TestWeeksSupplied:
    @pytest.mark.parametrize(
        ("week", "every", "weeks"),
        [
            (14, 1, 0),  # before the period starts
            (15, 1, 1),
            (15, 3, 3),
            (16, 3, 0),
            (18, 3, 3),
            (19, 1, 1),  # ends on Sunday 10 May
            (21, 3, 0),  # over
        ],
    )
    def test_are_those_until_the_next_turn(self, week, every, weeks):
        found = rules.weeks_supplied(
            week=Week(2020, week),
            starts_on=date(2020, 4, 8),
            ends_before=date(2020, 5, 18),
            every_weeks=every,
        )
        assert found == weeks

    def test_are_no_more_than_what_is_left_of_the_period(self):
        found = rules.weeks_supplied(
            week=Week(2020, 18),
            starts_on=date(2020, 4, 6),
            ends_before=date(2020, 5, 6),
            every_weeks=3,
        )
        assert found == 2

    def test_have_no_end_without_one(self):
        found = rules.weeks_supplied(
            week=Week(2021, 1), starts_on=date(2020, 12, 28), ends_before=None, every_weeks=2
        )
        assert found == 0
