"""What became of orders, and what was received of them."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Body, Path, Router

from distrilog.api.answers import answer
from distrilog.api.gate import ApiRequest
from distrilog.api.operations.rules import ruled
from distrilog.api.shapes.bases import NAME
from distrilog.api.shapes.deliveries import DifferenceAsked, Fulfilment, ReceiptAsked, ReceiptMade
from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.shipping import queries, services
from distrilog.domain.shipping.queries import (
    ClaimSeen,
    ContentSeen,
    DespatchSeen,
    LineLife,
    OrderLife,
    ParcelSeen,
)
from distrilog.domain.shipping.rules import Difference
from distrilog.domain.shipping.services import Stated
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, Invalid, NotFound


router = Router(tags=["Livraisons"])

Reference = Annotated[str, Path(pattern=NAME, description="référence de la commande")]


@router.get(
    "/orders/{reference}/fulfilment",
    response={200: Fulfilment},
    operation_id="getFulfilment",
    summary="Suivre une commande jusqu’à la porte",
    description=(
        "Ses étapes, ses lignes, ses expéditions avec colis, lots et suivi du transporteur, "
        "ses réceptions et réclamations. `id` d’un contenu sert à `POST /receipts`."
    ),
    openapi_extra=ruled(Deed.ORDER_READ),
)
def get_fulfilment(request: ApiRequest, reference: Reference) -> HttpResponse:
    """Answer what became of one order."""
    actor = request.auth
    actor.require(Deed.ORDER_READ)
    life = queries.of_order(reference=reference, scope=actor.scope, route=actor.route)
    return answer(_life(life, remarks=actor.may(Deed.CLAIM_READ)))


@router.post(
    "/receipts",
    response={201: ReceiptMade},
    operation_id="recordReceipt",
    summary="Dire ce qui a été reçu",
    description=(
        "D’une expédition, nommée par sa référence ou par le SSCC d’un de ses colis : tout, moins ce que "
        "`lines` signale. Chaque écart ouvre une réclamation. Le même envoi rend la même réponse ; un autre "
        "est refusé (`already-received`)."
    ),
    openapi_extra=ruled(Deed.RECEIPT_RECORD),
)
def record_receipt(request: ApiRequest, body: Annotated[ReceiptAsked, Body()]) -> HttpResponse:
    """Record a receipt; 201 again for the same one."""
    actor = request.auth
    actor.require(Deed.RECEIPT_RECORD)
    found = _despatch(actor, body)
    services.receive(
        actor=actor,
        despatch=found.reference,
        stated=_stated(found, body.lines),
        remark=body.remark,
        at=clock.now(),
    )
    made = queries.despatch(reference=found.reference, scope=actor.scope)
    assert made.receipt is not None
    return answer(
        {
            "despatch": made.reference,
            "order": made.order,
            "how": made.receipt.how,
            "at": made.receipt.at,
            "claims": [_claim(claim) for claim in made.claims],
        },
        status=201,
    )


def _despatch(actor: Actor, body: ReceiptAsked) -> DespatchSeen:
    """Return the despatch that a receipt is about, named one way or the other."""
    if bool(body.despatch) == bool(body.sscc):
        raise Invalid(
            Fault(
                where="despatch",
                message="Nommez l’expédition par sa référence, ou par le SSCC d’un colis.",
                remedy="Donnez `despatch` ou `sscc`, l’un des deux.",
            )
        )
    reference = body.despatch or _of_parcel(actor, body.sscc or "")
    return queries.despatch(reference=reference, scope=actor.scope)


def _of_parcel(actor: Actor, sscc: str) -> str:
    """Return the reference of a parcel's despatch, its faults told at the field of this body."""
    try:
        return queries.by_sscc(sscc=sscc, scope=actor.scope)
    except (Invalid, NotFound) as refusal:
        told = [
            Fault(where="sscc", message=fault.message, remedy=fault.remedy)
            for fault in refusal.faults
        ]
        raise type(refusal)(*told) from refusal


def _stated(found: DespatchSeen, lines: Sequence[DifferenceAsked]) -> Sequence[Stated]:
    """Return the differences; a family that is one content of the despatch names it."""
    faults = list(_faults(found, lines))
    if faults:
        raise Invalid(*faults)
    return [_line(found, line) for line in lines]


