"""Who is asked to declare, wave by wave."""

from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations.models import Enrolment, Mailing, RollUpState, Wave
from distrilog.domain.declarations.services.enrolling import (
    enrol,
    follow_register,
    let_off,
    seed_rollout,
)
from distrilog.kernel import clock
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from tests.factories import FacilityFactory, RegionFactory, TerritoryFactory, actor, agency


pytestmark = pytest.mark.django_db
AT = datetime(2020, 11, 3, 9, tzinfo=UTC)
CELL = actor()
SUPPORTS, HOSPITALS, EVERYONE = "2020-supports", "2020-hospitals", "2020-everyone"


@pytest.fixture
def country():
    """Two hospitals, one of them a support; a home, a home closed, a pharmacy; the waves."""
    seed_rollout()
    support, hospital = FacilityFactory.create_batch(2, hospital=True)
    TerritoryFactory(platform=support)
    return {
        "support": support,
        "hospital": hospital,
        "home": FacilityFactory(),
        "closed": FacilityFactory(closed_on=date(2020, 10, 1)),
        "pharmacy": FacilityFactory(pharmacy=True),
    }


def waves_of(country):
    """Return the wave of each facility that is asked, by name."""
    waves = dict(Enrolment.objects.values_list("facility_id", "wave_id"))
    return {name: waves[each.pk] for name, each in country.items() if each.pk in waves}


class TestSeedRollout:
    def test_writes_the_waves_of_2020_once_and_keeps_what_was_changed(self):
        seed_rollout()
        Wave.objects.filter(pk=SUPPORTS).update(starts_on=date(2020, 8, 10))
        Mailing.objects.filter(kind="digest").delete()
        seed_rollout()
        waves = Wave.objects.order_by("position").values_list("code", "starts_on", "reach")
        assert list(waves) == [
            (SUPPORTS, date(2020, 8, 10), "platforms"),
            (HOSPITALS, date(2020, 9, 7), "hospitals"),
            (EVERYONE, date(2020, 10, 5), "everyone"),
        ]
        assert list(Mailing.objects.order_by("weekday").values_list("kind", "weekday")) == [
            ("reminder", 4),
            ("reminder", 5),
        ]


class TestEnrol:
    def test_takes_in_supports_then_hospitals_then_all_that_are_open(self, country):
        added = [
            enrol(actor=CELL, wave=wave, at=AT).added for wave in (SUPPORTS, HOSPITALS, EVERYONE)
        ]
        assert added == [1, 1, 1]
        assert waves_of(country) == {"support": SUPPORTS, "hospital": HOSPITALS, "home": EVERYONE}

    def test_changes_nothing_again_and_takes_a_fixed_number_of_statements(
        self, country, django_assert_max_num_queries
    ):
        enrol(actor=CELL, wave=EVERYONE, at=AT)
        with django_assert_max_num_queries(12):
            again = enrol(actor=CELL, wave=EVERYONE, at=AT, since=date(2020, 11, 2))
        assert (again.added, again.already) == (0, 3)
        assert set(Enrolment.objects.values_list("since", flat=True)) == {date(2020, 10, 5)}
        assert waves_of(country)["home"] == EVERYONE

    def test_asks_those_named_and_no_others(self, country):
        enrol(actor=CELL, wave=SUPPORTS, registries=[country["home"].registry], at=AT)
        assert waves_of(country) == {"home": SUPPORTS}

    def test_asks_again_who_had_been_let_off(self, country):
        enrol(actor=CELL, wave=EVERYONE, at=AT)
        home = country["home"]
        until = date(2020, 11, 9)
        assert let_off(actor=CELL, registries=[home.registry], until=until, at=AT) == 1
        assert enrol(actor=CELL, wave=EVERYONE, since=date(2020, 11, 2), at=AT).added == 0
        assert enrol(actor=CELL, wave=EVERYONE, since=date(2020, 11, 16), at=AT).added == 1
        assert Enrolment.objects.get(facility=home).until is None

    def test_marks_the_roll_ups_that_count_who_is_asked(self, country):
        RollUpState.objects.create(week="2020-W45", built_at=AT)
        RollUpState.objects.create(week="2020-W40", built_at=AT)
        enrol(actor=CELL, wave=EVERYONE, at=AT)
        stale = RollUpState.objects.filter(stale_since__isnull=False)
        assert list(stale.values_list("week", flat=True)) == ["2020-W45"]
        assert country

    def test_refuses_all_that_is_wrong_at_once(self, country):
        with pytest.raises(Invalid) as caught:
            enrol(
                actor=CELL,
                wave=EVERYONE,
                registries=["x", country["home"].registry, country["closed"].registry],
                at=AT,
            )
        assert [fault.where for fault in caught.value.faults] == ["registries.0", "registries.2"]
        with pytest.raises(NotFound):
            enrol(actor=CELL, wave="none", at=AT)
        assert not Enrolment.objects.exists()

    def test_is_for_the_national_cell(self, country):
        for other in (agency(RegionFactory()), actor(Role.AUDITOR)):
            with pytest.raises(Forbidden):
                enrol(actor=other, wave=EVERYONE, at=AT)
            with pytest.raises(Forbidden):
                let_off(actor=other, registries=[], until=date(2020, 11, 9), at=AT)
        assert country


class TestFollowRegister:
    def test_asks_who_opened_since_a_wave_began_from_today_on(self, country):
        assert follow_register(at=AT) == 0
        enrol(actor=CELL, wave=EVERYONE, at=AT)
        newer = FacilityFactory()
        assert follow_register(at=AT) == 1
        assert Enrolment.objects.get(facility=newer).since == date(2020, 11, 3)
        assert follow_register(at=AT) == 0
        assert country


class TestCommand:
    def test_enrols_and_says_how_many(self, country, capsys, monkeypatch):
        monkeypatch.setattr(clock, "now", lambda: AT)
        call_command("enrol_wave", SUPPORTS)
        assert "1 établissements enrôlés, 0 l’étaient déjà" in capsys.readouterr().out
        call_command("enrol_wave")
        assert "2020-hospitals" in capsys.readouterr().out
        with pytest.raises(CommandError, match="Aucune vague"):
            call_command("enrol_wave", "none")
        assert waves_of(country) == {"support": SUPPORTS}
