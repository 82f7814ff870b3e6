import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from distrilog.integrations.fhir import documents, reading
from distrilog.kernel.refusals import Invalid
from tests.integrations.fhir.resources import (
    FAMILY,
    FINESS,
    GOWN,
    GTIN,
    MASK,
    REGISTRY,
    changed,
    concept,
    counted,
    delivery,
    listing,
    of,
    report,
    request,
)


BOX = "03012345000017"
CATALOGUE = reading.Catalogue(
    boxes={MASK: 50, GOWN: 10}, articles={BOX: (MASK, 20), BOX[:-1] + "8": (GOWN, 10)}
)


def inventory(resource):
    return reading.read_inventory(resource, catalogue=CATALOGUE)


def faults_of(read, resource):
    with pytest.raises(Invalid) as refused:
        read(resource, catalogue=CATALOGUE)
    return {fault.where: fault.message for fault in refused.value.faults}


def stocks(*items, **values):
    found = inventory(report(listing(*items), **values))
    return {family: each.units for family, each in found.stocks.items()}


class TestReadInventory:
    def test_says_stock_and_consumption_by_family(self):
        found = inventory(
            report(
                listing(counted(2100), counted(40, GOWN)), listing(counted(600), status="consumed")
            )
        )
        assert found.registry == REGISTRY
        assert found.at == datetime.fromisoformat("2020-11-04T09:00:00+01:00")
        assert {code: each.units for code, each in found.stocks.items()} == {MASK: 2100, GOWN: 40}
        assert {code: each.units for code, each in found.consumptions.items()} == {MASK: 600}
        assert found.stocks[GOWN].path == "InventoryReport.inventoryListing[0].item[1]"

    def test_adds_up_the_articles_of_a_family(self):
        items = [counted(100), counted(3, BOX, scheme=GTIN, code="{box}"), counted(0)]
        assert stocks(*items) == {MASK: 160}

    @pytest.mark.parametrize(
        ("quantity", "units"),
        [
            ({}, 3),
            ({"unit": "unités"}, 3),
            ({"code": "1", "system": "http://unitsofmeasure.org"}, 3),
            ({"code": "{unit}"}, 3),
            ({"unit": "Boîtes"}, 150),
            ({"code": "{box}", "unit": "carton"}, 150),
        ],
    )
    def test_counts_in_units_or_in_boxes(self, quantity, units):
        assert stocks(counted(3, **quantity)) == {MASK: units}

    @pytest.mark.parametrize(
        "code", [BOX, BOX[1:], "urn:oid:1.3.160"], ids=["14 digits", "13 digits", "oid"]
    )
    def test_knows_articles_by_gtin(self, code):
        system = GTIN if code[0].isdigit() else code
        number = code if code[0].isdigit() else BOX
        assert stocks(counted(1, number, scheme=system)) == {MASK: 1}

    @pytest.mark.parametrize(
        ("system", "value", "registry"),
        [
            (FINESS, "960000018", "960000018"),
            (FINESS, "2a0000018", "2A0000018"),
            ("http://finess.sante.gouv.fr", "960000018", "960000018"),
            ("urn:oid:1.2.250.1.71.4.2.2", "1960000018", "960000018"),
            ("urn:oid:1.2.250.1.71.4.2.2", "312345678901234", "SIRET-12345678901234"),
            ("https://sirene.fr", "12345678901234", "SIRET-12345678901234"),
            ("urn:distrilog:facility", "DIS-123456789", "DIS-123456789"),
        ],
    )
    def test_knows_facilities_by_their_numbers(self, system, value, registry):
        assert inventory(report(reporter=of(value, system))).registry == registry

    def test_finds_the_facility_at_the_place_of_a_listing(self):
        told = listing(counted(1)) | {"location": of()}
        assert inventory(report(told, reporter={"display": "Réserve"})).registry == REGISTRY

    def test_makes_one_key_of_one_identifier(self):
        other = changed(report(), "identifier.0.value", "46")
        elsewhere = report(reporter=of("970000018"))
        keys = {inventory(each).key for each in (report(), report(), other, elsewhere)}
        assert len(keys) == 3

    def test_takes_a_day_for_its_noon(self):
        found = inventory(report(reportedDateTime="2020-11-04"))
        assert found.at == datetime.fromisoformat("2020-11-04T12:00:00+01:00")

    @pytest.mark.parametrize(
        ("path", "value", "where"),
        [
            ("status", "draft", "status"),
            ("status", "entered-in-error", "status"),
            ("countType", "difference", "countType"),
            ("identifier", [], "identifier"),
            ("identifier.0.value", "x" * 300, "identifier[0]"),
            ("reporter", {"display": "Hôpital"}, "reporter.identifier"),
            ("reporter", of("12"), "reporter.identifier"),
            ("reporter", of("960000018", "urn:other"), "reporter.identifier"),
            ("reportedDateTime", "2020-11", "reportedDateTime"),
            ("reportedDateTime", "2020-11-04T09:00:00", "reportedDateTime"),
            ("reportedDateTime", "9999-12-31T23:59:59-14:00", "reportedDateTime"),
            ("inventoryListing", [], "inventoryListing"),
            ("inventoryListing.0.itemStatus", {"coding": [{"code": "expired"}]}, "inventoryListing[0].itemStatus"),
            ("inventoryListing.0.location", of("970000018"), "inventoryListing[0].location"),
            ("inventoryListing.0.item.0.quantity", {}, "inventoryListing[0].item[0].quantity.value"),
            ("inventoryListing.0.item.0.quantity.value", -400, "inventoryListing[0].item[0].quantity.value"),
            ("inventoryListing.0.item.0.quantity.value", 1.5, "inventoryListing[0].item[0].quantity.value"),
            ("inventoryListing.0.item.0.quantity.value", "12", "inventoryListing[0].item[0].quantity.value"),
            ("inventoryListing.0.item.0.quantity.value", 1e300, "inventoryListing[0].item[0].quantity.value"),
            ("inventoryListing.0.item.0.quantity.unit", "masques", "inventoryListing[0].item[0].quantity.unit"),
            ("inventoryListing.0.item.0.quantity.code", "kg", "inventoryListing[0].item[0].quantity.code"),
            ("inventoryListing.0.item.0.quantity.comparator", "<", "inventoryListing[0].item[0].quantity.comparator"),
            ("inventoryListing.0.item.0.item", {"concept": {"text": "masques"}}, "inventoryListing[0].item[0].item"),
            ("inventoryListing.0.item.0.item.concept.coding.0.code", "MASQ", "inventoryListing[0].item[0].item"),
            ("inventoryListing.0.item.0.item.concept.coding.0.system", "urn:x", "inventoryListing[0].item[0].item"),
        ],
    )  # fmt: skip
    def test_refuses_what_it_cannot_apply_where_it_stands(self, path, value, where):
        found = faults_of(reading.read_inventory, changed(report(), path, value))
        assert list(found) == [f"InventoryReport.{where}"]

    def test_refuses_an_item_of_two_families(self):
        both = {"coding": [*concept(MASK)["coding"], *concept(GOWN)["coding"]]}
        wrong = changed(report(), "inventoryListing.0.item.0.item", {"concept": both})
        (said,) = faults_of(reading.read_inventory, wrong).values()
        assert said == "Plusieurs familles à la fois : gown, surgical_mask."

    def test_takes_an_item_told_in_two_ways(self):
        both = {"coding": [*concept("X1", "urn:own")["coding"], *concept(BOX, GTIN)["coding"]]}
        found = changed(report(), "inventoryListing.0.item.0.item", {"concept": both})
        assert inventory(found).stocks[MASK].units == 2100

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_only_ever_refuses(self, data):
        junk = st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(
                    st.sampled_from(["identifier", "value", "coding", "system", "code", "item"]),
                    inner,
                    max_size=3,
                )
            ),
            max_leaves=5,
        )
        sample = data.draw(st.sampled_from([report(), request(), delivery("D", (1, MASK))]))
        name = data.draw(st.sampled_from(sorted(sample)))
        read = data.draw(
            st.sampled_from([reading.read_inventory, reading.read_request, reading.read_delivery])
        )
        try:
            found = read({**sample, name: data.draw(junk)}, catalogue=CATALOGUE)
        except Invalid:
            return
        assert found


