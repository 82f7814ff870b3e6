"""FHIR R5 through the API: declarations, requests and receipts, and refusals as OperationOutcome."""

import json
import os
from pathlib import Path

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations.models import Statement, Submission
from distrilog.domain.resupply.models import Loan, Part, Request
from distrilog.domain.shipping.models import Claim, Receipt
from tests.api.conftest import caller_of
from tests.domain.orders.world import AT
from tests.domain.resupply.world import ask, furnish, home, lender, lent
from tests.domain.shipping.world import DespatchFactory, booked
from tests.factories import FacilityFactory, ProfileFactory
from tests.integrations.fhir.resources import (
    GOWN,
    MASK,
    REQUEST_XML,
    changed,
    counted,
    delivery,
    listing,
    of,
    report,
    request,
)


pytestmark = pytest.mark.django_db
JSON, XML = "application/fhir+json", "application/fhir+xml"


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("distrilog.kernel.clock.now", lambda: AT)
    furnish()


@pytest.fixture
def needy():
    return home(registry="960000018")


@pytest.fixture
def own(needy):
    return caller_of(ProfileFactory(role=Role.ORDERER, facility=needy))


def send(caller, resource, *, kind: str = JSON, name: str = ""):
    body = resource if isinstance(resource, bytes) else json.dumps(resource).encode()
    name = name or resource["resourceType"]
    return caller.client.generic(
        "POST",
        f"/api/v1/fhir/{name}",
        data=body,
        content_type=kind,
        headers={"Authorization": f"Bearer {caller.secret}"},
    )


def issues(answer) -> dict[str, str]:
    """Return what is wrong, by where it is."""
    assert answer["Content-Type"] == JSON
    found = answer.json()
    assert found["resourceType"] == "OperationOutcome"
    return {(each.get("expression") or [""])[0]: each["details"]["text"] for each in found["issue"]}


