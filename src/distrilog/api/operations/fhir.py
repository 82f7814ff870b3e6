"""FHIR R5: the same declarations, requests and receipts, in the words of hospital software."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from ninja import Path, Query, Router

from distrilog.api.answers import answer
from distrilog.api.gate import ApiRequest, Gate, kind_of
from distrilog.api.operations import declarations, fhir_receipts
from distrilog.api.operations.rules import AUTHENTICATED, ruled
from distrilog.api.outcomes import PREFIX
from distrilog.api.shapes.fhir import Resource
from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.declarations import queries
from distrilog.domain.declarations.queries import WeekView
from distrilog.domain.declarations.services import Said
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Facility
from distrilog.domain.resupply import queries as resupply, services as resupply_services
from distrilog.domain.resupply.queries import RequestView
from distrilog.integrations.fhir import codes, documents, reading, writing
from distrilog.integrations.fhir.catalogue import catalogue_of
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal
from distrilog.kernel.weeks import PARIS, Week


KINDS: Final = (codes.JSON, codes.XML, "application/json")
router = Router(tags=["FHIR R5"], auth=Gate(kinds=KINDS, largest=documents.LARGEST))

Identifier = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9.-]{1,160}$", description="id de la ressource")
]
# Empty: one's own.
Searched = Annotated[
    str,
    Query(pattern=r"^[!-~]{0,40}$", description="numéro de l’établissement ; le vôtre par défaut"),
]

_WORDS: Final = "Le profil est décrit dans `docs/fhir.md`. "


def _read(deed: Deed | str) -> dict[str, Any]:
    return ruled(deed)


def _written(deed: Deed) -> dict[str, Any]:
    """Describe an operation whose body the framework does not read."""
    body = {"schema": {"$ref": "#/components/schemas/Resource"}}
    return ruled(
        deed,
        requestBody={
            "required": True,
            "description": "Aussi en XML : `application/fhir+xml`.",
            "content": {codes.JSON: body},
        },
    )


@router.get(
    "/fhir/metadata",
    response={200: Resource},
    operation_id="getCapabilityStatement",
    summary="Dire ce qui est parlé ici",
    description="Le CapabilityStatement : ressources, interactions, paramètres de recherche.",
    openapi_extra=_read(AUTHENTICATED),
)
def get_capability_statement(request: ApiRequest) -> HttpResponse:
    """Answer what is spoken here."""
    today = clock.now().astimezone(PARIS).date()
    return _answer(writing.capability_statement(base=_base(request), on=today))


@router.post(
    "/fhir/InventoryReport",
    response={201: Resource},
    operation_id="createInventoryReport",
    summary="Déclarer une semaine par un InventoryReport",
    description=_WORDS
    + (
        "Le stock (`available`) et la consommation (`consumed`) de la semaine de `reportedDateTime`. "
        "Le même `identifier` ne compte qu’une fois."
    ),
    openapi_extra=_written(Deed.DECLARATION_MAKE),
)
def create_inventory_report(request: ApiRequest) -> HttpResponse:
    """Declare the week of a report."""
    actor = request.auth
    actor.require(Deed.DECLARATION_MAKE)
    resource = _resource(request, codes.INVENTORY_REPORT)
    said = reading.read_inventory(resource, catalogue=catalogue_of(resource))
    try:
        week, version = _week_and_version(actor, said)
        declared = declarations.declare(
            actor=actor,
            registry=said.registry,
            week=week,
            version=version,
            lines=_lines(said, confirmed=_is_confirmed(resource)),
            troubles=(),
            key=said.key,
            channel="fhir",
        )
    except Refusal as refusal:
        raise _at(refusal, _places_of(said)) from refusal
    report = _report(declared.declaration)
    return _created(report, ETag=f'W/"{declared.declaration.version}"')


@router.get(
    "/fhir/InventoryReport",
    response={200: Resource},
    operation_id="searchInventoryReports",
    summary="Chercher les déclarations d’un établissement",
    description="Ses dernières semaines déclarées, telles qu’elles sont en vigueur, la plus récente d’abord.",
    openapi_extra=_read(Deed.DECLARATION_READ),
)
def search_inventory_reports(request: ApiRequest, facility: Searched = "") -> HttpResponse:
    """Answer a facility's last weeks."""
    actor = request.auth
    actor.require(Deed.DECLARATION_READ)
    found = _searched(actor, facility)
    weeks = queries.history(registry=found.registry, scope=actor.scope)
    reports = [
        writing.inventory_report(
            registry=found.registry,
            name=found.name,
            week=each.week,
            version=each.version,
            declared_at=each.versions[0].declared_at,
            stocks={line.family: line.stock for line in each.lines},
            consumptions={
                line.family: line.consumption for line in each.lines if line.consumption is not None
            },
        )
        for each in weeks
        if each.versions
    ]
    return _answer(writing.bundle(reports, base=_base(request)))