class TestReadRequest:
    def test_says_what_is_asked_for(self):
        found = reading.read_request(request(), catalogue=CATALOGUE)
        assert (found.registry, found.urgency, found.family, found.units) == (
            REGISTRY,
            "days",
            MASK,
            100,
        )
        assert found.words == "Plus que deux jours."

    @pytest.mark.parametrize(
        ("priority", "urgency"), [("stat", "today"), ("asap", "days"), ("urgent", "week")]
    )
    def test_maps_priorities(self, priority, urgency):
        found = reading.read_request(request(priority=priority), catalogue=CATALOGUE)
        assert found.urgency == urgency

    def test_sends_who_is_in_no_hurry_to_the_orders(self):
        with pytest.raises(Invalid) as refused:
            reading.read_request(request(priority="routine"), catalogue=CATALOGUE)
        (fault,) = refused.value.faults
        assert fault.where == "SupplyRequest.priority"
        assert "POST /api/v1/orders" in fault.remedy

    @pytest.mark.parametrize(
        ("path", "value", "where"),
        [
            ("status", "cancelled", "status"),
            ("priority", None, "priority"),
            ("priority", "panic", "priority"),
            ("deliverTo", None, "deliverTo.identifier"),
            ("requester", of("970000018"), "requester"),
            ("reason", [], "reason"),
            ("quantity", {"value": 2.5}, "quantity.value"),
            ("item", {"concept": {"text": "masques"}}, "item"),
            ("identifier", None, "identifier"),
        ],
    )
    def test_refuses_what_it_cannot_apply_where_it_stands(self, path, value, where):
        found = faults_of(reading.read_request, changed(request(), path, value))
        assert list(found) == [f"SupplyRequest.{where}"]


