"""Deliveries as FHIR tells them: despatches, and what neighbours and departments hand over."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.facilities.models import Facility
from distrilog.domain.resupply import queries as resupply, services as resupply_services
from distrilog.domain.resupply.queries import LineView, LoanView, PartView, RequestView, TaskView
from distrilog.domain.shipping import queries as shipping, services as shipping_services
from distrilog.domain.shipping.queries import DespatchSeen
from distrilog.domain.shipping.rules import Difference
from distrilog.domain.shipping.services import Stated
from distrilog.integrations.fhir import codes
from distrilog.integrations.fhir.reading import Counted, Reception
from distrilog.integrations.fhir.writing import Delivered, Supplied, line_id, part_id, part_of
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, Invalid, NotFound


IN_PROGRESS: Final = "in-progress"
COMPLETED: Final = "completed"
# The states of a part that left: before, there is nothing to deliver.
_STATUSES: Final = {"sent": IN_PROGRESS, "received": COMPLETED, "cancelled": "abandoned"}
_LAST: Final = 20


def receive_part(actor: Actor, said: Reception, request: str, part: int) -> Delivered:
    """Receive what a neighbour or a department handed over: all of it, or what was counted."""
    view, line, before = _part(actor, request, part)
    _refuse_other_facility(said, view.facility)
    _refuse_other_families(said, {line.family})
    units = before.units if said.counted is None else _units(said.counted, line.family)
    resupply_services.receive(actor=actor, part_id=part, units=units, at=clock.now())
    return found(actor, said.reference)


def receive_despatch(actor: Actor, said: Reception) -> Delivered:
    """Receive a despatch: all of it, or what was counted, family by family; each difference opens a claim."""
    reference = said.reference or shipping.by_sscc(sscc=said.sscc, scope=actor.scope)
    despatch = shipping.despatch(reference=reference, scope=actor.scope)
    _refuse_other_facility(said, despatch.facility)
    shipping_services.receive(
        actor=actor,
        despatch=despatch.reference,
        stated=[] if said.counted is None else _differences(despatch, said.counted),
        remark="",
        at=clock.now(),
    )
    return _despatched(shipping.despatch(reference=reference, scope=actor.scope))


def found(actor: Actor, reference: str) -> Delivered:
    """Return one delivery of a scope, or NotFound."""
    part = part_of(reference)
    if part is None:
        return _despatched(shipping.despatch(reference=reference, scope=actor.scope))
    view, line, given = _part(actor, *part)
    return Delivered(
        reference=reference,
        registry=view.facility,
        name=view.facility_name,
        status=_STATUSES[given.state],
        supplier=given.giver,
        items=[Supplied(family=line.family, units=given.units, name=line.family_name)],
        based_on=line_id(reference=view.reference, family=line.family),
        at=given.changed_at,
    )


def of_facility(actor: Actor, facility: Facility) -> Sequence[Delivered]:
    """Return what a facility awaits and what it received last; a fixed number of queries."""
    answered, _next = shipping.deliveries(facility_id=facility.pk, limit=_LAST)
    sent = [*shipping.awaiting(facility_id=facility.pk), *answered]
    despatched = [_despatched(each) for each in sent]
    lent = resupply.loans(scope=actor.scope, borrowed_by=facility.registry, limit=_LAST)
    own = facility.pk == actor.facility_id
    awaited = resupply.to_receive(actor=actor, at=clock.now()) if own else []
    return [
        *despatched,
        *(_lent(loan) for loan in lent),
        *(_awaited(task) for task in awaited if not task.part.loan),
    ]


def places_of(said: Reception) -> Mapping[str, str]:
    """Return where in the resource each fault of a receipt is."""
    kind = codes.SUPPLY_DELIVERY
    counted = said.counted or {}
    first = next((each.path for each in counted.values()), f"{kind}.suppliedItem")
    return {
        **dict.fromkeys(("despatch", "reference", "part"), f"{kind}.partOf"),
        **dict.fromkeys(("code", "sscc"), f"{kind}.identifier"),
        "units": f"{first}.quantity",
        **{f"items.{family}": each.path for family, each in counted.items()},
    }


def _part(actor: Actor, request: str, part: int) -> tuple[RequestView, LineView, PartView]:
    view = resupply.request(reference=request, actor=actor, at=clock.now())
    for line in view.lines:
        for each in line.parts:
            if each.id == part and each.state in _STATUSES and (each.loan or each.place):
                return view, line, each
    raise NotFound(Fault(where="part", message="Cette livraison n’est pas dans votre périmètre."))


def _refuse_other_facility(said: Reception, registry: str) -> None:
    if said.registry and said.registry != registry:
        raise Invalid(
            Fault(
                where=f"{codes.SUPPLY_DELIVERY}.destination.identifier",
                message=f"Cette livraison n’est pas pour {said.registry}.",
                remedy="Nommez la livraison de cet établissement, ou n’en nommez aucun.",
            )
        )


def _refuse_other_families(said: Reception, families: set[str]) -> None:
    others = [family for family in said.counted or {} if family not in families]
    if others:
        raise Invalid(
            *(
                Fault(
                    where=f"items.{family}",
                    message=f"« {family} » n’est pas dans ce qui vous a été remis.",
                    remedy="Ce qui est en trop se dit à celui qui a remis.",
                )
                for family in others
            )
        )


def _differences(despatch: DespatchSeen, counted: Mapping[str, Counted]) -> list[Stated]:
    """Return what is missing or in excess, by family; a family in several lots says which elsewhere."""
    several = [
        family
        for family, units in despatch.units.items()
        if units > _units(counted, family) and _contents(despatch, family) > 1
    ]
    if several:
        raise Invalid(
            *(
                Fault(
                    where=f"items.{family}",
                    message=f"« {family} » est arrivée en plusieurs lots : dites duquel il manque.",
                    remedy="Confirmez cette réception par POST /api/v1/receipts, qui nomme chaque contenu.",
                )
                for family in several
            )
        )
    return list(_stated(despatch, counted))


def _stated(despatch: DespatchSeen, counted: Mapping[str, Counted]) -> Iterator[Stated]:
    announced = despatch.units
    contents = {content.family: content.id for content in despatch.contents}
    for family in dict.fromkeys([*announced, *counted]):
        difference = _units(counted, family) - announced.get(family, 0)
        if difference < 0:
            yield Stated(
                kind=Difference.MISSING, family=family, units=-difference, content=contents[family]
            )
        elif difference > 0:
            yield Stated(kind=Difference.EXTRA, family=family, units=difference, content=None)


def _contents(despatch: DespatchSeen, family: str) -> int:
    return sum(content.family == family for content in despatch.contents)


def _units(counted: Mapping[str, Counted], family: str) -> int:
    return counted[family].units if family in counted else 0


def _despatched(despatch: DespatchSeen) -> Delivered:
    return Delivered(
        reference=despatch.reference,
        registry=despatch.facility,
        name=despatch.facility_name,
        status=COMPLETED if despatch.receipt else IN_PROGRESS,
        supplier=despatch.place_name,
        items=[
            Supplied(
                family=content.family,
                units=content.units,
                gtin=content.gtin,
                name=content.article,
            )
            for parcel in despatch.parcels
            for content in parcel.contents
        ],
        parcels=[parcel.sscc for parcel in despatch.parcels],
        at=despatch.delivered_at or despatch.packed_at,
    )


def _lent(loan: LoanView) -> Delivered:
    return Delivered(
        reference=part_id(request=loan.request, part=loan.part_id),
        registry=loan.borrower,
        name=loan.borrower_name,
        status=COMPLETED if loan.received_at else IN_PROGRESS,
        supplier=loan.lender_name,
        items=[
            Supplied(
                family=loan.family,
                units=loan.received if loan.received_at else loan.handed,
                gtin=loan.gtin,
                name=loan.article,
            )
        ],
        based_on=line_id(reference=loan.request, family=loan.family),
        at=loan.received_at or loan.handed_at,
    )


def _awaited(task: TaskView) -> Delivered:
    return Delivered(
        reference=part_id(request=task.request, part=task.part.id),
        registry=task.facility,
        name=task.facility_name,
        status=IN_PROGRESS,
        supplier=task.part.giver,
        items=[Supplied(family=task.family, units=task.part.units, name=task.family_name)],
        based_on=line_id(reference=task.request, family=task.family),
        at=task.part.changed_at,
    )
