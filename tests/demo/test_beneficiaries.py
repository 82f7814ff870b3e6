"""The perimeter of the demonstration, in a country small enough to write."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from distrilog.demo import beneficiaries
from distrilog.domain.accounts.rules import Actor
from distrilog.domain.distribution.models import Override, Trainees
from distrilog.domain.facilities import queries
from distrilog.domain.facilities.models import Facility, Referent
from distrilog.domain.regimes.models import Terms
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.factories import (
    AttachmentFactory,
    CategoryFactory,
    DepartmentFactory,
    FacilityFactory,
    FamilyFactory,
    RegionFactory,
    TerritoryFactory,
    actor,
)


AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
OCCITANIE = Scope(kind=ScopeKind.REGION, code="76")


@dataclass
class Cast:
    """Who decides."""

    prepares: Actor


@pytest.fixture
def country(db):  # noqa: ARG001
    region = RegionFactory(code="76")
    departments = [DepartmentFactory(code=code, region=region) for code in ("31", "82")]
    FamilyFactory(code="surgical_mask")
    kind = CategoryFactory(code="255", name="MAS", group="disability_home")
    for code in ("T1", "T2", "T3"):
        platform = FacilityFactory(hospital=True, department=departments[0])
        territory = TerritoryFactory(code=code, region=region, platform=platform)
        AttachmentFactory(facility=platform, territory=territory)
    for category in (kind, kind, *[CategoryFactory()] * 4):
        home = FacilityFactory(department=departments[0], category=category)
        AttachmentFactory(facility=home, territory_id="T1")
    ambulances = CategoryFactory(code="D-AMB", name="Ambulances", group="ambulance")
    for department in departments:
        AttachmentFactory(
            facility=FacilityFactory(department=department, category=ambulances),
            territory_id="T1",
        )


@pytest.mark.usefixtures("country")
class TestLayOut:
    def test_leaves_something_to_settle_and_something_under_way(self):
        beneficiaries.lay_out(cast=Cast(prepares=actor()), at=AT, say=lambda _text: None)

        on = AT.date()
        missing = queries.missing_referents(scope=OCCITANIE, on=on)
        assert [alert.kind for alert in missing.alerts] == ["platform", "platform", "ambulances"]
        assert queries.unattached(scope=OCCITANIE, on=on).count() == 1
        assert queries.sites(scope=OCCITANIE, since=on).count() == 1
        assert (Override.objects.count(), Trainees.objects.count()) == (1, 2)
        assert Facility.objects.filter(registry__startswith="DIS-96").count() == 1

    def test_twice_is_once(self):
        for _turn in range(2):
            beneficiaries.lay_out(cast=Cast(prepares=actor()), at=AT, say=lambda _text: None)

        assert Referent.objects.filter(region="76").count() == 1
        assert Terms.objects.filter(group="laboratory", starts_on=AT.date()).count() == 1