class TestReadDelivery:
    @pytest.mark.parametrize(
        "values",
        [
            {},
            {"partOf": [{"reference": "https://somewhere/fhir/SupplyDelivery/DES-1"}]},
            {"partOf": [{"identifier": {"system": "urn:distrilog:reference", "value": "DES-1"}}]},
            {
                "partOf": [],
                "identifier": [{"system": "urn:distrilog:reference", "value": "DES-1"}],
            },
        ],
    )
    def test_finds_what_it_is_about(self, values):
        found = reading.read_delivery(delivery(**values), catalogue=CATALOGUE)
        assert (found.reference, found.sscc, found.counted) == ("DES-1", "", None)

    def test_finds_it_by_a_parcel(self):
        parcel = {"system": "https://www.gs1.org/sscc", "value": "335200000000000018"}
        found = reading.read_delivery(delivery(partOf=[], identifier=[parcel]), catalogue=CATALOGUE)
        assert (found.reference, found.sscc) == ("", parcel["value"])

    def test_says_what_was_counted(self):
        found = reading.read_delivery(
            delivery("DES-1", (90, MASK), (5, MASK), (10, GOWN)), catalogue=CATALOGUE
        )
        assert {code: each.units for code, each in found.counted.items()} == {MASK: 95, GOWN: 10}

    @pytest.mark.parametrize(
        ("path", "value", "where"),
        [
            ("status", "in-progress", "status"),
            ("status", None, "status"),
            ("partOf", [], "partOf"),
            ("partOf", [{"display": "Livraison"}], "partOf"),
            (
                "partOf",
                [{"reference": "SupplyDelivery/A"}, {"reference": "SupplyDelivery/B"}],
                "partOf",
            ),
            ("destination", of("12"), "destination.identifier"),
            ("receiver", [of("12")], "receiver[0].identifier"),
            ("suppliedItem", [{"quantity": {"value": 1}}], "suppliedItem[0].itemCodeableConcept"),
        ],
    )
    def test_refuses_what_it_cannot_apply_where_it_stands(self, path, value, where):
        found = faults_of(reading.read_delivery, changed(delivery(), path, value))
        assert list(found) == [f"SupplyDelivery.{where}"]


class TestGtinsOf:
    def test_finds_them_wherever_they_are(self):
        items = [counted(1, BOX[1:], scheme=GTIN), counted(1, MASK, scheme=FAMILY)]
        assert reading.gtins_of(report(listing(*items))) == {BOX}


VECTORS = os.environ.get("DISTRILOG_MESSAGE_VECTORS", "")


@pytest.mark.skipif(not VECTORS, reason="DISTRILOG_MESSAGE_VECTORS names no folder of samples.")
class TestRealSamples:
    """The published samples, whole: they name no facility and no article of ours, and are told so."""

    def faults(self, name, kind, read):
        body = (Path(VECTORS) / "fhir" / name).read_bytes()
        resource = documents.read(body, kind=kind, is_xml=name.endswith("xml"))
        return set(faults_of(read, resource))

    def test_lacks_of_the_snapshot(self):
        found = self.faults(
            "inventoryreport_snapshot.json", "InventoryReport", reading.read_inventory
        )
        item = "InventoryReport.inventoryListing[0].item[0]"
        assert found == {
            "InventoryReport.identifier",
            "InventoryReport.reporter.identifier",
            f"{item}.item",
            f"{item}.quantity.unit",
        }

    def test_lacks_of_the_difference(self):
        found = self.faults(
            "inventoryreport_difference.json", "InventoryReport", reading.read_inventory
        )
        assert {"InventoryReport.countType", "InventoryReport.identifier"} < found
        assert "InventoryReport.inventoryListing[0].item[0].quantity.value" in found

    def test_lacks_of_the_request(self):
        found = self.faults(
            "supplyrequest-example-simpleorder.xml", "SupplyRequest", reading.read_request
        )
        assert found == {"SupplyRequest.deliverTo.identifier", "SupplyRequest.item"}

    def test_lacks_of_the_delivery(self):
        found = self.faults("supplydelivery-example.xml", "SupplyDelivery", reading.read_delivery)
        assert found == {
            "SupplyDelivery.partOf",
            "SupplyDelivery.suppliedItem[0].itemCodeableConcept",
        }


def test_resources_of_these_tests_have_the_form():
    for resource in (report(), request(), delivery("DES-1", (1, MASK))):
        body = json.dumps(resource).encode()
        documents.read(body, kind=resource["resourceType"], is_xml=False)
