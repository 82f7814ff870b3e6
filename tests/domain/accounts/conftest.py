"""A small country: one region, one territory and its platform, an open home and a closed one."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from distrilog.domain.accounts.models import Person
from distrilog.domain.facilities.models import (
    Category,
    Department,
    Facility,
    Region,
    Territory,
    Zone,
)


AT = datetime(2020, 11, 4, 9, tzinfo=UTC)


@dataclass
class Country:
    platform: Facility
    home: Facility
    closed: Facility


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def country(db) -> Country:  # noqa: ARG001
    zone = Zone.objects.create(code="mainland", name="Métropole")
    region = Region.objects.create(code="76", name="Occitanie")
    Region.objects.create(code="28", name="Normandie")
    department = Department.objects.create(
        code="31", name="Haute-Garonne", region=region, zone=zone
    )
    # Its code is also Occitanie's.
    Department.objects.create(code="76", name="Seine-Maritime", region_id="28", zone=zone)
    category = Category.objects.create(code="500", name="EHPAD", group="nursing_home")

    def facility(registry: str, **more) -> Facility:
        return Facility.objects.create(
            registry=registry, name=registry, category=category, department=department, **more
        )

    platform = facility("310000001")
    Territory.objects.create(code="GHT-31", name="GHT", region=region, platform=platform)
    return Country(
        platform=platform,
        home=facility("310000002"),
        closed=facility("310000003", closed_on=date(2020, 11, 4)),
    )


@pytest.fixture
def person(db) -> Person:  # noqa: ARG001
    return Person.objects.create_user(name="Gestionnaire (essai)")
