"""Push plans: read, adjusted by agencies, with the changes that facilities ask for."""

from collections.abc import Mapping
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Body, Path, Query, Router

from distrilog.api.answers import answer
from distrilog.api.cursors import read_cursor, write_cursor
from distrilog.api.gate import ApiRequest
from distrilog.api.operations.parameters import LIMIT, AfterQuery, FacilityPath, WeekQuery
from distrilog.api.operations.rules import ruled
from distrilog.api.shapes.bases import CODE, KEY, LARGEST_ID, NAME, Digits
from distrilog.api.shapes.plans import (
    AdjustmentAsked,
    AdjustmentSeen,
    ChangeAnswered,
    ChangeAsked,
    ChangeList,
    ChangeSeen,
    EndowmentList,
    PlanDetail,
    PlanLinePage,
    PlanList,
)
from distrilog.domain.accounts.rules import Deed
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import ChangeRequest, Plan
from distrilog.domain.distribution.queries import desk, endowments, plans, requests
from distrilog.domain.distribution.queries.desk import Choice
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.orders.rules import key_fault
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, Invalid
from distrilog.kernel.weeks import Week


router = Router(tags=["Plans de répartition"])

_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "choisie par vous, par exemple un UUID",
    "schema": {"type": "string", "pattern": KEY},
}
PlanPath = Annotated[Digits, Path(ge=1, le=LARGEST_ID, description="numéro du plan")]
RequestPath = Annotated[Digits, Path(ge=1, le=LARGEST_ID, description="numéro de la demande")]
TerritoryPath = Annotated[str, Path(pattern=NAME, description="code du territoire")]
FamilyQuery = Annotated[str | None, Query(pattern=CODE, description="famille")]


@router.get(
    "/plans",
    response={200: PlanList},
    operation_id="listPlans",
    summary="Lire les derniers plans de répartition",
    description="Ceux que les agences voient ; la cellule lit aussi les brouillons.",
    openapi_extra=ruled(Deed.PLAN_READ),
)
def list_plans(request: ApiRequest) -> HttpResponse:
    """Answer the latest plans."""
    request.auth.require(Deed.PLAN_READ)
    rows = plans.plans(scope=request.auth.scope)
    return answer(
        {"items": [_plan(row.plan, units=row.units, platforms=row.platforms) for row in rows]}
    )


@router.get(
    "/plans/{plan}",
    response={200: PlanDetail},
    operation_id="getPlan",
    summary="Lire un plan",
    description="Les sommes de chaque plateforme du périmètre, et qui n’est pas servi.",
    openapi_extra=ruled(Deed.PLAN_READ),
)
def get_plan(request: ApiRequest, plan: PlanPath) -> HttpResponse:
    """Answer one plan."""
    request.auth.require(Deed.PLAN_READ)
    view = plans.plan(plan_id=plan, scope=request.auth.scope)
    units = {family: figures.units for family, figures in view.totals.items()}
    return answer(
        {
            "plan": _plan(view.plan, units=units, platforms=len(view.platforms)),
            "platforms": [
                {
                    "territory": row.territory.pk,
                    "family": family,
                    "facilities": figures.facilities,
                    "need": figures.need,
                    "floor": figures.floor,
                    "computed": figures.computed,
                    "units": figures.units,
                }
                for row in view.platforms
                for family, figures in row.figures.items()
            ],
            "without_platform": [each.facility.registry for each in view.excluded],
        }
    )


@router.get(
    "/plans/{plan}/platforms/{territory}",
    response={200: PlanLinePage},
    operation_id="listPlanLines",
    summary="Lire les lignes d’une plateforme",
    description="Ce que chaque établissement reçoit d’une famille ; la première du plan, sans précision.",
    openapi_extra=ruled(Deed.PLAN_READ),
)
def list_plan_lines(  # noqa: PLR0917 - the framework passes them by name
    request: ApiRequest,
    plan: PlanPath,
    territory: TerritoryPath,
    family: FamilyQuery = None,
    after: AfterQuery = "",
    limit: Digits = LIMIT,
) -> HttpResponse:
    """Answer one page."""
    actor = request.auth
    actor.require(Deed.PLAN_READ)
    wanted = read_cursor(after)
    page = wanted if isinstance(wanted, int) else 1
    found = desk.desk(
        plan_id=plan,
        territory=territory,
        family=family or "",
        scope=actor.scope,
        choice=Choice(page=page, per_page=limit),
        told=False,
    )
    following = page + 1 if page * limit < found.matching else None
    return answer(
        {
            "territory": found.territory.pk,
            "items": [
                {
                    "facility": line.registry,
                    "name": line.name,
                    "family": found.family.pk,
                    "box": found.box,
                    "need_doctrine": line.need_doctrine,
                    "need": line.need,
                    "given": line.given,
                    "floor": line.floor,
                    "computed": line.computed,
                    "changed": line.changed,
                    "units": line.units,
                }
                for line in found.lines
            ],
            "matching": found.matching,
            "next": write_cursor(following),
        }
    )


