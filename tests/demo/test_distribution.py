"""The demo's push: plans at each step, and as many words as promised, whatever the day it starts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from distrilog.demo import distribution
from distrilog.domain.accounts.rules import Actor
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Adjustment, ChangeRequest, HandOut, Plan, Residual
from distrilog.domain.distribution.queries import books
from distrilog.domain.facilities.models import Territory
from distrilog.domain.stock import queries as stock
from distrilog.kernel.weeks import PARIS, Week
from tests.factories import (
    AttachmentFactory,
    DepartmentFactory,
    DoctrineVersionFactory,
    FacilityFactory,
    PlaceFactory,
    RegionFactory,
    TerritoryFactory,
    actor,
    stocked,
)


pytestmark = pytest.mark.django_db

THURSDAY = datetime(2020, 11, 19, 9, tzinfo=PARIS)
SUNDAY = datetime(2020, 11, 22, 9, tzinfo=PARIS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    prepares: Actor
    signs: Actor


@pytest.fixture
def cast():
    """Two regions, three platforms each with their homes, and stock of what is pushed."""
    DoctrineVersionFactory(rule_set="2020-10", effective_on=date(2020, 10, 5))
    for code, kind in (("spf", "spf"), ("requisition", "requisition"), ("door", "door")):
        PlaceFactory(code=code, kind=kind, name=code)
    stocked(500_000, family="apron", place="spf", number="A1")
    stocked(500_000, family="surgical_mask", place="spf", number="M1")
    for region, department in (("76", "31"), ("44", "67")):
        there = DepartmentFactory(code=department, region=RegionFactory(code=region))
        for rank in range(3):
            platform = FacilityFactory(hospital=True, department=there, people={"caregiver": 300})
            territory = TerritoryFactory(
                code=f"{region}10{rank}", region=there.region, platform=platform
            )
            homes = [
                FacilityFactory(department=there, places={"places": 90}, people={"caregiver": 60})
                for _ in range(3)
            ]
            for facility in (platform, *homes):
                AttachmentFactory(facility=facility, territory=territory)
    return Cast(prepares=actor(), signs=actor())


def played(cast, *, at):
    distribution.push_weeks(week=Week.at(at, PARIS), cast=cast, at=at, say=lambda _text: None)


def states():
    weekly = Plan.objects.filter(programme=None).order_by("week")
    return {plan.week: plan.state for plan in weekly}


class TestPushWeeks:
    def test_shows_a_plan_at_each_step(self, cast):
        played(cast, at=THURSDAY)
        assert states() == {"2020-W46": "sent", "2020-W47": "sent", "2020-W48": "shared"}
        assert Plan.objects.get(programme="dialyse").state == Plan.State.DRAFT

    def test_leaves_a_difference_an_advance_and_a_rest_behind(self, cast):
        played(cast, at=THURSDAY)
        first = Territory.objects.order_by("-region", "code")[0].pk
        assert services.debts(territory=first).keys() == {"apron"}
        assert Residual.objects.get().territory_id == "76101"
        assert HandOut.objects.filter(line__plan__week="2020-W47").count() == 0

    def test_leaves_this_week_s_flows_to_the_visitor_s_platform(self, cast):
        played(cast, at=THURSDAY)
        flows = Plan.objects.get(week="2020-W47").flows
        assert set(flows.filter(state="sent").values_list("territory", flat=True)) == {"76100"}
        assert flows.filter(state="received").count() > 0

    def test_lets_homes_ask_and_one_agency_adjust(self, cast):
        played(cast, at=THURSDAY)
        assert ChangeRequest.objects.count() == distribution.ASKERS
        adjustment = Adjustment.objects.get(plan__week="2020-W48")
        assert adjustment.territory.region_id == "44"

    def test_keeps_a_plan_to_adjust_once_the_next_one_is_frozen(self, cast):
        played(cast, at=SUNDAY)
        assert states() == {
            "2020-W46": "sent",
            "2020-W47": "sent",
            "2020-W48": "frozen",
            "2020-W49": "shared",
        }

    def test_changes_nothing_the_second_time_and_goes_on_the_next_week(self, cast):
        played(cast, at=THURSDAY)
        before = (states(), HandOut.objects.count(), ChangeRequest.objects.count())
        played(cast, at=THURSDAY)
        assert (states(), HandOut.objects.count(), ChangeRequest.objects.count()) == before
        played(cast, at=THURSDAY + timedelta(days=7))
        assert states()["2020-W48"] == "sent"
        assert HandOut.objects.filter(line__plan__week="2020-W47").exists()

    def test_keeps_the_books(self, cast):
        played(cast, at=THURSDAY)
        played(cast, at=THURSDAY + timedelta(days=7))
        assert books.discrepancies() == []
        assert stock.discrepancies() == []