class TestInventoryReport:
    def test_is_a_declaration_of_its_week(self, own, needy):
        told = report(
            listing(counted(2100), counted(40, GOWN)), listing(counted(600), status="consumed")
        )

        answer = send(own, told)

        assert answer.status_code == 201
        assert answer["Content-Type"] == JSON
        assert answer["ETag"] == 'W/"1"'
        assert answer["Location"] == "/api/v1/fhir/InventoryReport/960000018-2020-W45"
        assert Submission.objects.get().channel == "fhir"
        masks = Statement.objects.get(family=MASK)
        assert (masks.facility, masks.stock, masks.consumption) == (needy, 2100, 600)
        read = own.client.get(answer["Location"], headers={"Authorization": f"Bearer {own.secret}"})
        assert read.content == answer.content

    def test_counts_once(self, own):
        answers = [send(own, report()) for _ in range(2)]
        assert {answer.status_code for answer in answers} == {201}
        assert answers[0].content == answers[1].content
        assert Submission.objects.count() == 1

        other = send(own, changed(report(), "inventoryListing.0.item.0.quantity.value", 2000))

        assert other.status_code == 409
        assert other.json()["issue"][0]["details"]["coding"][0]["code"] == "idempotency-key-reused"

    def test_replaces_what_was_counted_before_it(self, own):
        send(own, report())
        later = report(
            listing(counted(2000)),
            identifier=[{"value": "46"}],
            reportedDateTime="2020-11-04T10:00:00+01:00",
        )
        assert send(own, later)["ETag"] == 'W/"2"'
        assert Statement.objects.get(current=True).stock == 2000

    @pytest.mark.parametrize("moment", ["2020-11-04", "2020-11-04T10:05:00+01:00"])
    def test_may_come_before_its_own_hour(self, own, moment):
        assert send(own, report(reportedDateTime=moment)).status_code == 201

    def test_changes_nothing_of_what_was_said_after_it(self, own):
        send(own, report())
        early = report(
            listing(counted(2000)),
            identifier=[{"value": "46"}],
            reportedDateTime="2020-11-04T06:00:00+01:00",
        )
        answer = send(own, early)
        assert answer.status_code == 412
        assert answer.json()["issue"][0]["code"] == "conflict"
        assert Statement.objects.get(current=True).stock == 2100

    def test_asks_about_what_looks_wrong_and_believes_who_confirms(self, own):
        week_before = report(
            identifier=[{"value": "44"}], reportedDateTime="2020-10-28T09:00:00+01:00"
        )
        assert send(own, week_before).status_code == 201
        slip = report(listing(counted(42)))

        asked = send(own, slip)

        assert asked.status_code == 409
        assert list(issues(asked)) == ["InventoryReport.inventoryListing[0].item[0].quantity"]
        tag = {"tag": [{"system": "urn:distrilog:tag", "code": "confirmed"}]}
        assert send(own, {**slip, "meta": tag}).status_code == 201
        assert Statement.objects.get(week="2020-W45").questioned

    @pytest.mark.parametrize(
        ("path", "value", "where"),
        [
            ("reportedDateTime", "2020-11-05T09:00:00+01:00", "reportedDateTime"),
            ("reportedDateTime", "2020-08-04T11:00:00+01:00", "reportedDateTime"),
            (
                "inventoryListing.0.itemStatus.coding.0.code",
                "consumed",
                "inventoryListing[0].item[0]",
            ),
            (
                "inventoryListing.0.item.0.quantity.value",
                2 * 10**9,
                "inventoryListing[0].item[0].quantity.value",
            ),
            ("inventoryListing.0.item.0.quantity.value", "x", "inventoryListing[0].item[0].quantity.value"),
        ],
    )  # fmt: skip
    def test_tells_where_it_is_wrong(self, own, path, value, where):
        answer = send(own, changed(report(), path, value))
        assert answer.status_code == 422
        assert f"InventoryReport.{where}" in issues(answer)
        assert not Statement.objects.exists()

    def test_is_of_ones_own_facility(self, own):
        other = FacilityFactory(registry="970000018")
        answer = send(own, report(reporter=of(other.registry)))
        assert answer.status_code == 404
        assert issues(answer)
        referent = caller_of(ProfileFactory(role=Role.NATIONAL_CELL))
        assert send(referent, report()).status_code == 403

    def test_is_found_by_its_facility(self, own, needy):
        send(own, report())
        for path in ("fhir/InventoryReport", f"fhir/InventoryReport?facility={needy.registry}"):
            found = own.get(path).json()
            assert (found["type"], found["total"]) == ("searchset", 1)
            assert found["entry"][0]["fullUrl"].endswith("/InventoryReport/960000018-2020-W45")
        agency = caller_of(ProfileFactory(role=Role.ARS, perimeter=needy.department.region_id))
        assert own.get("fhir/InventoryReport?facility=970000018").status_code == 404
        assert agency.get(path).json()["total"] == 1
        assert agency.get("fhir/InventoryReport").status_code == 422

    @pytest.mark.parametrize(
        ("name", "status"),
        [("960000018-2020-W45", 404), ("960000018-2021-W53", 422), ("x", 404), ("970000018-2020-W45", 404)],
    )  # fmt: skip
    def test_is_not_there_before_it_is_said(self, own, name, status):
        answer = own.get(f"fhir/InventoryReport/{name}")
        assert answer.status_code == status
        assert issues(answer)


