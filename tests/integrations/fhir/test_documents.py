import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from distrilog.integrations.fhir import documents
from distrilog.kernel.refusals import Refusal
from tests.integrations.fhir.resources import REQUEST_XML, changed, delivery, report, request


REPORT, REQUEST = "InventoryReport", "SupplyRequest"


def read(resource, kind=REPORT):
    return documents.read(json.dumps(resource).encode(), kind=kind, is_xml=False)


def read_xml(text, kind=REQUEST):
    body = text if isinstance(text, bytes) else text.encode()
    return documents.read(body, kind=kind, is_xml=True)


def faults_of(refused):
    return [(fault.where, fault.message) for fault in refused.value.faults]


class TestRead:
    @pytest.mark.parametrize(
        "resource",
        [report(), request(), delivery(), delivery("DES-1", (10, "gown"))],
        ids=lambda each: each["resourceType"],
    )
    def test_takes_what_has_the_form(self, resource):
        assert read(resource, resource["resourceType"]) == resource

    def test_tells_every_fault_where_it_is(self):
        wrong = report()
        del wrong["status"], wrong["countType"]
        wrong["inventoryListing"][0]["item"][0]["quantity"]["value"] = "beaucoup"
        wrong["mood"] = "bad"
        with pytest.raises(documents.WrongForm) as refused:
            read(wrong)
        assert {where for where, _ in faults_of(refused)} == {
            "InventoryReport.status",
            "InventoryReport.countType",
            "InventoryReport.inventoryListing[0].item[0].quantity.value",
            "InventoryReport.mood",
        }

    @pytest.mark.parametrize(
        ("path", "value", "where"),
        [
            ("modifierExtension", [{"url": "urn:not"}], "modifierExtension"),
            ("implicitRules", "urn:rules", "implicitRules"),
            ("contained", [{"resourceType": "Patient"}], "contained"),
            (
                "inventoryListing.0.modifierExtension",
                [{"url": "urn:not"}],
                "inventoryListing[0].modifierExtension",
            ),
        ],
    )
    def test_refuses_what_would_change_or_hide_the_meaning(self, path, value, where):
        with pytest.raises(documents.WrongForm) as refused:
            read(changed(report(), path, value))
        assert [place for place, _ in faults_of(refused)] == [f"InventoryReport.{where}"]

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"", "JSON"),
            (b"{", "JSON"),
            (b"\xff", "JSON"),
            (b"[]", "objet"),
            (b"null", "objet"),
            (b'{"a": NaN}', "JSON"),
            (b'{"resourceType": "Patient"}', "« Patient »"),
            (b'{"resourceType": 3}', "InventoryReport est attendue"),
            (b"{}", "InventoryReport est attendue"),
            (
                b'{"resourceType": "InventoryReport", "a": ' + b"[" * 50 + b"]" * 50 + b"}",
                "niveaux",
            ),
            (b'{"resourceType": "InventoryReport", "a": ' + b"[" * 5000, "JSON"),
        ],
    )
    def test_refuses_what_is_no_such_resource(self, body, said):
        with pytest.raises(documents.Unreadable) as refused:
            documents.read(body, kind=REPORT, is_xml=False)
        assert said in refused.value.detail

    def test_says_how_many_more_faults_there_are(self):
        wrong = report(**{f"field{rank}": rank for rank in range(80)})
        with pytest.raises(documents.WrongForm) as refused:
            read(wrong)
        assert len(refused.value.faults) == documents.MOST_FAULTS
        assert refused.value.values["more"] == 30

    @settings(max_examples=100, deadline=None)
    @given(st.data())
    def test_only_ever_refuses(self, data):
        sample = json.dumps(data.draw(st.sampled_from([report(), delivery("D", (1, "gown"))])))
        at = data.draw(st.integers(0, len(sample)))
        until = at + data.draw(st.integers(0, 30))
        noise = data.draw(
            st.text(max_size=8) | st.sampled_from(["", "null", "[]", "{}", "-1", "1e400", '"'])
        )
        body = (sample[:at] + noise + sample[until:]).encode("utf-8", "replace")
        try:
            found = documents.read(body, kind=REPORT, is_xml=False)
        except Refusal:
            return
        assert found["resourceType"] == REPORT


