"""A region seen by its agency: two platforms, a home, an orphan, a laboratory; Thursday 26 March 2020."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.test import Client

from distrilog.domain.facilities.models import Facility
from distrilog.kernel import clock
from tests.factories import (
    AttachmentFactory,
    CategoryFactory,
    DepartmentFactory,
    FacilityFactory,
    FamilyFactory,
    ProfileFactory,
    RegionFactory,
    TerritoryFactory,
)
from tests.web.people import client_of


AT = datetime(2020, 3, 26, 9, tzinfo=UTC)
TODAY = AT.date()


@dataclass
class Perimeter:
    """Who is served in the region."""

    home: Facility
    orphan: Facility
    platform: Facility
    stranger: Facility


@pytest.fixture
def perimeter(db, monkeypatch) -> Perimeter:  # noqa: ARG001
    """Build the region."""
    monkeypatch.setattr(clock, "now", lambda: AT)
    for code in ("surgical_mask", "ffp2"):
        FamilyFactory(code=code)
    region = RegionFactory(code="76", name="Occitanie")
    department = DepartmentFactory(code="31", region=region, name="Haute-Garonne")
    platforms = [
        FacilityFactory(hospital=True, department=department, name=name)
        for name in ("CHU de la Garonne", "Hôpital du Lauragais")
    ]
    for code, platform in zip(("T1", "T2"), platforms, strict=True):
        territory = TerritoryFactory(
            code=code, region=region, platform=platform, name=f"GHT {platform.name}"
        )
        AttachmentFactory(facility=platform, territory=territory)
    home = FacilityFactory(department=department, name="Résidence des Pins")
    AttachmentFactory(facility=home, territory_id="T1")
    CategoryFactory(code="611", name="Laboratoire", group="laboratory")
    return Perimeter(
        home=home,
        orphan=FacilityFactory(department=department, name="Foyer sans toit"),
        platform=platforms[0],
        stranger=FacilityFactory(department=DepartmentFactory(code="75")),
    )


@pytest.fixture
def agency(perimeter) -> Client:  # noqa: ARG001
    """Return the browser of the agency."""
    return client_of(ProfileFactory(role="ars", perimeter="76", facility=None))


@pytest.fixture
def cell(perimeter) -> Client:  # noqa: ARG001
    """Return the browser of the national cell."""
    return client_of(ProfileFactory(role="national_cell", perimeter="", facility=None))


def later(days: int) -> str:
    """Return a day after today, as a form sends it."""
    return date.fromordinal(TODAY.toordinal() + days).isoformat()
