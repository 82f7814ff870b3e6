from datetime import UTC, date, datetime

import pytest
from fhir.resources import get_fhir_model_class
from hypothesis import given, strategies as st

from distrilog.api.answers import answer
from distrilog.integrations.fhir import documents, outcomes, reading, writing
from distrilog.kernel.weeks import Week
from tests.integrations.fhir.resources import GOWN, MASK


AT = datetime(2020, 11, 4, 9, tzinfo=UTC)
NAME = "Résidence des Tilleuls"
CATALOGUE = reading.Catalogue(boxes={MASK: 50, GOWN: 10})


def valid(resource):
    """Return a resource as it travels, once the standard’s own models have taken it."""
    sent = answer(resource).content
    model = get_fhir_model_class(resource["resourceType"])
    assert model.model_validate_json(sent)
    return sent


def inventory(**values):
    return writing.inventory_report(
        **{
            "registry": "960000018",
            "name": NAME,
            "week": Week(2020, 45),
            "version": 2,
            "declared_at": AT,
            "stocks": {MASK: 2100, GOWN: 40},
            "consumptions": {MASK: 600},
            **values,
        }
    )


def requested(**values):
    return writing.Requested(
        **{
            "reference": "DEP-11-ABCDEFGHIJKLMNOP",
            "registry": "SIRET-12345678901234",
            "name": NAME,
            "state": "under_way",
            "urgency": "today",
            "words": "Plus rien.",
            "family": MASK,
            "units": 100,
            "asked_at": AT,
            **values,
        }
    )


class TestInventoryReport:
    def test_is_of_the_standard_and_read_back_the_same(self):
        sent = valid(inventory())
        resource = documents.read(sent, kind="InventoryReport", is_xml=False)
        assert resource["id"] == "960000018-2020-W45"
        told = {**resource, "identifier": [{"value": "1"}]}
        found = reading.read_inventory(told, catalogue=CATALOGUE)
        assert (found.registry, found.at) == ("960000018", AT)
        assert found.stocks[MASK].units == 2100
        assert found.consumptions[MASK].units == 600

    @pytest.mark.parametrize("registry", ["960000018", "SIRET-12345678901234", "DIS-000000001"])
    def test_has_an_id_that_says_whose_and_when(self, registry):
        identifier = inventory(registry=registry)["id"]
        assert writing.week_of(identifier) == (registry, "2020-W45")

    @pytest.mark.parametrize("identifier", ["", "960000018", "-2020-W45", "960000018-2020-45"])
    def test_knows_no_other_id(self, identifier):
        assert writing.week_of(identifier) is None


class TestSupplyRequest:
    @pytest.mark.parametrize("words", ["Plus rien.", ""])
    def test_is_of_the_standard(self, words):
        resource = writing.supply_request(requested(words=words))
        valid(resource)
        assert (resource["status"], resource["priority"]) == ("active", "stat")
        assert ("reason" in resource) is bool(words)
        assert ("meta" in resource) is not bool(words)

    def test_has_an_id_that_says_which_family(self):
        identifier = writing.supply_request(requested())["id"]
        assert writing.line_of(identifier) == ("DEP-11-ABCDEFGHIJKLMNOP", MASK)


class TestSupplyDelivery:
    def test_is_of_the_standard(self):
        resource = writing.supply_delivery(
            writing.Delivered(
                reference="DES/2020 1",
                registry="960000018",
                name=NAME,
                status="completed",
                supplier="Opérateur",
                items=[writing.Supplied(family=MASK, units=100, gtin="03012345000017", name="A")],
                based_on="DEP-11-ABCDEFGHIJKLMNOP.surgical-mask",
                parcels=["335200000000000018"],
                at=AT,
            )
        )
        valid(resource)
        assert writing.reference_of(resource["id"]) == "DES/2020 1"

    @given(st.text(max_size=20))
    def test_has_an_id_that_says_its_reference(self, reference):
        assert writing.reference_of(writing.written_id(reference)) == reference

    def test_names_a_part_by_its_request(self):
        reference = writing.part_id(request="DEP-11-ABCDEFGHIJKLMNOP", part=12)
        assert writing.part_of(reference) == ("DEP-11-ABCDEFGHIJKLMNOP", 12)
        assert writing.reference_of(reference) == reference
        assert writing.part_of("DES-000001") is None

    @given(st.text(max_size=30))
    def test_reads_any_id(self, identifier):
        assert isinstance(writing.reference_of(identifier), str)


class TestBundle:
    def test_is_of_the_standard(self):
        base = "https://example.org/api/v1/fhir"
        valid(writing.bundle([inventory()], base=base))
        valid(writing.bundle([], base=base))


class TestCapabilityStatement:
    def test_is_of_the_standard(self):
        resource = writing.capability_statement(base="https://example.org", on=date(2020, 11, 4))
        valid(resource)
        assert resource["fhirVersion"] == "5.0.0"


class TestOutcome:
    @pytest.mark.parametrize(
        ("status", "code"),
        [(401, "login"), (422, "invalid"), (503, "transient"), (418, "processing")],
    )
    def test_is_of_the_standard(self, status, code):
        found = outcomes.outcome(
            {
                "type": "urn:distrilog:invalid",
                "status": status,
                "title": "Refusée.",
                "detail": "Non.",
            }
        )
        valid(found)
        (issue,) = found["issue"]
        assert (issue["code"], issue["details"]["text"]) == (code, "Non.")

    def test_has_an_issue_for_each_fault(self):
        faults = [
            {"where": "InventoryReport.status", "message": "Manque.", "remedy": "Dites-le."},
            {"where": "", "message": "Autre."},
        ]
        problem = {"type": "urn:x:y", "status": 422, "title": "T", "detail": "", "faults": faults}
        first, second = outcomes.outcome(problem)["issue"]
        assert first["expression"] == ["InventoryReport.status"]
        assert first["diagnostics"] == "Dites-le."
        assert "expression" not in second
