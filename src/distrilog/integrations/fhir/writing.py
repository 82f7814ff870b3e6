"""What we know as FHIR R5 resources: plain values, with every unit counted in units. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from distrilog.domain.resupply.rules import Urgency
from distrilog.integrations.fhir import codes
from distrilog.integrations.fhir.documents import Resource
from distrilog.kernel.weeks import Week


_INVENTORY_ID: Final = re.compile(r"(.{1,40})-([0-9]{4}-W[0-9]{2})")
_PART_ID: Final = re.compile(r"(DEP-[0-9A-Z]{1,3}-[A-Z2-7]{16})\.([0-9]{1,18})")
_REQUEST_STATUSES: Final = {
    "asked": "active",
    "under_way": "active",
    "closed": "completed",
    "refused": "cancelled",
    "cancelled": "cancelled",
}
_SUBSETTED: Final = {
    "tag": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
            "code": "SUBSETTED",
        }
    ]
}
_PLAIN: Final = re.compile(r"[A-Za-z0-9-]")
_ESCAPED: Final = re.compile(rb"\.([0-9a-f]{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplied:
    """Units of a family in a delivery; `gtin` where the article is known."""

    family: str
    units: int
    gtin: str = ""
    name: str = ""


def inventory_report(
    *,
    registry: str,
    name: str,
    week: Week,
    version: int,
    declared_at: datetime,
    stocks: Mapping[str, int],
    consumptions: Mapping[str, int],
) -> Resource:
    """Return a week's declaration as it stands: what is there, and what was used."""
    listings = [
        {
            "itemStatus": _concept(codes.ITEM_STATUS, status),
            "item": [
                {"quantity": quantity(units), "item": {"concept": _concept(codes.FAMILY, family)}}
                for family, units in counted.items()
            ],
        }
        for status, counted in ((codes.AVAILABLE, stocks), (codes.CONSUMED, consumptions))
        if counted
    ]
    return {
        "resourceType": codes.INVENTORY_REPORT,
        "id": inventory_id(registry=registry, week=week),
        "meta": {"versionId": str(version), "lastUpdated": declared_at},
        "status": "active",
        "countType": "snapshot",
        "reportedDateTime": declared_at,
        "reportingPeriod": {"start": week.monday, "end": _sunday(week)},
        "reporter": facility(registry, name),
        "inventoryListing": listings,
    }


def inventory_id(*, registry: str, week: Week) -> str:
    """Return the id of a facility's week."""
    return f"{registry}-{week}"


def week_of(identifier: str) -> tuple[str, str] | None:
    """Return the registry number and the week of an id of ours, or None."""
    found = _INVENTORY_ID.fullmatch(identifier)
    return (found[1], found[2]) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """One family of a request for urgent help; `state` is ours, `words` the situation (empty: not told). Units."""

    reference: str
    registry: str
    name: str
    state: str
    urgency: str
    words: str
    family: str
    units: int
    asked_at: datetime


def supply_request(asked: Requested) -> Resource:
    """
    Return one family of a request; our state is an extension beside the standard’s status.

    Without the situation it is a summary, and says so.
    """
    told = {"reason": [{"concept": {"text": asked.words}}]} if asked.words else {"meta": _SUBSETTED}
    return {
        "resourceType": codes.SUPPLY_REQUEST,
        "id": line_id(reference=asked.reference, family=asked.family),
        "extension": [{"url": codes.STATE, "valueCode": asked.state}],
        "identifier": [{"system": codes.REFERENCE, "value": asked.reference}],
        "status": _REQUEST_STATUSES.get(asked.state, "unknown"),
        "category": {"text": "Dépannage"},
        "priority": codes.PRIORITIES[Urgency(asked.urgency)],
        "item": {"concept": _concept(codes.FAMILY, asked.family)},
        "quantity": quantity(asked.units),
        "authoredOn": asked.asked_at,
        "requester": facility(asked.registry, asked.name),
        "deliverTo": facility(asked.registry, asked.name),
        **told,
    }


def line_id(*, reference: str, family: str) -> str:
    """Return the id of a family of a request: an id has no underscore, and a family no hyphen."""
    return f"{reference}.{family.replace('_', '-')}"


def line_of(identifier: str) -> tuple[str, str]:
    """Return the reference and the family of an id of ours; whatever else it is leads nowhere."""
    reference, _dot, family = identifier.partition(".")
    return reference, family.replace("-", "_")


def part_id(*, request: str, part: int) -> str:
    """Return the reference of what a neighbour or a department hands over for a request."""
    return f"{request}.{part}"


def part_of(reference: str) -> tuple[str, int] | None:
    """Return the request and the part of such a reference; None for that of a despatch."""
    found = _PART_ID.fullmatch(reference)
    return (found[1], int(found[2])) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """
    What was handed over or sent to a facility, under its reference and the SSCC of its parcels.

    `status` is the standard’s. `based_on` is the id of the request it answers, empty for an order.
    """

    reference: str
    registry: str
    name: str
    status: str
    supplier: str
    items: Sequence[Supplied]
    based_on: str = ""
    parcels: Sequence[str] = ()
    at: datetime | None = None


