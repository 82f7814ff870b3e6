"""The words that systems agree upon: of facilities, articles, families, units and statuses."""

from typing import Final

from distrilog.domain.resupply.rules import Urgency


FHIR_VERSION: Final = "5.0.0"
JSON: Final = "application/fhir+json"
XML: Final = "application/fhir+xml"

INVENTORY_REPORT: Final = "InventoryReport"
SUPPLY_REQUEST: Final = "SupplyRequest"
SUPPLY_DELIVERY: Final = "SupplyDelivery"

# Ours.
FAMILY: Final = "urn:distrilog:family"
FACILITY: Final = "urn:distrilog:facility"
REFERENCE: Final = "urn:distrilog:reference"
ITEM_STATUS: Final = "urn:distrilog:item-status"
PROBLEM: Final = "urn:distrilog:problem"
STATE: Final = "urn:distrilog:resupply-state"
TAG: Final = "urn:distrilog:tag"
CONFIRMED: Final = "confirmed"
# The French core profile’s, and what it replaced (hl7.fr, FR Core Organization).
FINESS: Final = "https://finess.esante.gouv.fr"
FINESS_BEFORE: Final = ("http://finess.esante.gouv.fr", "http://finess.sante.gouv.fr")
SIRENE: Final = "https://sirene.fr"
SIRENE_BEFORE: Final = ("http://sirene.fr",)
# The national identifier of a structure: one digit says which register the rest is of.
STRUCTURE: Final = "urn:oid:1.2.250.1.71.4.2.2"
# HL7 terminology, NamingSystem gtin.
GTIN: Final = "https://www.gs1.org/gtin"
GTIN_BEFORE: Final = ("urn:oid:1.3.160",)
SSCC: Final = "https://www.gs1.org/sscc"
UCUM: Final = "http://unitsofmeasure.org"

AVAILABLE: Final = "available"
CONSUMED: Final = "consumed"

# How a quantity says what it counts; a box is the family’s, or the article’s where it is named.
UNIT_CODES: Final = frozenset({"1", "{unit}", "{unite}", "{unité}"})
BOX_CODES: Final = frozenset({"{box}", "{boite}", "{boîte}"})
UNIT_WORDS: Final = frozenset(
    {"unité", "unités", "unite", "unites", "unit", "units", "pièce", "pièces"}
)
BOX_WORDS: Final = frozenset({"boîte", "boîtes", "boite", "boites", "box", "boxes"})

URGENCIES: Final = {
    "stat": Urgency.TODAY,
    "asap": Urgency.DAYS,
    "urgent": Urgency.WEEK,
}
PRIORITIES: Final = {urgency: priority for priority, urgency in URGENCIES.items()}
ROUTINE: Final = "routine"