@router.get(
    "/fhir/InventoryReport/{identifier}",
    response={200: Resource},
    operation_id="readInventoryReport",
    summary="Lire une déclaration en InventoryReport",
    description="La semaine telle qu’elle est en vigueur : `<numéro>-<semaine>`.",
    openapi_extra=_read(Deed.DECLARATION_READ),
)
def read_inventory_report(request: ApiRequest, identifier: Identifier) -> HttpResponse:
    """Answer one week."""
    actor = request.auth
    actor.require(Deed.DECLARATION_READ)
    named = writing.week_of(identifier)
    if named is None:
        raise _unknown(identifier)
    registry, week = named
    view = queries.of_facility(
        registry=registry,
        scope=actor.scope,
        week=declarations.week_of(week),
        at=clock.now(),
    )
    if view.version == 0:
        raise _unknown(identifier)
    return _answer(_report(view), ETag=f'W/"{view.version}"')


def _week_and_version(actor: Actor, said: reading.Inventory) -> tuple[Week, int]:
    """
    Return the week of a report, and the version it may replace.

    A report counted before what holds was said changes nothing of it: messages may come in any order.
    """
    now = clock.now()
    if said.at.astimezone(PARIS).date() > now.astimezone(PARIS).date():
        raise Invalid(Fault(where="week", message="Ce rapport est daté du futur."))
    # A day alone is taken for its noon, and clocks differ: nothing is counted after now.
    counted_at = min(said.at, now)
    found = facilities.get(registry=said.registry, scope=actor.scope)
    week = Week.at(counted_at, ZoneInfo(found.department.zone.time_zone))
    view = queries.of_facility(registry=said.registry, scope=actor.scope, week=week, at=now)
    later = view.declared_at is not None and view.declared_at > counted_at
    stale = later and declarations.changes(view, _lines(said, confirmed=False))
    return week, 0 if stale else view.version


def _lines(said: reading.Inventory, *, confirmed: bool) -> Sequence[Said]:
    families = {**said.stocks, **said.consumptions}
    return [
        Said(
            family=family,
            stock=_units(said.stocks, family),
            consumption=_units(said.consumptions, family),
            confirmed=confirmed,
        )
        for family in families
    ]


def _units(counted: Mapping[str, reading.Counted], family: str) -> int | None:
    return counted[family].units if family in counted else None


def _is_confirmed(resource: documents.Resource) -> bool:
    """Tell whether somebody has looked at the quantities that were asked about."""
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return {"system": codes.TAG, "code": codes.CONFIRMED} in [
        {name: each.get(name) for name in ("system", "code")}
        for each in (tags if isinstance(tags, list) else [])
        if isinstance(each, dict)
    ]


def _places_of(said: reading.Inventory) -> Mapping[str, str]:
    """Return where in the report each fault of a declaration is."""
    places = {
        "week": f"{codes.INVENTORY_REPORT}.reportedDateTime",
        "facility": f"{codes.INVENTORY_REPORT}.reporter.identifier",
        "key": f"{codes.INVENTORY_REPORT}.identifier",
        "lines": f"{codes.INVENTORY_REPORT}.inventoryListing",
    }
    for name, counted in (("consumption", said.consumptions), ("stock", said.stocks)):
        for family, each in counted.items():
            places[f"lines.{family}.{name}"] = f"{each.path}.quantity"
            places[f"lines.{family}"] = each.path
    # A consumption without a stock is told where the consumption is.
    return {
        f"lines.{family}.stock": each.path for family, each in said.consumptions.items()
    } | places


def _report(view: WeekView) -> documents.Resource:
    said = [line for line in view.lines if line.stock is not None]
    assert view.declared_at is not None, "a version was declared at some moment"
    return writing.inventory_report(
        registry=view.registry,
        name=view.facility_name,
        week=view.week,
        version=view.version,
        declared_at=view.declared_at,
        stocks={line.family: line.stock for line in said if line.stock is not None},
        consumptions={
            line.family: line.consumption for line in said if line.consumption is not None
        },
    )


