"""Thresholds, targets, difficulties read."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations import tasks
from distrilog.domain.declarations.models import (
    AlertThreshold,
    Difficulty,
    RollUpState,
    Target,
    TargetState,
)
from distrilog.domain.declarations.rules import Trouble
from distrilog.domain.declarations.services import (
    follow_doctrine,
    mark_seen,
    rebuild_targets,
    set_threshold,
)
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.facilities.models import Facility
from distrilog.kernel import clock
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from tests.domain.declarations.world import AT, MASK, WEEK, say
from tests.factories import (
    FAMILIES,
    DepartmentFactory,
    DoctrineVersionFactory,
    FacilityFactory,
    FamilyFactory,
    RegionFactory,
    actor,
    agency,
    orderer,
)


TODAY = date(2020, 11, 3)


def threshold(**values: Any) -> AlertThreshold:
    given = {
        "actor": actor(),
        "watch_days": 21,
        "alert_days": 10,
        "starts_on": TODAY,
        "reason": "Deuxième vague.",
        "at": AT,
    }
    return set_threshold(**{**given, **values})


class TestSetThreshold:
    def test_holds_from_a_day_on_and_has_the_weeks_rolled_up_again(self, home):
        RollUpState.objects.create(week=str(WEEK), built_at=AT)
        row = threshold(group="nursing_home", family=MASK, region=home.department.region_id)
        assert (row.watch_days, row.alert_days, row.starts_on) == (21, 10, TODAY)
        assert RollUpState.objects.get(week=str(WEEK)).stale_since == AT

    def test_sets_the_same_day_again(self, db):  # noqa: ARG002
        threshold()
        threshold(alert_days=12)
        assert AlertThreshold.objects.get().alert_days == 12

    def test_of_an_agency_is_for_its_own_region(self, db):  # noqa: ARG002
        own, other = RegionFactory.create(code="84"), RegionFactory.create(code="11")
        assert threshold(actor=agency(own), region=other.code).region == own

    @pytest.mark.parametrize(
        ("values", "where"),
        [
            ({"watch_days": -1}, {"watch_days", "alert_days"}),
            ({"watch_days": 366}, {"watch_days"}),
            ({"alert_days": 22}, {"alert_days"}),
            ({"starts_on": TODAY - timedelta(days=2)}, {"starts_on"}),
            ({"reason": "  "}, {"reason"}),
            ({"group": "circus", "region": "99", "family": "hat"}, {"group", "region", "family"}),
        ],
    )
    @pytest.mark.django_db
    def test_is_refused_for_all_that_is_wrong(self, values, where):
        with pytest.raises(Invalid) as refusal:
            threshold(**values)
        assert {fault.where for fault in refusal.value.faults} == where
        assert not AlertThreshold.objects.exists()

    def test_is_not_for_a_facility_to_set(self, home):
        with pytest.raises(Forbidden):
            threshold(actor=orderer(home))


@pytest.fixture
def country(db) -> list[Facility]:  # noqa: ARG001
    for code in FAMILIES:
        FamilyFactory.create(code=code)
    DoctrineVersionFactory.create()
    return [
        FacilityFactory.create(places={"places": 80}),
        FacilityFactory.create(hospital=True, places={"acute": 400, "intensive": 20}),
        FacilityFactory.create(closed=True, places={"places": 50}),
    ]


def targets() -> dict[tuple[int, str], int]:
    rows = Target.objects.values_list("facility_id", "family_id", "need")
    return {(facility, family): need for facility, family, need in rows}


def needs() -> dict[tuple[int, str], int]:
    national = doctrines.national_need(version=doctrines.in_force(on=TODAY), on=TODAY)
    return {
        (int(facility), family): int(need)
        for family, units in national.units.items()
        for facility, need in zip(national.features.ids, np.asarray(units), strict=True)
        if need
    }


class TestRebuildTargets:
    def test_gives_each_open_facility_its_need_under_the_doctrine_in_force(self, country):
        changed = rebuild_targets(at=AT)
        assert targets() == needs()
        assert changed == len(targets()) > 0
        assert not Target.objects.filter(facility=country[2]).exists()

    @pytest.mark.usefixtures("country")
    def test_changes_nothing_the_second_time(self):
        rebuild_targets(at=AT)
        RollUpState.objects.create(week=str(WEEK), built_at=AT)
        assert rebuild_targets(at=AT) == 0
        assert RollUpState.objects.get().stale_since is None

    def test_follows_the_register(self, country):
        rebuild_targets(at=AT)
        RollUpState.objects.create(week=str(WEEK), built_at=AT)
        country[0].capacities.update(places=8)
        Facility.objects.filter(pk=country[1].pk).update(closed_on=TODAY)
        assert rebuild_targets(at=AT) > 0
        assert targets() == needs()
        assert RollUpState.objects.get(week=str(WEEK)).stale_since == AT

    @pytest.mark.usefixtures("country")
    def test_can_run_twice_in_a_transaction(self):
        rebuild_targets(at=AT)
        Target.objects.all().delete()
        assert rebuild_targets(at=AT) == len(needs())

    def test_refuses_where_no_doctrine_is_in_force(self, home):
        with pytest.raises(doctrines.NoDoctrine):
            rebuild_targets(at=AT)
        assert Target.objects.filter(facility=home).exists()


class TestFollowDoctrine:
    @pytest.mark.usefixtures("country")
    def test_rebuilds_once_a_doctrine(self):
        assert follow_doctrine(at=AT) > 0
        Target.objects.all().delete()
        assert follow_doctrine(at=AT) == 0
        newer = DoctrineVersionFactory.create(code="newer", effective_on=TODAY)
        assert follow_doctrine(at=AT) == len(needs())
        assert TargetState.objects.get().doctrine == newer

    def test_waits_for_a_doctrine(self, home):
        assert follow_doctrine(at=AT) == 0
        assert Target.objects.filter(facility=home).exists()


class TestEntryPoints:
    @pytest.fixture(autouse=True)
    def _now(self, monkeypatch):
        monkeypatch.setattr(clock, "now", lambda: AT)

    @pytest.mark.usefixtures("country")
    def test_rebuild_the_targets(self, capsys):
        call_command("rebuild_targets")
        assert f"{len(needs())} cible(s)" in capsys.readouterr().out
        assert tasks.targets(0) == 0
        assert tasks.doctrine(0) == 0

    @pytest.mark.usefixtures("home")
    def test_say_so_without_a_doctrine(self):
        assert tasks.targets(0) == 0
        with pytest.raises(CommandError, match="doctrine"):
            call_command("rebuild_targets")


class TestMarkSeen:
    @pytest.fixture
    def told(self, home) -> Difficulty:
        say(home, troubles=[Trouble(category="size", urgency="week")])
        return Difficulty.objects.get()

    def test_keeps_the_first_reader(self, told):
        first, second = actor(), agency(told.facility.department.region)
        mark_seen(actor=first, difficulty_id=told.pk, at=AT)
        row = mark_seen(actor=second, difficulty_id=told.pk, at=AT + timedelta(hours=1))
        assert (row.seen_by, row.seen_at) == (first.person, AT)

    def test_is_for_the_facility_s_own_agency(self, told):
        elsewhere = DepartmentFactory.create(code="69", region=RegionFactory.create(code="84"))
        with pytest.raises(NotFound):
            mark_seen(actor=agency(elsewhere.region), difficulty_id=told.pk, at=AT)

    @pytest.mark.parametrize("role", [Role.AUDITOR, Role.SPF])
    def test_is_not_for_who_may_not_read_it(self, told, role):
        with pytest.raises(Forbidden):
            mark_seen(actor=actor(role), difficulty_id=told.pk, at=AT)

    def test_is_not_for_the_facility_itself(self, told):
        with pytest.raises(Forbidden):
            mark_seen(actor=orderer(told.facility), difficulty_id=told.pk, at=AT)
