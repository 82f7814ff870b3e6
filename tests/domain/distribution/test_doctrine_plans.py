"""The rules of 20 and 26 March 2020, as facilities read them in their plan: scenarios in plain words."""

from datetime import UTC, date, datetime

import pytest

from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import PlanLine
from distrilog.domain.facilities.models import Category
from distrilog.kernel.weeks import Week
from tests.domain.distribution.world import build, push
from tests.factories import (
    AttachmentFactory,
    CategoryFactory,
    DepartmentFactory,
    DoctrineVersionFactory,
    FacilityFactory,
    FamilyFactory,
    RegionFactory,
    TerritoryFactory,
    stocked,
)


pytestmark = pytest.mark.django_db

AT_20 = datetime(2020, 3, 17, 9, tzinfo=UTC)
# The version of 20 March holds from its Monday in this table, that of 26 March from the 23rd, as it says itself.
WEEKS = {"20 mars": Week(2020, 12), "26 mars": Week(2020, 13)}
# In the list of departments at risk on 23 March, and not in it.
AT_RISK, ELSEWHERE = "75", "31"


@pytest.fixture
def world():
    made = build(state=1_000_000)
    DoctrineVersionFactory(rule_set="2020-03-20", effective_on=date(2020, 3, 16))
    FamilyFactory(code="ffp2")
    stocked(1_000_000, family="ffp2", place="spf", number="F1")
    RegionFactory(code="76")
    push("surgical_mask", "ffp2", regions=["76"])
    return made


def served(group, *, department, **sizes):
    """A facility of a group with a platform, in a department of Île-de-France or of Occitanie."""
    region = {"75": "11", "31": "76"}[department]
    of = DepartmentFactory(code=department, region=RegionFactory(code=region))
    category = CategoryFactory(
        code=f"T{list(Category.Group.values).index(group)}", name=group, group=group
    )
    facility = FacilityFactory(category=category, department=of, **sizes)
    platform = FacilityFactory(hospital=True, department=of)
    territory = TerritoryFactory(code=f"T{department}", region=of.region, platform=platform)
    AttachmentFactory(facility=facility, territory=territory)
    return facility


def received(world, facility, *, text, family="surgical_mask"):
    """Plan the week of a text with more than enough; return what the facility gets."""
    plan = services.prepare(
        actor=world.prepares,
        proposal=services.Proposal(
            week=WEEKS[text],
            volumes={"surgical_mask": {"spf": 900_000}, "ffp2": {"spf": 900_000}},
        ),
        at=AT_20,
    )
    line = PlanLine.objects.filter(plan=plan, facility=facility, family=family).first()
    return line.units if line else 0


@pytest.mark.parametrize(
    ("who", "group", "sizes", "department", "family", "text", "units"),
    [
        # Five masks a place and a week, under both texts.
        ("an EHPAD of 80 places", "nursing_home", {"places": {"places": 80}}, AT_RISK, "surgical_mask", "20 mars", 400),
        ("an EHPAD of 80 places", "nursing_home", {"places": {"places": 80}}, AT_RISK, "surgical_mask", "26 mars", 400),
        ("a home of 33 places", "disability_home", {"places": {"places": 33}}, ELSEWHERE, "surgical_mask", "26 mars", 200),
        # Home hospitalisation: a box a structure, then three at risk and two elsewhere.
        ("home hospitalisation", "home_hospital", {}, AT_RISK, "surgical_mask", "20 mars", 50),
        ("home hospitalisation at risk", "home_hospital", {}, AT_RISK, "surgical_mask", "26 mars", 150),
        ("home hospitalisation elsewhere", "home_hospital", {}, ELSEWHERE, "surgical_mask", "26 mars", 100),
        # The same hospital of 100 caregivers: 3 masks a day, 7 days, for 40 % of them; then 11.2 each at risk.
        ("a hospital", "hospital", {"people": {"caregiver": 100}}, AT_RISK, "surgical_mask", "20 mars", 850),
        ("the same at risk", "hospital", {"people": {"caregiver": 100}}, AT_RISK, "surgical_mask", "26 mars", 1150),
        ("the same elsewhere", "hospital", {"people": {"caregiver": 100}}, ELSEWHERE, "surgical_mask", "26 mars", 850),
        # FFP2 for acts at risk under the first text; under the second for all caregivers at risk.
        ("a hospital without acts at risk", "hospital", {"people": {"caregiver": 100}}, AT_RISK, "ffp2", "20 mars", 0),
        ("the same at risk", "hospital", {"people": {"caregiver": 100}}, AT_RISK, "ffp2", "26 mars", 300),
        ("the same elsewhere", "hospital", {"people": {"caregiver": 100}}, ELSEWHERE, "ffp2", "26 mars", 0),
        # Home carers are named on 20 March without a quantity; nine masks each on 26 March.
        ("home care", "home_care", {"people": {"home_carer": 20}}, ELSEWHERE, "surgical_mask", "20 mars", 0),
        ("home care", "home_care", {"people": {"home_carer": 20}}, ELSEWHERE, "surgical_mask", "26 mars", 200),
    ],
)  # fmt: skip
def test_gives_what_the_text_says(world, who, group, sizes, department, family, text, units):
    facility = served(group, department=department, **sizes)
    assert received(world, facility, text=text, family=family) == units, who
