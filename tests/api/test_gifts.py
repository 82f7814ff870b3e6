"""Gifts by another system: declared once a key, read in scope, taken back by their donor."""

from datetime import UTC, datetime

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations.models import Gift
from tests.api.conftest import caller_of
from tests.domain.regional.world import MASK, build
from tests.factories import ProfileFactory


pytestmark = pytest.mark.django_db
AT = datetime(2020, 4, 24, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("distrilog.kernel.clock.now", lambda: AT)


@pytest.fixture
def region():
    return build()


def of(role, perimeter):
    return caller_of(ProfileFactory(role=role.value, perimeter=perimeter))


def given(region, **more):
    return {
        "facility": region.home.registry,
        "family": MASK,
        "units": 1500,
        "given_on": "2020-04-22",
        **more,
    }


class TestGifts:
    def test_are_declared_once_a_key(self, region):
        donor = of(Role.DONOR, "region:76")
        key = {"Idempotency-Key": "don-1"}
        first = donor.post("gifts", given(region), **key)
        assert first.status_code == 201
        assert first.json()["donor_name"] == "Région Occitanie"
        assert donor.post("gifts", given(region), **key).json()["id"] == first.json()["id"]
        other = donor.post("gifts", given(region, units=1), **key)
        assert (other.status_code, other.json()["type"]) == (409, "urn:distrilog:key-reused")
        assert Gift.objects.count() == 1

    def test_are_refused_with_every_fault(self, region):
        answer = of(Role.DONOR, "region:76").post(
            "gifts", given(region, family="hat", given_on="2020-05-01")
        )
        assert answer.status_code == 422
        assert {fault["where"] for fault in answer.json()["faults"]} == {"family", "given_on"}

    def test_are_read_in_scope_page_by_page(self, region):
        donor = of(Role.DONOR, "region:76")
        for _ in range(3):
            donor.post("gifts", given(region))
        agency = of(Role.ARS, "76")
        first = agency.get("gifts?limit=2").json()
        assert len(first["items"]) == 2
        rest = agency.get(f"gifts?limit=2&after={first['next']}").json()
        assert (len(rest["items"]), rest["next"]) == (1, None)
        assert agency.get("gifts?facility=990000000").json()["items"] == []
        assert of(Role.ARS, "11").get("gifts").json()["items"] == []

    def test_are_taken_back_by_their_donor_alone(self, region):
        donor = of(Role.DONOR, "region:76")
        number = donor.post("gifts", given(region)).json()["id"]
        other = of(Role.DONOR, "department:31")
        assert other.post(f"gifts/{number}/withdrawal").status_code == 404
        assert donor.post(f"gifts/{number}/withdrawal").json()["withdrawn_at"]

    def test_are_declared_by_donors_alone(self, region):
        assert of(Role.ARS, "76").post("gifts", given(region)).status_code == 403