def _resource(request: ApiRequest, kind: str) -> documents.Resource:
    is_xml = kind_of(request.META) == codes.XML
    return documents.read(request.body, kind=kind, is_xml=is_xml)


def _searched(actor: Actor, registry: str) -> Facility:
    """Return the facility that is searched for: one's own unless told."""
    chosen = registry or actor.registry
    if not chosen:
        raise Invalid(
            Fault(
                where="facility",
                message="Dites de quel établissement.",
                remedy="Ajoutez ?facility= et son numéro.",
            )
        )
    return facilities.get(registry=chosen, scope=actor.scope)


def _unknown(identifier: str) -> NotFound:
    return NotFound(detail=f"Aucune ressource « {identifier[:60]} » dans votre périmètre.")


def _at(refusal: Refusal, places: Mapping[str, str]) -> Refusal:
    """Return a refusal whose faults stand where the resource says what is wrong."""
    faults = [
        Fault(
            where=places.get(fault.where, fault.where),
            message=fault.message,
            remedy=fault.remedy,
            values=fault.values,
        )
        for fault in refusal.faults
    ]
    return type(refusal)(*faults, detail=refusal.detail, **refusal.values)


def _base(request: ApiRequest) -> str:
    return request.build_absolute_uri(PREFIX).rstrip("/")


def _created(resource: documents.Resource, **headers: str) -> HttpResponse:
    location = f"{PREFIX}{resource['resourceType']}/{resource['id']}"
    return _answer(resource, status=201, Location=location, **headers)


def _answer(resource: documents.Resource, *, status: int = 200, **headers: str) -> HttpResponse:
    return answer(resource, status=status, Content_Type=codes.JSON, **headers)


@router.post(
    "/fhir/SupplyRequest",
    response={201: Resource},
    operation_id="createSupplyRequest",
    summary="Demander un dépannage par un SupplyRequest",
    description=_WORDS
    + (
        "Une famille par demande ; `priority` dit quand il n’y aura plus rien. `routine` est refusé : sans "
        "urgence, c’est une commande. Le même `identifier` ne demande qu’une fois."
    ),
    openapi_extra=_written(Deed.RESUPPLY_ASK),
)
def create_supply_request(request: ApiRequest) -> HttpResponse:
    """Ask for help."""
    actor = request.auth
    actor.require(Deed.RESUPPLY_ASK)
    resource = _resource(request, codes.SUPPLY_REQUEST)
    wish = reading.read_request(resource, catalogue=catalogue_of(resource))
    try:
        asked = resupply_services.ask(
            actor=actor,
            registry=wish.registry,
            urgency=wish.urgency,
            words=wish.words,
            lines=[resupply_services.Wanted(family=wish.family, units=wish.units)],
            key=wish.key,
            at=clock.now(),
        )
    except Refusal as refusal:
        raise _at(refusal, _REQUEST_PLACES) from refusal
    view = resupply.request(reference=asked.reference, actor=actor, at=clock.now())
    return _created(_request(view, wish.family))


@router.get(
    "/fhir/SupplyRequest",
    response={200: Resource},
    operation_id="searchSupplyRequests",
    summary="Chercher les demandes de dépannage d’un établissement",
    description="Les plus récentes d’abord, une ressource par famille demandée, en résumé.",
    openapi_extra=_read(Deed.RESUPPLY_READ),
)
def search_supply_requests(request: ApiRequest, facility: Searched = "") -> HttpResponse:
    """Answer a facility's last requests."""
    actor = request.auth
    actor.require(Deed.RESUPPLY_READ)
    found = _searched(actor, facility)
    page = resupply.requests(
        scope=actor.scope,
        at=clock.now(),
        open_only=False,
        facility=found.registry,
        limit=_MOST_FOUND,
    )
    resources = [
        writing.supply_request(
            writing.Requested(
                reference=row.reference,
                registry=row.facility,
                name=row.facility_name,
                state=row.state,
                urgency=row.urgency,
                words="",
                family=family,
                units=units,
                asked_at=row.asked_at,
            )
        )
        for row in page.rows
        for family, units, _granted in row.lines
    ]
    return _answer(writing.bundle(resources, base=_base(request)))


