"""Short resources of these tests, as a hospital’s software would send them."""

from copy import deepcopy
from typing import Any


FAMILY = "urn:distrilog:family"
FINESS = "https://finess.esante.gouv.fr"
GTIN = "https://www.gs1.org/gtin"
MASK, GOWN = "surgical_mask", "gown"
REGISTRY = "960000018"


def of(registry: str = REGISTRY, system: str = FINESS) -> dict[str, Any]:
    """Return a reference to a facility."""
    return {"identifier": {"system": system, "value": registry}}


def concept(code: str = MASK, system: str = FAMILY) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def counted(value: object, named: str = MASK, *, scheme: str = FAMILY, **quantity: object) -> Any:
    """Return an item of a listing."""
    return {"quantity": {"value": value, **quantity}, "item": {"concept": concept(named, scheme)}}


def listing(*items: Any, status: str = "available") -> dict[str, Any]:
    return {"itemStatus": {"coding": [{"code": status}]}, "item": list(items)}


def report(*listings: Any, **values: Any) -> dict[str, Any]:
    """Return a report of 2,100 masks unless told, of Wednesday 4 November 2020 at nine in Paris."""
    return {
        "resourceType": "InventoryReport",
        "identifier": [{"system": "urn:hospital:reports", "value": "45"}],
        "status": "active",
        "countType": "snapshot",
        "reportedDateTime": "2020-11-04T09:00:00+01:00",
        "reporter": of(),
        "inventoryListing": list(listings) or [listing(counted(2100))],
        **values,
    }


def request(**values: Any) -> dict[str, Any]:
    """Return a request for 100 masks."""
    return {
        "resourceType": "SupplyRequest",
        "identifier": [{"system": "urn:hospital:requests", "value": "7"}],
        "status": "active",
        "priority": "asap",
        "item": {"concept": concept()},
        "quantity": {"value": 100},
        "deliverTo": of(),
        "reason": [{"concept": {"text": "Plus que deux jours."}}],
        **values,
    }


def delivery(reference: str = "DES-1", *items: tuple[object, str], **values: Any) -> dict[str, Any]:
    """Return a completed delivery; without items, all of it was received."""
    told: dict[str, Any] = {
        "resourceType": "SupplyDelivery",
        "status": "completed",
        "partOf": [{"reference": f"SupplyDelivery/{reference}"}],
    }
    if items:
        told["suppliedItem"] = [
            {"quantity": {"value": value}, "itemCodeableConcept": concept(code)}
            for value, code in items
        ]
    return {**told, **values}


def changed(resource: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy with another value at a path: `inventoryListing.0.item`."""
    found = deepcopy(resource)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    inner: Any = found
    for part in parents:
        inner = inner[part]
    inner[last] = value
    return found


REQUEST_XML = """<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<SupplyRequest xmlns="http://hl7.org/fhir">
  <id value="r1"/>
  <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p>Masques</p></div></text>
  <identifier><system value="urn:hospital:requests"/><value value="7"/></identifier>
  <status value="active"/>
  <priority value="asap"/>
  <item><concept><coding><system value="urn:distrilog:family"/><code value="surgical_mask"/></coding></concept></item>
  <quantity><value value="100"/></quantity>
  <reason><concept><text value="Plus que deux jours."/></concept></reason>
  <deliverTo>
    <identifier><system value="https://finess.esante.gouv.fr"/><value value="960000018"/></identifier>
  </deliverTo>
</SupplyRequest>
"""
