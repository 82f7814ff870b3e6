"""A nursing home that declares: what the tests of declarations share."""

from datetime import UTC, datetime
from typing import Any

from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.declarations.models import Target
from distrilog.domain.declarations.rules import Said
from distrilog.domain.declarations.services import Declared, declare
from distrilog.domain.facilities.models import Facility
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week
from tests.factories import FacilityFactory, FamilyFactory, PersonFactory, ProfileFactory, orderer


AT = datetime(2020, 11, 3, 9, tzinfo=UTC)
WEEK = Week.parse("2020-W45")
MASK, GOWN = "surgical_mask", "gown"


def make_home(*, need: int = 700, gowns: int | None = None, **values: Any) -> Facility:
    """Make a nursing home that needs so many masks, and a fifth as many gowns, a week in a crisis."""
    facility = FacilityFactory.create(**values)
    for family, units in ((MASK, need), (GOWN, need // 5 if gowns is None else gowns)):
        FamilyFactory.create(code=family)
        Target.objects.create(facility=facility, family_id=family, need=units)
    return facility


def acting(facility: Facility, role: Role = Role.ORDERER, *, person: Any = None) -> Actor:
    """Return somebody who acts for a facility under a profile of his, both with their rows."""
    profile = ProfileFactory.create(
        role=role.value, facility=facility, person=person or PersonFactory.create()
    )
    return Actor(
        person=str(profile.person_id),
        profile=profile.pk,
        role=role,
        scope=Scope(kind=ScopeKind.FACILITY, code=facility.registry),
        facility_id=facility.pk,
        registry=facility.registry,
        region=facility.department.region_id,
    )


def masks(stock: int | None, consumption: int | None = None, **values: Any) -> Said:
    """Say so many masks."""
    return Said(family=MASK, stock=stock, consumption=consumption, **values)


def say(facility: Facility, *lines: Said, **values: Any) -> Declared:
    """Declare for a facility in the week of the tests, unless told otherwise."""
    given = {
        "actor": orderer(facility),
        "registry": facility.registry,
        "week": WEEK,
        "lines": lines,
        "at": AT,
    }
    return declare(**{**given, **values})
