"""Gifts by another system: a donor declares what it gave and takes it back; whoever watches facilities reads."""

from typing import Annotated, Any
from uuid import UUID, uuid4, uuid5

from django.http import HttpResponse
from ninja import Body, Path, Router

from distrilog.api.answers import answer
from distrilog.api.cursors import read_cursor, write_cursor
from distrilog.api.gate import ApiRequest
from distrilog.api.operations.parameters import LIMIT, AfterQuery, FacilityQuery
from distrilog.api.operations.rules import ruled
from distrilog.api.shapes.bases import KEY, LARGEST_ID, Digits
from distrilog.api.shapes.gifts import GiftAsked, GiftPage, GiftSeen
from distrilog.domain.accounts.rules import Deed
from distrilog.domain.declarations import services
from distrilog.domain.declarations.models import Gift
from distrilog.domain.declarations.queries import gifts as queries
from distrilog.domain.orders.rules import key_fault
from distrilog.kernel import clock
from distrilog.kernel.refusals import Invalid


router = Router(tags=["Dons"])

# Names the keys of the API: any constant will do, as long as it never changes.
_KEYS = UUID("3f0f2a54-9d0a-5c0e-9a53-6f1d8f1c2b77")
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "choisie par vous, par exemple un UUID ; propre au donateur",
    "schema": {"type": "string", "pattern": KEY},
}
GiftPath = Annotated[Digits, Path(ge=1, le=LARGEST_ID, description="don")]


@router.get(
    "/gifts",
    response={200: GiftPage},
    operation_id="listGifts",
    summary="Lister les dons déclarés",
    description=(
        "Les derniers déclarés d’abord : les siens pour un donateur, et ceux de son territoire ; ceux de son périmètre "
        "pour une agence, une plateforme ou la cellule."
    ),
    openapi_extra=ruled(Deed.GIFT_READ),
)
def list_gifts(
    request: ApiRequest,
    facility: FacilityQuery = None,
    after: AfterQuery = "",
    limit: Digits = LIMIT,
) -> HttpResponse:
    """Answer one page."""
    rows = queries.gifts(actor=request.auth).order_by("-pk")
    if facility:
        rows = rows.filter(facility__registry=facility)
    before = read_cursor(after)
    if isinstance(before, int):
        rows = rows.filter(pk__lt=before)
    found = list(rows[: limit + 1])
    page = found[:limit]
    return answer(
        {
            "items": [_seen(row) for row in page],
            "next": write_cursor(page[-1].pk if len(found) > limit else None),
        }
    )


@router.post(
    "/gifts",
    response={201: GiftSeen},
    operation_id="declareGift",
    summary="Déclarer un don",
    description=(
        "Ce qu’une région, un département, une préfecture ou une profession a remis à un établissement : le prochain "
        "plan de l’État en tient compte. La même clé d’idempotence avec le même contenu ne déclare qu’une fois."
    ),
    openapi_extra=ruled(Deed.GIFT_DECLARE, parameters=[_KEY]),
)
def declare_gift(request: ApiRequest, body: Annotated[GiftAsked, Body()]) -> HttpResponse:
    """Declare a gift; 201 again for a replay."""
    gift = services.declare_gift(
        actor=request.auth,
        gift=services.NewGift(
            registry=body.facility,
            family=body.family,
            units=body.units,
            given_on=body.given_on,
            words=body.words,
            key=_key(request.META.get("HTTP_IDEMPOTENCY_KEY")),
        ),
        at=clock.now(),
    )
    return answer(_seen(gift), status=201)


def _key(header: str | None) -> str:
    """Return the key of a gift; a header that is there says something."""
    fault = None if header is None else key_fault(header)
    if fault is not None:
        raise Invalid(fault)
    return str(uuid5(_KEYS, header) if header else uuid4())


@router.post(
    "/gifts/{gift}/withdrawal",
    response={200: GiftSeen},
    operation_id="withdrawGift",
    summary="Retirer un don déclaré",
    description="Par son donateur seul : le don reste au registre, et ne compte plus.",
    openapi_extra=ruled(Deed.GIFT_DECLARE),
)
def withdraw_gift(request: ApiRequest, gift: GiftPath) -> HttpResponse:
    """Take back a gift."""
    return answer(_seen(services.withdraw_gift(actor=request.auth, gift_id=gift, at=clock.now())))


def _seen(gift: Gift) -> dict[str, Any]:
    return {
        "id": gift.pk,
        "donor": gift.donor,
        "donor_name": gift.donor_name,
        "facility": gift.facility.registry,
        "family": gift.family_id,
        "units": gift.units,
        "given_on": gift.given_on,
        "words": gift.words,
        "declared_at": gift.at,
        "withdrawn_at": gift.withdrawn_at,
    }
