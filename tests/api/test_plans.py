"""Push plans over the API: read, adjusted once a key, changes asked for and answered."""

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution.models import Adjustment, ChangeRequest
from tests.api.conftest import caller_of
from tests.domain.distribution.world import AT, build, shared
from tests.factories import ProfileFactory


pytestmark = pytest.mark.django_db
MASK = "surgical_mask"


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr("distrilog.kernel.clock.now", lambda: AT)
    return build()


@pytest.fixture
def plan(world):
    return shared(world)


@pytest.fixture
def agency(world):
    region = world.north.region.pk
    return caller_of(ProfileFactory(role=Role.ARS, perimeter=region))


@pytest.fixture
def elsewhere():
    return caller_of(ProfileFactory(role=Role.ARS, perimeter="99"))


@pytest.fixture
def home(world):
    return caller_of(ProfileFactory(role=Role.ORDERER, facility=world.home))


def adjustment(world, **more):
    changes = {world.hospital.registry: -50, world.small.registry: 50}
    body = {"territory": "N", "family": MASK, "changes": changes, "reason": "Foyer."}
    return {**body, **more}


class TestRead:
    def test_lists_plans_with_what_the_scope_receives(self, plan, agency, elsewhere):
        (item,) = agency.get("plans").json()["items"]
        (other,) = elsewhere.get("plans").json()["items"]

        assert (item["id"], item["state"], item["units"]) == (plan.pk, "shared", {MASK: 2000})
        assert (other["units"], other["platforms"]) == ({}, 0)

    def test_gives_the_sums_of_platforms(self, plan, agency):
        found = agency.get(f"plans/{plan.pk}").json()
        assert sum(each["units"] for each in found["platforms"]) == 2000

    def test_pages_through_lines(self, plan, agency):
        first = agency.get(f"plans/{plan.pk}/platforms/N?limit=2").json()
        rest = agency.get(f"plans/{plan.pk}/platforms/N?limit=2&after={first['next']}").json()

        assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
        assert first["matching"] == 3

    def test_knows_no_platform_of_another_region(self, plan, elsewhere):
        assert elsewhere.get(f"plans/{plan.pk}/platforms/N").status_code == 404

    def test_gives_a_facility_its_endowments(self, plan, home, world):
        (item,) = home.get(f"facilities/{world.home.registry}/endowments").json()["items"]

        assert item["units"] == plan.lines.get(facility=world.home).units
        assert item["sure"] is False

    def test_gives_a_facility_no_other_s(self, plan, home, world):  # noqa: ARG002
        answer = home.get(f"facilities/{world.small.registry}/endowments")
        assert answer.status_code == 404


class TestAdjust:
    def test_is_made_once_a_key(self, plan, agency, world):
        for _ in range(2):
            answer = agency.post(
                f"plans/{plan.pk}/adjustments", adjustment(world), **{"Idempotency-Key": "k1"}
            )
            assert answer.status_code == 201
        assert Adjustment.objects.count() == 1

    def test_tells_every_fault(self, plan, agency, world):
        changes = {world.home.registry: -50}
        answer = agency.post(
            f"plans/{plan.pk}/adjustments", adjustment(world, changes=changes, reason="")
        )
        wheres = {fault["where"] for fault in answer.json()["faults"]}
        assert answer.status_code == 422
        assert wheres == {"total", f"lines.{world.home.registry}", "reason"}

    def test_is_refused_from_another_region(self, plan, elsewhere, world):
        answer = elsewhere.post(f"plans/{plan.pk}/adjustments", adjustment(world))
        assert answer.status_code == 404

    def test_is_refused_after_the_freeze(self, plan, agency, world, monkeypatch):
        monkeypatch.setattr("distrilog.kernel.clock.now", lambda: plan.freezes_at)
        answer = agency.post(f"plans/{plan.pk}/adjustments", adjustment(world))
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:distrilog:wrong-plan-state"


class TestChanges:
    def test_are_asked_listed_and_answered(self, plan, home, agency):  # noqa: ARG002
        made = home.post("change-requests", {"family": MASK, "units": 900, "reason": "Foyer."})
        (listed,) = agency.get("change-requests").json()["items"]
        answered = agency.post(f"change-requests/{listed['id']}/answer", {"take": True})

        assert (made.status_code, made.json()["week"]) == (201, "2020-W15")
        assert listed["units"] == 900
        assert answered.json()["state"] == "taken"
        assert ChangeRequest.objects.get().state == ChangeRequest.State.TAKEN

    def test_are_refused_with_a_reason(self, home, agency):
        made = home.post("change-requests", {"family": MASK, "units": 900, "reason": "Foyer."})
        answer = agency.post(f"change-requests/{made.json()['id']}/answer", {"take": False})
        assert answer.status_code == 422

    def test_refuse_a_week_that_does_not_exist(self, agency):
        assert agency.get("change-requests?week=2019-W53").status_code == 422


class TestOddInput:
    @pytest.mark.parametrize("odd", ["\0", "é" * 12, "'; --"])
    def test_is_refused_and_never_breaks(self, plan, agency, home, world, odd):
        registry = world.home.registry
        answers = [
            agency.post(f"plans/{plan.pk}/adjustments", adjustment(world, territory=odd)),
            agency.post(f"plans/{plan.pk}/adjustments", adjustment(world, family=odd)),
            agency.post(f"plans/{plan.pk}/adjustments", adjustment(world, changes={odd: 50})),
            home.post("change-requests", {"family": odd, "units": 1, "reason": "Foyer."}),
            home.post(
                "change-requests",
                {"facility": odd, "family": MASK, "units": 1, "reason": "Foyer."},
            ),
            agency.get(f"plans/{plan.pk}/platforms/N?family=zzz"),
            agency.get(f"facilities/{registry}0/endowments"),
        ]
        assert {answer.status_code for answer in answers} <= {404, 422}