def _faults(found: DespatchSeen, lines: Sequence[DifferenceAsked]) -> Iterator[Fault]:
    for rank, line in enumerate(lines):
        where = f"lines.{rank}"
        if line.content is None and not line.family:
            message = "Donnez le contenu signalé (`content`), ou sa famille (`family`)."
            yield Fault(where=where, message=message)
        elif line.content is None and _announced(line) and only(found, line) is None:
            yield Fault(
                where=f"{where}.family",
                message="Cette livraison n’a pas un seul contenu de cette famille.",
                remedy="Donnez `content`, lu dans `GET /orders/{reference}/fulfilment`.",
            )


def _announced(line: DifferenceAsked) -> bool:
    return Difference(line.kind) is not Difference.EXTRA


def only(found: DespatchSeen, line: DifferenceAsked) -> int | None:
    """Return the only content of a family, or None where there are none or several."""
    known = [content.id for content in found.contents if content.family == line.family]
    return known[0] if len(known) == 1 else None


def _line(found: DespatchSeen, line: DifferenceAsked) -> Stated:
    content = line.content
    if content is None and _announced(line):
        content = only(found, line)
    # Whether the units are whole is judged by the service, with all the rest.
    units: Any = line.units
    return Stated(
        kind=Difference(line.kind), family=line.family or "", units=units, content=content
    )


def _life(life: OrderLife, *, remarks: bool) -> dict[str, Any]:
    return {
        "reference": life.reference,
        "state": life.state or None,
        "place": life.place_name or None,
        "by_platform": life.by_platform,
        "despatch_on": life.despatch_on,
        "steps": [
            {
                "key": step.key,
                "words": step.words,
                "at": step.at,
                "on": step.on,
                "more": step.more,
                "later": step.later,
            }
            for step in life.steps
        ],
        "lines": [_progress(line) for line in life.lines],
        "despatches": [_sent(each, remarks=remarks) for each in life.despatches],
    }


def _progress(line: LineLife) -> dict[str, Any]:
    return {
        "family": line.family,
        "box": line.box,
        "asked": line.asked,
        "confirmed": line.confirmed,
        "despatched": line.despatched,
        "failed": line.failed,
        "delivered": line.delivered,
        "received": line.received,
        "disputed": line.disputed,
        "withdrawn": line.withdrawn,
        "to_come": line.to_come,
        "short_reason": line.short_reason,
    }


def _sent(each: DespatchSeen, *, remarks: bool) -> dict[str, Any]:
    receipt = each.receipt
    return {
        "reference": each.reference,
        "place": each.place,
        "carrier": each.carrier,
        "packed_at": each.packed_at,
        "expected_on": each.expected_on,
        "delivered_at": each.delivered_at,
        "assumed_on": each.assumed_on,
        "parcels": [_parcel(parcel) for parcel in each.parcels],
        "receipt": {
            "how": receipt.how,
            "at": receipt.at,
            "remark": receipt.remark if remarks else "",
            "photo": receipt.photo,
        }
        if receipt
        else None,
        "claims": [_claim(claim) for claim in each.claims],
    }


def _parcel(parcel: ParcelSeen) -> dict[str, Any]:
    return {
        "sscc": parcel.sscc,
        "tracking": parcel.tracking,
        "state": parcel.state,
        "ended_at": parcel.ended_at,
        "reason": parcel.reason,
        "contents": [_content(content) for content in parcel.contents],
        "events": [
            {"at": event.at, "label": event.label, "status": event.status}
            for event in parcel.events
        ],
    }


def _content(content: ContentSeen) -> dict[str, Any]:
    return {
        "id": content.id,
        "family": content.family,
        "article": content.article,
        "gtin": content.gtin,
        "lot": content.lot,
        "expires_on": content.expires_on,
        "units": content.units,
        "box": content.box_units,
        "substitute": content.substitute,
        "why": content.why,
        "recalled": content.recalled,
    }


def _claim(claim: ClaimSeen) -> dict[str, Any]:
    return {
        "id": claim.id,
        "kind": claim.kind,
        "family": claim.family,
        "lot": claim.lot,
        "sscc": claim.sscc,
        "units": claim.units,
        "owner": claim.owner,
        "due_on": claim.due_on,
        "outcome": claim.outcome or None,
        "settled_at": claim.settled_at,
        "reason": claim.reason,
    }