class TestSupplyRequest:
    @pytest.mark.parametrize("kind", [JSON, XML, "application/json"])
    def test_asks_for_help(self, own, needy, kind):
        body = REQUEST_XML.encode() if kind == XML else request()

        answers = [send(own, body, kind=kind, name="SupplyRequest") for _ in range(2)]

        assert {answer.status_code for answer in answers} == {201}
        made = Request.objects.get()
        assert (made.facility, made.urgency, made.words) == (needy, "days", "Plus que deux jours.")
        told = answers[0].json()
        assert told["id"] == f"{made.reference}.surgical-mask"
        assert (told["status"], told["quantity"]["value"]) == ("active", 100)
        assert own.get(f"fhir/SupplyRequest/{told['id']}").json() == told

    def test_is_found_by_its_facility(self, own, needy):
        ask(needy)
        found = own.get("fhir/SupplyRequest").json()
        assert found["total"] == 1
        assert "reason" not in found["entry"][0]["resource"]

    @pytest.mark.parametrize(
        ("path", "value", "where"),
        [
            ("priority", "routine", "priority"),
            ("quantity.value", 30, "quantity"),
            ("quantity.value", 0, "quantity"),
            ("reason.0.concept.text", "", "reason"),
        ],
    )
    def test_tells_where_it_is_wrong(self, own, path, value, where):
        answer = send(own, changed(request(), path, value))
        assert answer.status_code == 422
        assert f"SupplyRequest.{where}" in {each[: len(where) + 14] for each in issues(answer)}
        assert not Request.objects.exists()

    def test_tells_what_was_asked_already(self, own):
        send(own, request())
        again = send(own, request(identifier=[{"value": "8"}]))
        assert again.status_code == 409
        assert list(issues(again)) == ["SupplyRequest.item"]

    @pytest.mark.parametrize("name", ["x", "DEP-11-X.surgical-mask", "DEP-11-X"])
    def test_knows_no_other(self, own, name):
        assert own.get(f"fhir/SupplyRequest/{name}").status_code == 404

    def test_knows_no_other_family_of_it(self, own, needy):
        assert own.get(f"fhir/SupplyRequest/{ask(needy)}.gown").status_code == 404


class TestSupplyDelivery:
    @pytest.fixture
    def despatch(self, needy):
        return booked(DespatchFactory(facility=needy))

    def test_receives_a_despatch(self, own, despatch):
        answer = send(own, delivery(despatch.reference, destination=of()))

        assert answer.status_code == 201
        assert answer.json()["status"] == "completed"
        assert Receipt.objects.get().despatch == despatch
        assert not Claim.objects.exists()
        assert own.get(f"fhir/SupplyDelivery/{answer.json()['id']}").json() == answer.json()

    def test_finds_it_by_a_parcel(self, own, despatch):
        parcel = {"system": "https://www.gs1.org/sscc", "value": despatch.parcels.first().sscc}
        assert send(own, delivery(partOf=[], identifier=[parcel])).status_code == 201
        assert Receipt.objects.get().despatch == despatch

    def test_opens_a_claim_for_each_difference(self, own, despatch):
        told = delivery(despatch.reference, (90, MASK), (20, GOWN))
        answers = [send(own, told) for _ in range(2)]
        assert {answer.status_code for answer in answers} == {201}
        assert set(Claim.objects.values_list("family", "kind", "units")) == {
            (MASK, "missing", 10),
            (GOWN, "extra", 10),
        }

    def test_takes_a_family_it_does_not_count_as_missing(self, own, despatch):
        send(own, delivery(despatch.reference, (100, MASK)))
        assert list(Claim.objects.values_list("family", "kind", "units")) == [(GOWN, "missing", 10)]

    def test_refuses_another_after_the_first(self, own, despatch):
        send(own, delivery(despatch.reference))
        answer = send(own, delivery(despatch.reference, (90, MASK)))
        assert answer.status_code == 409

    def test_receives_what_a_neighbour_handed_over(self, own, needy):
        part = lent(needy, lender(surplus=200))
        (awaited,) = own.get("fhir/SupplyDelivery").json()["entry"]
        resource = awaited["resource"]
        assert (resource["status"], resource["suppliedItem"][0]["quantity"]["value"]) == (
            "in-progress",
            100,
        )

        answer = send(own, delivery(resource["id"], (90, MASK)))

        assert answer.status_code == 201
        assert (answer.json()["status"], Loan.objects.get().received) == ("completed", 90)
        part.refresh_from_db()
        assert part.state == "received"
        assert own.get("fhir/SupplyDelivery").json()["total"] == 1

    def test_tells_where_it_is_wrong(self, own, needy, despatch):
        part = lent(needy, lender(surplus=200))
        lending = f"{part.line.request.reference}.{part.pk}"
        cases = [
            (delivery(despatch.reference, destination=of("970000018")), 422, "destination.identifier"),
            (delivery("DES-NONE"), 404, "partOf"),
            (delivery(f"{part.line.request.reference}.1{part.pk}"), 404, "partOf"),
            (delivery(lending, (101, MASK)), 422, "suppliedItem[0].quantity"),
            (delivery(lending, (100, MASK), (1, GOWN)), 422, "suppliedItem[1]"),
            (delivery(partOf=[], identifier=[{"system": "https://www.gs1.org/sscc", "value": "1"}]), 422, "identifier"),
        ]  # fmt: skip
        for resource, status, where in cases:
            answer = send(own, resource)
            assert answer.status_code == status, where
            assert list(issues(answer)) == [f"SupplyDelivery.{where}"]
        assert not Receipt.objects.exists()
        assert Part.objects.get(pk=part.pk).state == "sent"

    def test_knows_nothing_of_those_of_others(self, needy, despatch):
        part = lent(needy, lender(surplus=200))
        stranger = caller_of(ProfileFactory(role=Role.ORDERER, facility=home()))
        for name in (despatch.reference, f"{part.line.request.reference}.{part.pk}"):
            assert stranger.get(f"fhir/SupplyDelivery/{name}").status_code == 404
            assert send(stranger, delivery(name)).status_code == 404
        assert stranger.get("fhir/SupplyDelivery").json()["total"] == 0


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "kind", "status", "code"),
        [
            (b"{", JSON, 400, "structure"),
            (b"<a>", XML, 400, "structure"),
            (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', XML, 400, "structure"),
            (b"{}", "text/plain", 415, "not-supported"),
            (b"x" * 300_000, JSON, 413, "too-long"),
        ],
    )
    def test_are_outcomes(self, own, body, kind, status, code):
        answer = send(own, body, kind=kind, name="InventoryReport")
        assert answer.status_code == status
        assert issues(answer)
        assert answer.json()["issue"][0]["code"] == code

    def test_are_outcomes_before_anybody_is_known(self, client):
        answer = client.get("/api/v1/fhir/metadata")
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (401, "login")
        assert answer["WWW-Authenticate"]

    @pytest.mark.parametrize(("path", "status"), [("fhir/Patient", 404), ("fhir/metadata", 405)])
    def test_are_outcomes_where_there_is_nothing(self, own, path, status):
        assert own.call("DELETE", path).status_code == status
        assert issues(own.call("DELETE", path))

    def test_stay_problems_elsewhere(self, own):
        assert own.get("nowhere")["Content-Type"] == "application/problem+json"