class TestReadXml:
    def test_reads_the_same_as_json(self):
        found = read_xml(REQUEST_XML)
        assert found == {**request(), "id": "r1"}

    @pytest.mark.parametrize(
        ("old", "new", "where"),
        [
            ('value="100"', 'value="beaucoup"', "SupplyRequest.quantity.value"),
            ("<status ", "<mood ", "SupplyRequest.mood"),
            ("<concept>", "<concept><modifierExtension/>", "modifierExtension"),
            (
                '<priority value="asap"/>',
                '<priority value="asap"/><priority value="stat"/>',
                "SupplyRequest.priority",
            ),
        ],
    )
    def test_tells_faults_where_they_are(self, old, new, where):
        assert old in REQUEST_XML
        with pytest.raises(documents.WrongForm) as refused:
            read_xml(REQUEST_XML.replace(old, new))
        assert any(where in place for place, _ in faults_of(refused))

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"", "bien formé"),
            (b"<a>", "bien formé"),
            (b"<?xml version='1.0' encoding='nope'?><a/>", "bien formé"),
            (b"<!DOCTYPE a><a/>", "DOCTYPE"),
            (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>', "DOCTYPE"),
            (b"<SupplyRequest/>", "« SupplyRequest »"),
            (b'<Patient xmlns="http://hl7.org/fhir"/>', "« Patient »"),
            (
                b'<SupplyRequest xmlns="http://hl7.org/fhir">'
                + b"<extension>" * 100
                + b"</extension>" * 100
                + b"</SupplyRequest>",
                "niveaux",
            ),
            (b"<a>" * 60_000 + b"</a>" * 60_000, "« a »"),
        ],
    )
    def test_refuses_what_is_no_safe_xml(self, body, said):
        with pytest.raises(documents.Unreadable) as refused:
            read_xml(body)
        assert said in refused.value.detail

    @settings(max_examples=100, deadline=None)
    @given(st.data())
    def test_only_ever_refuses(self, data):
        at = data.draw(st.integers(0, len(REQUEST_XML)))
        until = at + data.draw(st.integers(0, 30))
        noise = data.draw(st.text(max_size=8) | st.sampled_from(["", "<x/>", "9" * 40, "-1"]))
        body = (REQUEST_XML[:at] + noise + REQUEST_XML[until:]).encode("utf-8", "replace")
        try:
            found = read_xml(body)
        except Refusal:
            return
        assert found["resourceType"] == REQUEST


VECTORS = os.environ.get("DISTRILOG_MESSAGE_VECTORS", "")


@pytest.mark.skipif(not VECTORS, reason="DISTRILOG_MESSAGE_VECTORS names no folder of samples.")
class TestRealSamples:
    """The published samples, whole: they are not ours to copy."""

    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("inventoryreport_snapshot.json", "InventoryReport"),
            ("inventoryreport_difference.json", "InventoryReport"),
            ("supplyrequest-example-simpleorder.xml", "SupplyRequest"),
            ("supplydelivery-example.xml", "SupplyDelivery"),
        ],
    )
    def test_are_read(self, name, kind):
        body = (Path(VECTORS) / "fhir" / name).read_bytes()
        found = documents.read(body, kind=kind, is_xml=name.endswith("xml"))
        assert found["resourceType"] == kind
        assert found["id"]


class TestImports:
    def test_leaves_the_models_out_until_a_document_comes(self):
        code = (
            "import sys, django; django.setup(); from django.urls import resolve; resolve('/api/v1/me');"
            "import distrilog.api.operations.fhir;"
            "sys.exit(any(name.startswith(('fhir.resources', 'fhir_core')) for name in sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", code], check=False, env={**os.environ})
        assert done.returncode == 0
