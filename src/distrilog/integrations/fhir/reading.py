"""
What a resource says in our terms: facilities by their registry number, families, whole units. Pure.

All that is missing is told at once, each at its FHIRPath. Texts for people (`display`, `note`, narratives) are not
read: nothing is guessed from a name.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID, uuid5

from distrilog.domain.resupply.rules import Urgency
from distrilog.integrations.fhir import codes
from distrilog.integrations.fhir.documents import MOST_FAULTS, Resource
from distrilog.integrations.fhir.writing import reference_of
from distrilog.kernel.gs1 import GTIN_DIGITS
from distrilog.kernel.refusals import Fault, Invalid
from distrilog.kernel.weeks import PARIS


# Names the keys of this profile: any constant will do, as long as it never changes.
_KEYS: Final = UUID("6f0d0f4e-6f3b-5b52-9d0c-2d1d5f1f2a55")
_MOST_UNITS: Final = 10**9
_LONGEST_WORDS: Final = 500
_LONGEST_IDENTIFIER: Final = 200
_QUOTED: Final = 40
_FINESS: Final = re.compile(r"([0-9]{2}|2[AB])[0-9]{7}")
_SIRET: Final = re.compile(r"[0-9]{14}")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T.+)?")
_REGISTERS: Final = {"1": codes.FINESS, "3": codes.SIRENE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What items are known by: the box of each family, and the family and box of each article, by GTIN."""

    boxes: Mapping[str, int]
    articles: Mapping[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Units of a family, and where the document says so first."""

    units: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """A report: what is there and what was used in the week, by family. `key` makes a second sending harmless."""

    registry: str
    key: UUID
    at: datetime
    stocks: Mapping[str, Counted]
    consumptions: Mapping[str, Counted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A request for urgent help, of one family."""

    registry: str
    key: UUID
    urgency: Urgency
    words: str
    family: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """
    What was received of a delivery, named by its reference or by the SSCC of one of its parcels.

    `counted` is None where all of it was; else what was counted, by family. `registry` may be empty.
    """

    reference: str
    sscc: str
    registry: str
    counted: Mapping[str, Counted] | None


def gtins_of(value: object) -> set[str]:
    """Return every GTIN that a resource names, filled up to fourteen digits."""
    found: set[str] = set()
    if isinstance(value, dict):
        if value.get("system") in {codes.GTIN, *codes.GTIN_BEFORE}:
            found |= {_gtin(each) for each in (value.get("code"), value.get("value")) if each}
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            found |= gtins_of(each)
    return found


def read_inventory(resource: Resource, *, catalogue: Catalogue) -> Inventory:
    """Return what an InventoryReport says, or refuse it with all that it lacks."""
    document = _Document(resource, codes.INVENTORY_REPORT, catalogue)
    document.require_status(
        "active", remedy="Une correction est un nouveau rapport, complet, à l’état « active »."
    )
    document.require_snapshot()
    listings = document.all("inventoryListing")
    places = [("reporter", resource.get("reporter"))]
    places += [(f"{where}.location", each.get("location")) for where, each in listings]
    registry = document.facility(places)
    at = document.moment("reportedDateTime")
    key = document.key(registry)
    counts: dict[str, dict[str, Counted]] = {codes.AVAILABLE: {}, codes.CONSUMED: {}}
    for where, listing in listings:
        document.count_into(counts, where, listing)
    if not listings:
        document.fault("inventoryListing", "Le rapport ne compte rien.")
    document.refuse()
    return Inventory(
        registry=registry,
        key=key,
        at=at,
        stocks=counts[codes.AVAILABLE],
        consumptions=counts[codes.CONSUMED],
    )


def read_request(resource: Resource, *, catalogue: Catalogue) -> Wish:
    """Return what a SupplyRequest asks for, or refuse it with all that it lacks."""
    document = _Document(resource, codes.SUPPLY_REQUEST, catalogue)
    document.require_status("active")
    registry = document.facility(
        [(name, resource.get(name)) for name in ("deliverTo", "requester")]
    )
    key = document.key(registry)
    urgency = document.urgency()
    words = document.reasons()
    counted = document.item("", _coded(resource.get("item")), resource.get("quantity"), "item")
    document.refuse()
    assert counted is not None
    family, units = counted
    return Wish(
        registry=registry, key=key, urgency=urgency, words=words, family=family, units=units
    )


def read_delivery(resource: Resource, *, catalogue: Catalogue) -> Reception:
    """Return what a SupplyDelivery says was received, or refuse it with all that it lacks."""
    document = _Document(resource, codes.SUPPLY_DELIVERY, catalogue)
    document.require_status("completed", remedy="Envoyez ce document quand tout a été compté.")
    reference, sscc = document.delivery()
    places = [("destination", resource.get("destination"))]
    places += [(where, each) for where, each in document.all("receiver")]
    registry = document.facility(places, required=False)
    counted: dict[str, Counted] = {}
    lines = document.all("suppliedItem")
    for where, line in lines:
        item = line.get("itemCodeableConcept")
        named = _coded({"concept": item, "reference": line.get("itemReference")})
        found = document.item(f"{where}.", named, line.get("quantity"), "itemCodeableConcept")
        document.add(counted, where, found)
    document.refuse()
    return Reception(
        reference=reference, sscc=sscc, registry=registry, counted=counted if lines else None
    )


class _Document:
    """A resource being read, and what is wrong with it."""

    def __init__(self, resource: Resource, kind: str, catalogue: Catalogue) -> None:
        self.resource = resource
        self.kind = kind
        self.catalogue = catalogue
        self.faults: list[Fault] = []

    def fault(self, where: str, message: str, remedy: str = "") -> None:
        self.faults.append(
            Fault(where=f"{self.kind}.{where}"[:200], message=message, remedy=remedy)
        )

    def refuse(self) -> None:
        if self.faults:
            raise Invalid(*self.faults[:MOST_FAULTS], more=max(0, len(self.faults) - MOST_FAULTS))

    def all(self, name: str) -> list[tuple[str, Resource]]:
        found = self.resource.get(name)
        each = found if isinstance(found, list) else []
        return [(f"{name}[{rank}]", _object(one)) for rank, one in enumerate(each)]

    def require_status(self, expected: str, *, remedy: str = "") -> None:
        said = self.resource.get("status")
        if said != expected:
            told = f"L’état « {_quoted(said)} » n’est pas traité : « {expected} » est attendu."
            self.fault("status", told if said else f"L’état « {expected} » est attendu.", remedy)

    def require_snapshot(self) -> None:
        said = self.resource.get("countType")
        if said != "snapshot":
            self.fault(
                "countType",
                f"Un comptage « {_quoted(said)} » n’est pas traité : une déclaration dit ce qu’il y a,"
                " pas ce qui a changé.",
                "Envoyez le stock compté (« snapshot »), et la consommation à l’état « consumed ».",
            )

    def key(self, registry: str) -> UUID:
        """Return the key of the document: its first identifier, among those of its facility."""
        named = [_object(each) for _, each in self.all("identifier")]
        found = [each for each in named if _text(each.get("value"))]
        if not found:
            self.fault(
                "identifier",
                "Ce document n’a pas d’identifiant.",
                "Donnez-en un, le même à chaque renvoi : un renvoi ne compte alors qu’une fois.",
            )
            return _KEYS
        system, value = _text(found[0].get("system")), _text(found[0].get("value"))
        if len(system) + len(value) > _LONGEST_IDENTIFIER:
            self.fault("identifier[0]", f"{_LONGEST_IDENTIFIER} caractères au plus.")
        return uuid5(_KEYS, f"{self.kind}|{registry}|{system}|{value}")

    def facility(self, places: Iterable[tuple[str, object]], *, required: bool = True) -> str:
        """Return the registry number that the document names, the same wherever it names one."""
        found: dict[str, str] = {}
        first = ""
        for where, reference in places:
            first = first or where
            identifier = _object(_object(reference).get("identifier"))
            value = _text(identifier.get("value"))
            if not value:
                continue
            registry = _registry(_text(identifier.get("system")), value)
            if registry:
                found.setdefault(registry, where)
            else:
                self.fault(
                    f"{where}.identifier",
                    f"« {_quoted(value)} » n’est pas un numéro d’établissement connu ici.",
                    f"Donnez son numéro FINESS, avec le système {codes.FINESS}.",
                )
        if len(found) > 1:
            names = ", ".join(found)
            self.fault(list(found.values())[-1], f"Plusieurs établissements : {names[:100]}.")
        elif not found and required:
            self.fault(
                f"{first}.identifier",
                "Le numéro de l’établissement manque.",
                f"Donnez son numéro FINESS, avec le système {codes.FINESS}.",
            )
        return next(iter(found), "")

    def moment(self, name: str) -> datetime:
        """Return a moment; of a day alone, its noon in Paris."""
        text = _text(self.resource.get(name))
        found = _moment(text)
        if found is None:
            remedy = (
                "Donnez le jour, ou le jour, l’heure et le décalage : 2020-11-04T09:00:00+01:00."
            )
            self.fault(name, f"« {_quoted(text)} » ne dit pas quand.", remedy)
        return found or datetime.combine(date(2000, 1, 1), time(12), tzinfo=PARIS)

    def urgency(self) -> Urgency:
        said = _text(self.resource.get("priority"))
        if said == codes.ROUTINE:
            self.fault(
                "priority",
                "Une demande sans urgence est une commande.",
                "Commandez sur le contingent : POST /api/v1/orders.",
            )
        elif said not in codes.URGENCIES:
            self.fault(
                "priority",
                f"La priorité « {_quoted(said)} » n’est pas traitée."
                if said
                else "La priorité manque.",
                "Dites quand il n’y aura plus rien : stat (aujourd’hui), asap (sous trois jours),"
                " urgent (sous une semaine).",
            )
        return codes.URGENCIES.get(said, Urgency.WEEK)

    def reasons(self) -> str:
        told = [_concept_text(_object(each.get("concept"))) for _, each in self.all("reason")]
        words = " ; ".join(filter(None, told))
        if not words:
            self.fault(
                "reason",
                "La situation manque.",
                "Dites-la en quelques mots, sans aucun nom de patient.",
            )
        return words[:_LONGEST_WORDS]

    def delivery(self) -> tuple[str, str]:
        """Return the reference of what was delivered, or the SSCC of one of its parcels."""
        named = [_object(each) for _, each in self.all("identifier")]
        named += [_object(each.get("identifier")) for _, each in self.all("partOf")]
        literal = [_text(each.get("reference")) for _, each in self.all("partOf")]
        start = f"{codes.SUPPLY_DELIVERY}/"
        references = {reference_of(each.rpartition(start)[2]) for each in literal if start in each}
        references |= _values(named, codes.REFERENCE)
        parcels = _values(named, codes.SSCC)
        if len(references) + len(parcels) != 1:
            self.fault(
                "partOf",
                "Plusieurs livraisons sont nommées."
                if references | parcels
                else "La livraison n’est pas nommée.",
                "Nommez celle que vous avez lue ici (partOf.reference : SupplyDelivery/…), ou le SSCC d’un de"
                f" ses colis (identifier, système {codes.SSCC}).",
            )
        return next(iter(references), ""), next(iter(parcels), "")

    def count_into(
        self, counts: Mapping[str, dict[str, Counted]], where: str, listing: Resource
    ) -> None:
        """Add what a listing counts to the stock or to the consumption of each family."""
        statuses = [code for _, code in _coded({"concept": listing.get("itemStatus")})]
        status = statuses[0] if statuses else codes.AVAILABLE
        if status not in counts:
            self.fault(
                f"{where}.itemStatus",
                f"L’état « {_quoted(status)} » n’est pas traité.",
                "Donnez ce qui peut servir (« available ») et ce qui a servi (« consumed »), rien d’autre.",
            )
            return
        lines = listing.get("item")
        for rank, line in enumerate(lines if isinstance(lines, list) else []):
            at = f"{where}.item[{rank}]"
            item = _object(line)
            found = self.item(f"{at}.", _coded(item.get("item")), item.get("quantity"), "item")
            self.add(counts[status], at, found)

    def add(self, counts: dict[str, Counted], where: str, found: tuple[str, int] | None) -> None:
        """Add units to those of their family: a report may count it article by article."""
        if found is None:
            return
        family, units = found
        before = counts.get(family, Counted(units=0, path=f"{self.kind}.{where}"))
        counts[family] = Counted(units=before.units + units, path=before.path)

    def item(
        self, where: str, named: Sequence[tuple[str, str]], quantity: object, name: str
    ) -> tuple[str, int] | None:
        """Return the family and the units of one item, or None when something is wrong with it."""
        known = self._known(f"{where}{name}", named)
        # Judged even where the item is unknown: all that is wrong is told at once.
        units = self._units(f"{where}quantity", _object(quantity), known[1] if known else 1)
        return (known[0], units) if known and units is not None else None

    def _known(self, where: str, named: Sequence[tuple[str, str]]) -> tuple[str, int] | None:
        found = dict.fromkeys(
            each for system, code in named if (each := self._meant(system, code)) is not None
        )
        families = {family for family, _ in found}
        if len(families) == 1:
            return next(iter(found))
        if families:
            self.fault(where, f"Plusieurs familles à la fois : {', '.join(sorted(families))}.")
            return None
        told = ", ".join(f"« {_quoted(code)} »" for _, code in named[:3]) or "rien"
        self.fault(
            where,
            f"Article inconnu : {told}.",
            f"Donnez son GTIN (système {codes.GTIN}) ou le code de sa famille (système {codes.FAMILY}).",
        )
        return None

    def _meant(self, system: str, code: str) -> tuple[str, int] | None:
        if system == codes.FAMILY and code in self.catalogue.boxes:
            return code, self.catalogue.boxes[code]
        if system in {codes.GTIN, *codes.GTIN_BEFORE}:
            return self.catalogue.articles.get(_gtin(code))
        return None

    def _units(self, where: str, quantity: Resource, box: int) -> int | None:
        value = _number(quantity.get("value"))
        if value is None:
            self.fault(f"{where}.value", "Une quantité est attendue : un nombre.")
            return None
        if quantity.get("comparator"):
            self.fault(f"{where}.comparator", "Une quantité approchée n’est pas traitée.")
            return None
        each = self._counted_in(where, quantity, box)
        if value != value.to_integral_value() or not 0 <= value <= _MOST_UNITS:
            self.fault(
                f"{where}.value",
                f"« {_quoted(format(value, 'f'))} » n’est pas une quantité : un entier, positif ou nul.",
            )
            return None
        return None if each is None else int(value) * each

    def _counted_in(self, where: str, quantity: Resource, box: int) -> int | None:
        """Return the units of what a quantity counts; without a word, it counts units."""
        code, word = _text(quantity.get("code")), _text(quantity.get("unit")).lower()
        if code in codes.UNIT_CODES or (not code and (not word or word in codes.UNIT_WORDS)):
            return 1
        if code in codes.BOX_CODES or (not code and word in codes.BOX_WORDS):
            return box
        self.fault(
            f"{where}.{'code' if code else 'unit'}",
            f"« {_quoted(code or word)} » n’est pas une façon de compter connue ici.",
            f"Comptez en unités (système {codes.UCUM}, code 1) ou en boîtes (code {{box}}).",
        )
        return None


def _registry(system: str, value: str) -> str:
    """Return a registry number in our form, empty where the identifier is not one."""
    if system == codes.STRUCTURE and value[:1] in _REGISTERS:
        system, value = _REGISTERS[value[0]], value[1:]
    if system in {codes.FINESS, *codes.FINESS_BEFORE} and _FINESS.fullmatch(value.upper()):
        return value.upper()
    if system in {codes.SIRENE, *codes.SIRENE_BEFORE} and _SIRET.fullmatch(value):
        return f"SIRET-{value}"
    return value if system == codes.FACILITY and len(value) <= _QUOTED else ""


def _moment(text: str) -> datetime | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        if "T" not in text:
            return datetime.combine(date.fromisoformat(text), time(12), tzinfo=PARIS)
        found = datetime.fromisoformat(text)
        # The last days of the calendar have no moment in every zone.
        return found.astimezone(PARIS) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _coded(item: object) -> list[tuple[str, str]]:
    """Return the codes of a CodeableReference: its concept’s, and the identifier of what it refers to."""
    said = _object(item)
    codings = _object(said.get("concept")).get("coding")
    found = [_object(each) for each in codings] if isinstance(codings, list) else []
    named = [(_text(each.get("system")), _text(each.get("code"))) for each in found]
    identifier = _object(_object(said.get("reference")).get("identifier"))
    named.append((_text(identifier.get("system")), _text(identifier.get("value"))))
    return [(system, code) for system, code in named if code]


def _values(identifiers: Iterable[Resource], system: str) -> set[str]:
    return {_text(each.get("value")) for each in identifiers if each.get("system") == system} - {""}


def _concept_text(concept: Resource) -> str:
    if said := _text(concept.get("text")):
        return said
    codings = concept.get("coding")
    first = _object(codings[0]) if isinstance(codings, list) and codings else {}
    return _text(first.get("display")) or _text(first.get("code"))


def _number(value: object) -> Decimal | None:
    """Return a number as it was written; None for anything else, a text of digits among them."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _gtin(value: object) -> str:
    return _text(value).zfill(GTIN_DIGITS)


def _object(value: object) -> Resource:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """Return a text without what a database or a page cannot hold; empty for anything else."""
    if not isinstance(value, str):
        return ""
    spaced = (each if each.isprintable() else " " * each.isspace() for each in value)
    return "".join(spaced).strip()


def _quoted(value: object) -> str:
    text = _text(value)
    return f"{text[:_QUOTED]}{'…' if len(text) > _QUOTED else ''}"