class TestCapabilityStatement:
    def test_says_what_is_spoken(self, own):
        found = own.get("fhir/metadata").json()
        assert found["resourceType"] == "CapabilityStatement"
        assert [each["type"] for each in found["rest"][0]["resource"]] == [
            "InventoryReport",
            "SupplyRequest",
            "SupplyDelivery",
        ]


VECTORS = os.environ.get("DISTRILOG_MESSAGE_VECTORS", "")


@pytest.mark.skipif(not VECTORS, reason="DISTRILOG_MESSAGE_VECTORS names no folder of samples.")
class TestRealSamples:
    @pytest.mark.parametrize(
        ("name", "kind", "lacks"),
        [
            ("inventoryreport_snapshot.json", "InventoryReport", "InventoryReport.reporter.identifier"),
            ("inventoryreport_difference.json", "InventoryReport", "InventoryReport.countType"),
            ("supplyrequest-example-simpleorder.xml", "SupplyRequest", "SupplyRequest.item"),
            ("supplydelivery-example.xml", "SupplyDelivery", "SupplyDelivery.partOf"),
        ],
    )  # fmt: skip
    def test_are_told_what_they_lack(self, own, name, kind, lacks):
        body = (Path(VECTORS) / "fhir" / name).read_bytes()
        answer = send(own, body, kind=XML if name.endswith("xml") else JSON, name=kind)
        assert answer.status_code == 422
        assert lacks in issues(answer)