def supply_delivery(delivered: Delivered) -> Resource:
    """Return a delivery, its contents in units."""
    part = part_of(delivered.reference)
    found: dict[str, Any] = {
        "resourceType": codes.SUPPLY_DELIVERY,
        "id": delivered.reference if part else written_id(delivered.reference),
        "identifier": [
            {"system": codes.REFERENCE, "value": delivered.reference},
            *({"system": codes.SSCC, "value": sscc} for sscc in delivered.parcels),
        ],
        "status": delivered.status,
        "suppliedItem": [
            {"quantity": quantity(each.units), "itemCodeableConcept": _item(each)}
            for each in delivered.items
        ],
        "supplier": {"display": delivered.supplier},
        "destination": facility(delivered.registry, delivered.name),
    }
    if delivered.based_on:
        found["basedOn"] = [{"reference": f"{codes.SUPPLY_REQUEST}/{delivered.based_on}"}]
    if delivered.at is not None:
        found["occurrenceDateTime"] = delivered.at
    return found


def written_id(reference: str) -> str:
    """Return a reference as an id may be written: letters, digits, hyphens, and `.2f` for what is none."""
    return "".join(
        each if _PLAIN.fullmatch(each) else "".join(f".{byte:02x}" for byte in each.encode())
        for each in reference
    )


def reference_of(identifier: str) -> str:
    """Return the reference of the id of a delivery."""
    if part_of(identifier):
        return identifier
    plain = _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), identifier.encode())
    return plain.decode("utf-8", "replace")


def bundle(resources: Sequence[Resource], *, base: str) -> Resource:
    """Return the answer to a search."""
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "entry": [
            {
                "fullUrl": f"{base}/{each['resourceType']}/{each['id']}",
                "resource": each,
                "search": {"mode": "match"},
            }
            for each in resources
        ],
    }


def facility(registry: str, name: str) -> Resource:
    """Return a reference to a facility by its registry number, in the systems that hospitals know it by."""
    system, value = codes.FINESS, registry
    if registry.startswith("SIRET-"):
        system, value = codes.SIRENE, registry.removeprefix("SIRET-")
    elif "-" in registry:
        system = codes.FACILITY
    return {"identifier": {"system": system, "value": value}, "display": name}


def quantity(units: int) -> Resource:
    """Return units, as UCUM says a bare count."""
    return {"value": units, "unit": "unités", "system": codes.UCUM, "code": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiled:
    """A kind of resource that is spoken here: what it is for, how it is asked for."""

    kind: str
    documentation: str
    parameters: Sequence[tuple[str, str, str]] = field(default=())


_FACILITY_PARAMETER: Final = (
    "facility",
    "token",
    "Numéro de l’établissement : FINESS, SIRET-… ou DIS-…",
)
PROFILED: Final = (
    Profiled(
        kind=codes.INVENTORY_REPORT,
        documentation="Déclaration de la semaine : stock (available) et consommation (consumed).",
        parameters=(_FACILITY_PARAMETER,),
    ),
    Profiled(
        kind=codes.SUPPLY_REQUEST,
        documentation="Demande de dépannage d’une famille. Sans urgence, c’est une commande : POST /api/v1/orders.",
        parameters=(_FACILITY_PARAMETER,),
    ),
    Profiled(
        kind=codes.SUPPLY_DELIVERY,
        documentation="Livraison ou remise ; « completed » en dit la réception.",
        parameters=(_FACILITY_PARAMETER,),
    ),
)


def capability_statement(*, base: str, on: date) -> Resource:
    """Return what is spoken here."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": on,
        "kind": "instance",
        "implementation": {"description": "Distrilog", "url": base},
        "fhirVersion": codes.FHIR_VERSION,
        "format": [codes.JSON, codes.XML],
        "rest": [
            {
                "mode": "server",
                "documentation": "Lit JSON et XML, répond en JSON. Profil : docs/fhir.md.",
                "security": {"description": "Authorization: Bearer <clé>"},
                "resource": [_profiled(each) for each in PROFILED],
            }
        ],
    }


def _profiled(each: Profiled) -> dict[str, Any]:
    return {
        "type": each.kind,
        "documentation": each.documentation,
        "interaction": [{"code": code} for code in ("create", "read", "search-type")],
        "versioning": "no-version",
        "searchParam": [
            {"name": name, "type": kind, "documentation": words}
            for name, kind, words in each.parameters
        ],
    }


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _item(supplied: Supplied) -> dict[str, Any]:
    concept = _concept(codes.FAMILY, supplied.family)
    if supplied.gtin:
        concept["coding"].append({"system": codes.GTIN, "code": supplied.gtin})
    return {**concept, "text": supplied.name} if supplied.name else concept


def _sunday(week: Week) -> date:
    return date.fromisocalendar(week.year, week.number, 7)
