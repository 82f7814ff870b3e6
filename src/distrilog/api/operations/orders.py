"""Orders: placed once whatever the network does, amended and cancelled until the cut-off."""

from collections.abc import Sequence
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Body, Header, Path, Router

from distrilog.api.answers import answer
from distrilog.api.cursors import read_cursor, write_cursor
from distrilog.api.gate import ApiRequest
from distrilog.api.operations.parameters import (
    LIMIT,
    AfterQuery,
    FacilityQuery,
    WeekQuery,
)
from distrilog.api.operations.rules import ruled
from distrilog.api.shapes.bases import KEY, NAME, Digits
from distrilog.api.shapes.orders import LineAsked, LinesReplaced, Order, OrderAsked, OrderPage
from distrilog.domain.accounts.rules import Deed
from distrilog.domain.orders import queries, services
from distrilog.domain.orders.queries import OrderView
from distrilog.domain.orders.rules import Asked, Charge, Demand, key_fault
from distrilog.kernel import clock
from distrilog.kernel.refusals import Invalid


router = Router(tags=["Commandes"])

_PATH = "/api/v1/orders/"

# Read by hand: a model for one header would cost a tenth of an order.
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "choisie par vous, par exemple un UUID ; propre à la clé d’API et à l’établissement",
    "schema": {"type": "string", "pattern": KEY},
}

Reference = Annotated[str, Path(pattern=NAME, description="référence de la commande")]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^(\*|"[0-9]{1,9}")$',
        description="l’ETag de la commande telle qu’elle a été lue",
    ),
]


@router.post(
    "/orders",
    response={201: Order},
    operation_id="placeOrder",
    summary="Passer une commande",
    description=(
        "Dans la limite du contingent de l’établissement, ou du pot commun pour une ARS. La même "
        "clé d’idempotence avec le même contenu rend la même réponse et ne commande qu’une fois."
    ),
    openapi_extra=ruled(
        Deed.ORDER_PLACE, parameters=[_KEY], **{"x-rule-pot": str(Deed.ORDER_FROM_POT)}
    ),
)
def place_order(
    request: ApiRequest,
    body: Annotated[OrderAsked, Body()],
) -> HttpResponse:
    """Place an order; 201 again for a replay."""
    demand = Demand(
        registry=body.facility,
        charge=Charge(body.charge),
        week=body.week or "",
        address=body.address,
        lines=_asked(body.lines),
        key=_key(request.META.get("HTTP_IDEMPOTENCY_KEY")),
    )
    placed = services.place(actor=request.auth, demand=demand, at=clock.now())
    return _answer(placed, status=201, Location=_PATH + placed.reference)


@router.get(
    "/orders",
    response={200: OrderPage},
    operation_id="listOrders",
    summary="Lister les commandes du périmètre",
    description="Les plus récentes d’abord, page par page : renvoyez `next` dans `after`.",
    openapi_extra=ruled(Deed.ORDER_READ),
)
def list_orders(  # noqa: PLR0917 - the framework passes them by name
    request: ApiRequest,
    week: WeekQuery = None,
    facility: FacilityQuery = None,
    after: AfterQuery = "",
    limit: Digits = LIMIT,
) -> HttpResponse:
    """Answer one page."""
    actor = request.auth
    actor.require(Deed.ORDER_READ)
    before = read_cursor(after)
    page = queries.listing(
        scope=actor.scope,
        route=actor.route,
        week=week or "",
        facility=facility or "",
        before=before if isinstance(before, int) else None,
        limit=limit,
    )
    return answer(
        {"items": [_seen(order) for order in page.orders], "next": write_cursor(page.before)}
    )


@router.get(
    "/orders/{reference}",
    response={200: Order},
    operation_id="getOrder",
    summary="Lire une commande",
    description="Une commande annulée reste lisible : rien de ce qui a été demandé ne disparaît.",
    openapi_extra=ruled(Deed.ORDER_READ),
)
def get_order(request: ApiRequest, reference: Reference) -> HttpResponse:
    """Answer one order."""
    actor = request.auth
    actor.require(Deed.ORDER_READ)
    return _answer(queries.get(reference=reference, scope=actor.scope, route=actor.route))


@router.patch(
    "/orders/{reference}",
    response={200: Order},
    operation_id="amendOrder",
    summary="Modifier une commande",
    description="Jusqu’à la clôture : les nouvelles lignes remplacent toutes les anciennes.",
    openapi_extra=ruled(Deed.ORDER_PLACE, **{"x-rule-pot": str(Deed.ORDER_FROM_POT)}),
)
def amend_order(
    request: ApiRequest,
    reference: Reference,
    body: Annotated[LinesReplaced, Body()],
    version: IfMatch = None,
) -> HttpResponse:
    """Replace the lines of an order."""
    amended = services.amend(
        actor=request.auth,
        reference=reference,
        lines=_asked(body.lines),
        expected_version=_version(version),
        why=body.reason,
        at=clock.now(),
    )
    return _answer(amended)


@router.delete(
    "/orders/{reference}",
    response={200: Order},
    operation_id="cancelOrder",
    summary="Annuler une commande",
    description="Jusqu’à la clôture : les unités reviennent au contingent. Annuler deux fois n’annule qu’une.",
    openapi_extra=ruled(Deed.ORDER_PLACE, **{"x-rule-pot": str(Deed.ORDER_FROM_POT)}),
)
def cancel_order(
    request: ApiRequest, reference: Reference, version: IfMatch = None
) -> HttpResponse:
    """Cancel an order; it stays readable."""
    cancelled = services.cancel(
        actor=request.auth,
        reference=reference,
        expected_version=_version(version),
        at=clock.now(),
    )
    return _answer(cancelled)


def _key(header: str | None) -> str:
    """Return the key, empty without one; a header that is there says something."""
    fault = None if header is None else key_fault(header)
    if fault is not None:
        raise Invalid(fault)
    return header or ""


def _asked(lines: Sequence[LineAsked]) -> list[Asked]:
    return [Asked(family=line.family, units=line.units) for line in lines]


def _version(if_match: str | None) -> int | None:
    return None if if_match is None or if_match == "*" else int(if_match.strip('"'))


def _answer(order: OrderView, *, status: int = 200, **headers: str) -> HttpResponse:
    return answer(_seen(order), status=status, ETag=f'"{order.version}"', **headers)


def _seen(order: OrderView) -> dict[str, Any]:
    return {
        "reference": order.reference,
        "status": order.status,
        "facility": order.facility,
        "charge": order.charge,
        "week": order.week,
        "address": order.address,
        "route": order.route,
        "promised_on": order.promised_on,
        "changeable_until": order.cut_off_at,
        "placed_at": order.placed_at,
        "version": order.version,
        "lines": [
            {
                "family": line.family,
                "units": line.units,
                "box": line.box,
                "boxes": line.boxes,
                "amount_cents": line.amount_cents,
            }
            for line in order.lines
        ],
    }
