"""Difficulties that facilities told with their declarations, and who has read them."""

from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Path, Query, Router

from distrilog.api.answers import answer
from distrilog.api.cursors import read_cursor, write_cursor
from distrilog.api.gate import ApiRequest
from distrilog.api.operations.parameters import LIMIT, AfterQuery, FacilityQuery
from distrilog.api.operations.rules import ruled
from distrilog.api.shapes.bases import LARGEST_ID, Digits
from distrilog.api.shapes.declarations import DifficultyPage, DifficultySeen
from distrilog.domain.accounts.rules import Deed
from distrilog.domain.declarations.models import Difficulty
from distrilog.domain.declarations.services import mark_seen
from distrilog.domain.facilities.models import Facility
from distrilog.kernel import clock


router = Router(tags=["Déclarations"])

Number = Annotated[Digits, Path(ge=1, le=LARGEST_ID, description="difficulté")]
UnseenQuery = Annotated[bool, Query(description="seulement celles que personne n’a lues")]


@router.get(
    "/difficulties",
    response={200: DifficultyPage},
    operation_id="listDifficulties",
    summary="Lister les difficultés signalées dans le périmètre",
    description="Les dernières d’abord, page par page.",
    openapi_extra=ruled(Deed.DECLARATION_READ),
)
def list_difficulties(  # noqa: PLR0917 - the framework passes them by name
    request: ApiRequest,
    unseen: UnseenQuery = False,  # noqa: FBT002
    facility: FacilityQuery = None,
    after: AfterQuery = "",
    limit: Digits = LIMIT,
) -> HttpResponse:
    """Answer one page."""
    actor = request.auth
    actor.require(Deed.DECLARATION_READ)
    rows = Difficulty.objects.filter(facility__in=Facility.objects.within(actor.scope))
    before = read_cursor(after)
    exact: dict[str, Any] = {
        "seen_at__isnull": True if unseen else None,
        "facility__registry": facility,
        "pk__lt": before if isinstance(before, int) else None,
    }
    kept = {name: value for name, value in exact.items() if value is not None}
    found = list(rows.filter(**kept).select_related("facility").order_by("-pk")[: limit + 1])
    page = found[:limit]
    return answer(
        {
            "items": [_seen(row) for row in page],
            "next": write_cursor(page[-1].pk if len(found) > limit else None),
        }
    )


@router.post(
    "/difficulties/{difficulty}/seen",
    response={200: DifficultySeen},
    operation_id="markDifficultySeen",
    summary="Dire qu’une difficulté a été lue",
    description="Par l’agence ou la cellule ; le premier lecteur reste.",
    openapi_extra=ruled(Deed.COVER_READ, **{"x-rule-also": str(Deed.DECLARATION_READ)}),
)
def mark_difficulty_seen(request: ApiRequest, difficulty: Number) -> HttpResponse:
    """Note that a difficulty was read."""
    row = mark_seen(actor=request.auth, difficulty_id=difficulty, at=clock.now())
    return answer(_seen(row))


def _seen(row: Difficulty) -> dict[str, Any]:
    return {
        "id": row.pk,
        "facility": row.facility.registry,
        "week": row.week,
        "family": row.family_id,
        "category": row.category,
        "urgency": row.urgency,
        "words": row.words,
        "version": row.version,
        "seen_at": row.seen_at,
    }