@router.post(
    "/plans/{plan}/adjustments",
    response={201: AdjustmentSeen},
    operation_id="adjustPlan",
    summary="Ajuster un plan",
    description=(
        "Dans le total d’une plateforme, par boîtes entières, au-dessus des planchers, avant l’arrêt du plan. "
        "La même clé d’idempotence avec le même contenu n’ajuste qu’une fois."
    ),
    openapi_extra=ruled(Deed.PLAN_ADJUST, parameters=[_KEY]),
)
def adjust_plan(
    request: ApiRequest, plan: PlanPath, body: Annotated[AdjustmentAsked, Body()]
) -> HttpResponse:
    """Make an adjustment; 201 again for a replay."""
    header = request.META.get("HTTP_IDEMPOTENCY_KEY")
    fault = None if header is None else key_fault(header)
    request.auth.require(Deed.PLAN_ADJUST)
    if fault is not None:
        raise Invalid(fault)
    made = services.adjust(
        actor=request.auth,
        plan_id=plan,
        territory=body.territory,
        family=body.family,
        changes=body.changes,
        reason=body.reason,
        key=header or "",
        at=clock.now(),
    )
    return answer(
        {
            "id": made.pk,
            "plan": made.plan_id,
            "territory": made.territory_id,
            "family": made.family_id,
            "changes": made.changes,
            "reason": made.reason,
            "at": made.at,
        },
        status=201,
    )


@router.get(
    "/facilities/{facility}/endowments",
    response={200: EndowmentList},
    operation_id="listEndowments",
    summary="Lire les dotations d’un établissement",
    description="Semaine par semaine, et ce que sa plateforme lui a remis.",
    openapi_extra=ruled(Deed.PLAN_READ),
)
def list_endowments(request: ApiRequest, facility: FacilityPath) -> HttpResponse:
    """Answer what a facility gets of push plans."""
    actor = request.auth
    actor.require(Deed.PLAN_READ)
    found = facilities.get(registry=facility, scope=actor.scope)
    return answer(
        {
            "items": [
                {
                    "plan": each.line.plan_id,
                    "week": each.line.plan.week,
                    "territory": each.line.territory_id,
                    "family": each.line.family_id,
                    "box": each.box_units,
                    "units": each.line.units,
                    "handed": each.handed,
                    "sure": each.sure,
                    "delivers_on": each.line.plan.delivers_on,
                }
                for each in endowments.of_facility(facility_id=found.pk)
            ]
        }
    )


@router.post(
    "/change-requests",
    response={201: ChangeSeen},
    operation_id="askChange",
    summary="Demander une évolution de sa dotation",
    description="Pour le premier plan qui en prend encore : jusqu’au jeudi 18 h, heure de Paris, de la semaine d’avant.",
    openapi_extra=ruled(Deed.CHANGE_ASK),
)
def ask_change(request: ApiRequest, body: Annotated[ChangeAsked, Body()]) -> HttpResponse:
    """Ask for another endowment; asked again for the same plan, the last one counts."""
    actor = request.auth
    made = services.ask_change(
        actor=actor,
        registry=body.facility or actor.registry,
        family=body.family,
        units=body.units,
        reason=body.reason,
        at=clock.now(),
    )
    return answer(_change(made), status=201)


@router.get(
    "/change-requests",
    response={200: ChangeList},
    operation_id="listChanges",
    summary="Lire les demandes d’évolution d’une semaine",
    description="Celles du périmètre, consolidées pour le plan d’une semaine ; le prochain, sans précision.",
    openapi_extra=ruled(Deed.PLAN_ADJUST),
)
def list_changes(request: ApiRequest, week: WeekQuery = None) -> HttpResponse:
    """Answer the requests for one plan."""
    request.auth.require(Deed.PLAN_ADJUST)
    at = clock.now()
    wanted = _week(week) if week else requests.following_plan_week(at=at)
    found = requests.requests(scope=request.auth.scope, week=wanted, at=at)
    return answer(
        {
            "week": str(found.week),
            "until": found.until,
            "items": [_change(each.request) for each in (*found.waiting, *found.answered)],
        }
    )


@router.post(
    "/change-requests/{request_id}/answer",
    response={200: ChangeSeen},
    operation_id="answerChange",
    summary="Retenir ou refuser une demande d’évolution",
    description="Un refus dit pourquoi. L’ajustement lui-même est une autre opération.",
    openapi_extra=ruled(Deed.PLAN_ADJUST),
)
def answer_change(
    request: ApiRequest, request_id: RequestPath, body: Annotated[ChangeAnswered, Body()]
) -> HttpResponse:
    """Take or refuse a request."""
    made = services.answer_change(
        actor=request.auth,
        request_id=request_id,
        taken=body.take,
        answer=body.answer,
        at=clock.now(),
    )
    return answer(_change(made))


def _week(text: str) -> Week:
    try:
        return Week.parse(text)
    except ValueError as error:
        raise Invalid(Fault(where="week", message=str(error))) from None


def _plan(plan: Plan, *, units: Mapping[str, int], platforms: int) -> dict[str, Any]:
    return {
        "id": plan.pk,
        "week": plan.week,
        "zone": plan.zone_id,
        "number": plan.number,
        "title": plan.title,
        "programme": plan.programme_id,
        "fallback": plan.fallback,
        "state": plan.state,
        "doctrine": plan.doctrine.code if plan.doctrine else None,
        "requests_until": plan.requests_until,
        "freezes_at": plan.freezes_at,
        "delivers_on": plan.delivers_on,
        "units": dict(units),
        "platforms": platforms,
    }


def _change(row: ChangeRequest) -> dict[str, Any]:
    return {
        "id": row.pk,
        "facility": row.facility.registry,
        "family": row.family_id,
        "week": row.week,
        "units": row.units,
        "reason": row.reason,
        "state": row.state,
        "answer": row.answer,
        "asked_at": row.asked_at,
        "answered_at": row.answered_at,
    }