@router.get(
    "/fhir/SupplyRequest/{identifier}",
    response={200: Resource},
    operation_id="readSupplyRequest",
    summary="Lire une demande de dépannage en SupplyRequest",
    description="Une famille d’une demande.",
    openapi_extra=_read(Deed.RESUPPLY_READ),
)
def read_supply_request(request: ApiRequest, identifier: Identifier) -> HttpResponse:
    """Answer one family of a request."""
    actor = request.auth
    actor.require(Deed.RESUPPLY_READ)
    reference, family = writing.line_of(identifier)
    view = resupply.request(reference=reference, actor=actor, at=clock.now())
    return _answer(_request(view, family))


@router.post(
    "/fhir/SupplyDelivery",
    response={201: Resource},
    operation_id="createSupplyDelivery",
    summary="Dire ce qui a été reçu par un SupplyDelivery",
    description=_WORDS
    + (
        "`partOf` nomme la livraison lue ici, ou `identifier` le SSCC d’un de ses colis. Sans `suppliedItem`, "
        "tout est reçu ; avec, ce qui est compté, famille par famille : les écarts deviennent des réclamations."
    ),
    openapi_extra=_written(Deed.RECEIPT_RECORD),
)
def create_supply_delivery(request: ApiRequest) -> HttpResponse:
    """Record what was received of a delivery."""
    actor = request.auth
    actor.require(Deed.RECEIPT_RECORD)
    resource = _resource(request, codes.SUPPLY_DELIVERY)
    said = reading.read_delivery(resource, catalogue=catalogue_of(resource))
    try:
        part = writing.part_of(said.reference)
        told = (
            fhir_receipts.receive_part(actor, said, *part)
            if part
            else fhir_receipts.receive_despatch(actor, said)
        )
    except Refusal as refusal:
        raise _at(refusal, fhir_receipts.places_of(said)) from refusal
    return _created(writing.supply_delivery(told))


@router.get(
    "/fhir/SupplyDelivery",
    response={200: Resource},
    operation_id="searchSupplyDeliveries",
    summary="Chercher les livraisons d’un établissement",
    description="Ce qui est attendu, puis ce qui a été reçu, le plus récent d’abord ; les prêts et les dons aussi.",
    openapi_extra=_read(Deed.RESUPPLY_READ),
)
def search_supply_deliveries(request: ApiRequest, facility: Searched = "") -> HttpResponse:
    """Answer what is on its way to a facility, and what it has received."""
    actor = request.auth
    _require_deliveries(actor)
    found = _searched(actor, facility)
    delivered = fhir_receipts.of_facility(actor, found)
    resources = [writing.supply_delivery(each) for each in delivered]
    return _answer(writing.bundle(resources, base=_base(request)))


@router.get(
    "/fhir/SupplyDelivery/{identifier}",
    response={200: Resource},
    operation_id="readSupplyDelivery",
    summary="Lire une livraison en SupplyDelivery",
    description="Une expédition, ou ce qu’un voisin ou un département a remis.",
    openapi_extra=_read(Deed.RESUPPLY_READ),
)
def read_supply_delivery(request: ApiRequest, identifier: Identifier) -> HttpResponse:
    """Answer one delivery."""
    actor = request.auth
    _require_deliveries(actor)
    delivered = fhir_receipts.found(actor, writing.reference_of(identifier))
    return _answer(writing.supply_delivery(delivered))


_MOST_FOUND: Final = 50
_REQUEST_PLACES: Final = {
    "facility": f"{codes.SUPPLY_REQUEST}.deliverTo.identifier",
    "urgency": f"{codes.SUPPLY_REQUEST}.priority",
    "words": f"{codes.SUPPLY_REQUEST}.reason",
    "lines": f"{codes.SUPPLY_REQUEST}.item",
    "lines.0.family": f"{codes.SUPPLY_REQUEST}.item",
    "lines.0.units": f"{codes.SUPPLY_REQUEST}.quantity",
    "key": f"{codes.SUPPLY_REQUEST}.identifier",
}


def _require_deliveries(actor: Actor) -> None:
    """
    Require what reading deliveries takes.

    To read them, one must read orders and requests for help: executors, who read one route, have their own messages.
    """
    actor.require(Deed.RESUPPLY_READ)
    actor.require(Deed.ORDER_READ)


def _request(view: RequestView, family: str) -> documents.Resource:
    for line in view.lines:
        if line.family == family:
            return writing.supply_request(
                writing.Requested(
                    reference=view.reference,
                    registry=view.facility,
                    name=view.facility_name,
                    state=view.state,
                    urgency=view.urgency,
                    words=view.words,
                    family=line.family,
                    units=line.units,
                    asked_at=view.asked_at,
                )
            )
    raise _unknown(f"{view.reference}.{family}")
