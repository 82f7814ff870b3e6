"""A platform by its own software: flows, receipts, hand-outs, situations, incidents."""

from datetime import timedelta

import pytest

from distrilog.domain.distribution.models import Situation
from tests.api.conftest import caller_of
from tests.domain.distribution.test_platforms import balances, received, sent
from tests.domain.distribution.world import AT, build
from tests.factories import ProfileFactory


NOW = AT + timedelta(days=1)
MASK = "surgical_mask"


class Dock:
    """A plan sent to two platforms; the software of the northern one, and its agency’s."""

    def __init__(self):
        self.world = build()
        self.plan, self.flows = sent(self.world)
        hospital = self.world.hospital
        self.own = caller_of(ProfileFactory(role="platform", facility=hospital))
        region = self.world.north.region_id
        self.agency = caller_of(ProfileFactory(role="ars", perimeter=region))
        self.sent = self.flows[0].lines.get()

    def receive(self):
        received(self.world, self.flows[0])

    def hand_out(self, body, key="remise-1"):
        headers = {"Idempotency-Key": key} if key else {}
        return self.own.post(f"platforms/N/plans/{self.plan.pk}/hand-outs", body, **headers)


@pytest.fixture
def dock(db, monkeypatch):  # noqa: ARG001
    monkeypatch.setattr("distrilog.kernel.clock.now", lambda: NOW)
    return Dock()


class TestFlows:
    def test_are_read_then_received_with_what_is_missing(self, dock):
        (flow,) = dock.own.get("platforms/N/flows").json()["items"]
        (lot,) = flow["lots"]
        assert (lot["sent"], lot["received"], flow["received_at"]) == (dock.sent.sent, None, None)
        path = f"platforms/N/flows/{flow['reference']}/receipt"
        body = {"lots": [{"lot": lot["lot"], "received": lot["sent"] - 50}]}
        answer = dock.own.post(path, body)
        assert answer.status_code == 422
        assert "Dire ce qui manque" in answer.json()["detail"]
        answer = dock.own.post(path, body | {"words": "Carton mouillé"})
        assert answer.status_code == 200
        assert answer.json()["lots"][0]["received"] == dock.sent.sent - 50
        assert balances("ght-N") == {"available": dock.sent.sent - 50}

    def test_are_hidden_from_another_platform(self, dock):
        assert dock.own.get("platforms/S/flows").status_code == 404
        other = dock.flows[1].reference
        assert dock.own.post(f"platforms/N/flows/{other}/receipt", {}).status_code == 404


class TestHandOut:
    def test_hands_all_that_is_left_once_a_key(self, dock):
        dock.receive()
        first, again = dock.hand_out({}), dock.hand_out({})
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert sum(row["units"] for row in first.json()["items"]) == dock.sent.sent
        assert balances("ght-N") == {}
        sites = dock.own.get(f"platforms/N/plans/{dock.plan.pk}/sites").json()["items"]
        assert all(line["left"] == 0 for site in sites for line in site["lines"])

    def test_hands_units_to_one_and_takes_them_back(self, dock):
        dock.receive()
        registry = dock.world.home.registry
        body = {"facilities": [registry], "units": {MASK: 100}, "way": "delivered"}
        (row,) = dock.hand_out(body).json()["items"]
        assert (row["facility"], row["units"], row["way"]) == (registry, 100, "delivered")
        path = "platforms/N/hand-outs/cancellations"
        undo = {"hand_outs": [row["id"]], "reason": "Mauvais site"}
        answer = dock.own.post(path, undo)
        assert answer.status_code == 201
        assert answer.json()["items"][0]["units"] == -100
        assert dock.own.post(path, undo).status_code == 422
        assert balances("ght-N") == {"available": dock.sent.sent}

    def test_wants_a_key_and_one_facility_for_units(self, dock):
        dock.receive()
        assert "deux fois" in dock.hand_out({}, key="").json()["detail"]
        answer = dock.hand_out({"units": {MASK: 50}})
        assert "un seul" in answer.json()["detail"]

    def test_says_every_family_that_is_short(self, dock):
        answer = dock.hand_out({})
        assert answer.status_code == 409
        (fault,) = answer.json()["faults"]
        assert (fault["where"], fault["left"]) == (f"lines.{MASK}", 0)

    def test_is_not_for_the_agency(self, dock):
        path = f"platforms/N/plans/{dock.plan.pk}/hand-outs"
        assert dock.agency.post(path, {}, **{"Idempotency-Key": "k"}).status_code == 403


class TestSituations:
    def test_are_said_again_and_read_by_the_agency(self, dock):
        path = "platforms/N/situations/2020-W14"
        for stock in (500, 200):
            line = {"family": MASK, "stock": stock, "risk": "week", "words": "Deux foyers"}
            assert dock.own.call("PUT", path, {"lines": [line]}).status_code == 200
        assert Situation.objects.get().stock == 200
        assert dock.agency.get(path).json()["lines"][0]["risk"] == "week"

    def test_refuses_a_week_to_come_and_one_that_is_none(self, dock):
        line = {"family": MASK, "stock": 1}
        later = dock.own.call("PUT", "platforms/N/situations/2020-W20", {"lines": [line]})
        assert "pas commencé" in later.json()["detail"]
        assert dock.own.get("platforms/N/situations/2021-W53").status_code == 422


class TestIncidents:
    def test_are_told_and_listed(self, dock):
        body = {"kind": "short", "words": "Deux palettes manquent"}
        told = dock.own.post("platforms/N/incidents", body)
        assert told.status_code == 201
        assert told.json()["owner"] == "national_cell"
        (row,) = dock.agency.get("incidents").json()["items"]
        assert (row["id"], row["late"]) == (told.json()["id"], False)

    def test_are_of_one_s_own_platform(self, dock):
        body = {"kind": "short", "words": "Ailleurs"}
        assert dock.own.post("platforms/S/incidents", body).status_code == 404


class TestPlatforms:
    def test_show_the_agency_the_same_numbers(self, dock):
        dock.receive()
        mine, theirs = (each.get("platforms").json()["items"] for each in (dock.own, dock.agency))
        assert [row["territory"] for row in mine] == ["N"]
        assert theirs[0] == mine[0]
        (figures,) = mine[0]["figures"]
        assert (figures["received"], figures["left"]) == (dock.sent.sent, dock.sent.sent)
