"""Platforms by their own software: flows, receipts, hand-outs, situations, incidents."""

from collections.abc import Iterable
from typing import Annotated, Any, Final
from uuid import UUID, uuid5

from django.http import HttpResponse
from ninja import Body, Path, Router

from distrilog.api.answers import answer
from distrilog.api.gate import ApiRequest
from distrilog.api.operations.rules import ruled
from distrilog.api.shapes.bases import KEY, LARGEST_ID, NAME, WEEK, Digits
from distrilog.api.shapes.platforms import (
    FlowList,
    FlowRead,
    FlowReceived,
    HandOutAsked,
    HandOutList,
    IncidentList,
    IncidentRead,
    IncidentTold,
    PlatformList,
    SiteList,
    SituationSaid,
    SituationSeen,
    TakenBackAsked,
)
from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import HandOut
from distrilog.domain.distribution.queries import platforms
from distrilog.domain.distribution.queries.platforms import (
    FamilyTotals,
    FlowSeen,
    IncidentSeen,
    PlatformSeen,
    Site,
)
from distrilog.domain.distribution.services import Stated
from distrilog.domain.orders.rules import key_fault
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.weeks import Week


router = Router(tags=["Plateformes"])

# Names the keys of the API: any constant will do, as long as it never changes.
_KEYS: Final = UUID("5f0c9b0e-6f0b-5d43-9c1b-2b8f4f6d7a90")
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "choisie par vous, par exemple un UUID ; propre à la plateforme",
    "schema": {"type": "string", "pattern": KEY},
}
TerritoryPath = Annotated[str, Path(pattern=NAME, description="code du territoire")]
PlanPath = Annotated[Digits, Path(ge=1, le=LARGEST_ID, description="numéro du plan")]
FlowPath = Annotated[str, Path(pattern=NAME, description="référence du flux")]
WeekPath = Annotated[str, Path(pattern=WEEK, description="semaine ISO", examples=["2020-W45"])]


@router.get(
    "/platforms",
    response={200: PlatformList},
    operation_id="listPlatforms",
    summary="Lire les plateformes du périmètre",
    description="Ce que chacune a reçu, remis et garde des plans des dernières semaines ; les mêmes nombres que ses pages.",
    openapi_extra=ruled(Deed.PERIMETER_READ),
)
def list_platforms(request: ApiRequest) -> HttpResponse:
    """Answer the platforms of the scope."""
    request.auth.require(Deed.PERIMETER_READ)
    rows = platforms.overview(scope=request.auth.scope, at=clock.now())
    return answer({"items": [_platform(row) for row in rows]})


@router.get(
    "/platforms/{territory}/flows",
    response={200: FlowList},
    operation_id="listFlows",
    summary="Lire ce qui est envoyé à une plateforme",
    description="Un flux par plan et par source, avec ses lots ; ceux en route d’abord.",
    openapi_extra=ruled(Deed.PERIMETER_READ),
)
def list_flows(request: ApiRequest, territory: TerritoryPath) -> HttpResponse:
    """Answer the flows to a platform."""
    request.auth.require(Deed.PERIMETER_READ)
    tour = platforms.tour(territory=territory, scope=request.auth.scope, at=clock.now())
    return answer({"items": [_flow(each) for each in (*tour.coming, *tour.received)]})


@router.post(
    "/platforms/{territory}/flows/{flow}/receipt",
    response={200: FlowRead},
    operation_id="receiveFlow",
    summary="Dire ce qui est arrivé d’un flux",
    description="Tout, moins ce que `lots` signale, avec un mot. Jamais plus que ce qui a été envoyé. Redit, rien ne change.",
    openapi_extra=ruled(Deed.PLATFORM_RUN),
)
def receive_flow(
    request: ApiRequest,
    territory: TerritoryPath,
    flow: FlowPath,
    body: Annotated[FlowReceived, Body()],
) -> HttpResponse:
    """Take in a flow."""
    actor = request.auth
    actor.require(Deed.PLATFORM_RUN)
    _found(actor, territory, flow)
    services.receive(
        actor=actor,
        reference=flow,
        differences={each.lot: each.received for each in body.lots},
        words=body.words,
        at=clock.now(),
    )
    return answer(_flow(_found(actor, territory, flow)))


def _found(actor: Actor, territory: str, reference: str) -> FlowSeen:
    platforms.platform(territory=territory, scope=actor.scope)
    found = platforms.flows(territory=territory, reference=reference)
    if not found:
        raise NotFound(Fault(where="flow", message="Ce flux n’est pas dans votre périmètre."))
    return found[0]


@router.get(
    "/platforms/{territory}/plans/{plan}/sites",
    response={200: SiteList},
    operation_id="listRoundSites",
    summary="Lire la tournée d’une plateforme",
    description="Chaque établissement d’un plan envoyé : ce qui lui revient, ce qui lui a été remis, ce qui reste.",
    openapi_extra=ruled(Deed.PERIMETER_READ),
)
def list_round_sites(request: ApiRequest, territory: TerritoryPath, plan: PlanPath) -> HttpResponse:
    """Answer the facilities of a round."""
    request.auth.require(Deed.PERIMETER_READ)
    scope = request.auth.scope
    platforms.round_of(plan_id=plan, territory=territory, scope=scope)
    rows = platforms.sites(plan_id=plan, territory=territory, scope=scope)
    return answer({"territory": territory, "plan": plan, "items": [_site(row) for row in rows]})


@router.post(
    "/platforms/{territory}/plans/{plan}/hand-outs",
    response={201: HandOutList},
    operation_id="handOut",
    summary="Remettre à des établissements",
    description=(
        "Tout ce qui reste, ou une sélection, d’un coup ; ou tant d’unités à un établissement (`units`). Tout passe, ou rien. "
        "La même clé d’idempotence ne remet qu’une fois."
    ),
    openapi_extra=ruled(Deed.PLATFORM_RUN, parameters=[_KEY]),
)
def hand_out(
    request: ApiRequest,
    territory: TerritoryPath,
    plan: PlanPath,
    body: Annotated[HandOutAsked, Body()],
) -> HttpResponse:
    """Hand out; 201 again for a replay."""
    actor = request.auth
    actor.require(Deed.PLATFORM_RUN)
    platforms.platform(territory=territory, scope=actor.scope)
    key = _key(request.META.get("HTTP_IDEMPOTENCY_KEY"), territory)
    if body.units is not None:
        given = services.hand_out(
            actor=actor,
            plan_id=plan,
            registry=_only(body.facilities),
            units=body.units,
            key=key,
            way=body.way or HandOut.Way.COLLECTED,
            advance=body.advance,
            at=clock.now(),
        )
    else:
        given = services.hand_out_round(
            actor=actor,
            plan_id=plan,
            territory=territory,
            facilities=body.facilities,
            families=body.families,
            key=key,
            way=body.way or "",
            advance=body.advance,
            at=clock.now(),
        )
    return answer({"items": _handed(given)}, status=201)


def _only(facilities: list[str] | None) -> str:
    if facilities is None or len(facilities) != 1:
        message = "Avec `units`, nommez un établissement, et un seul."
        raise Invalid(Fault(where="facilities", message=message))
    return facilities[0]


def _key(header: str | None, territory: str) -> str:
    """Return the key of a hand-out, a platform's own. Without one, a lost answer would be handed out twice."""
    if not header:
        message = "Donnez une clé d’idempotence : sans elle, un renvoi remettrait deux fois."
        raise Invalid(Fault(where="Idempotency-Key", message=message))
    if fault := key_fault(header):
        raise Invalid(fault)
    return uuid5(_KEYS, f"{territory}|{header}").hex


@router.post(
    "/platforms/{territory}/hand-outs/cancellations",
    response={201: HandOutList},
    operation_id="takeBack",
    summary="Annuler des remises",
    description="Par de nouvelles écritures, de signe contraire, qui disent pourquoi. Une remise ne s’annule qu’une fois.",
    openapi_extra=ruled(Deed.PLATFORM_RUN),
)
def take_back(
    request: ApiRequest, territory: TerritoryPath, body: Annotated[TakenBackAsked, Body()]
) -> HttpResponse:
    """Undo hand-outs."""
    actor = request.auth
    actor.require(Deed.PLATFORM_RUN)
    platforms.platform(territory=territory, scope=actor.scope)
    made = services.take_back(
        actor=actor, hand_outs=body.hand_outs, reason=body.reason, at=clock.now()
    )
    return answer({"items": _handed(made)}, status=201)


@router.get(
    "/platforms/{territory}/situations/{week}",
    response={200: SituationSeen},
    operation_id="getSituation",
    summary="Lire la situation d’une plateforme",
    description="Ce qu’elle a dit d’une semaine ; aucune ligne si elle n’a rien dit.",
    openapi_extra=ruled(Deed.PERIMETER_READ),
)
def get_situation(request: ApiRequest, territory: TerritoryPath, week: WeekPath) -> HttpResponse:
    """Answer what a platform said of a week."""
    request.auth.require(Deed.PERIMETER_READ)
    platforms.platform(territory=territory, scope=request.auth.scope)
    return _situation(territory, _week(week))


@router.put(
    "/platforms/{territory}/situations/{week}",
    response={200: SituationSeen},
    operation_id="reportSituation",
    summary="Dire la situation d’une plateforme",
    description="Stock et risque de rupture, famille par famille, pour une semaine commencée. Le dernier mot compte.",
    openapi_extra=ruled(Deed.PLATFORM_RUN),
)
def report_situation(
    request: ApiRequest,
    territory: TerritoryPath,
    week: WeekPath,
    body: Annotated[SituationSaid, Body()],
) -> HttpResponse:
    """Take down how a platform stands."""
    request.auth.require(Deed.PLATFORM_RUN)
    found = _week(week)
    services.report_situation(
        actor=request.auth,
        territory=territory,
        week=found,
        lines={
            line.family: Stated(stock=line.stock, risk=line.risk, words=line.words)
            for line in body.lines
        },
        at=clock.now(),
    )
    return _situation(territory, found)


def _week(text: str) -> Week:
    try:
        return Week.parse(text)
    except ValueError as error:
        raise Invalid(Fault(where="week", message=str(error))) from None


def _situation(territory: str, week: Week) -> HttpResponse:
    said = platforms.situations(territory=territory, week=week)
    return answer(
        {
            "territory": territory,
            "week": str(week),
            "lines": [
                {
                    "family": family,
                    "stock": each.stock,
                    "risk": each.risk,
                    "words": each.words,
                    "at": each.at,
                }
                for family, each in sorted(said.items())
            ],
        }
    )


@router.get(
    "/incidents",
    response={200: IncidentList},
    operation_id="listIncidents",
    summary="Lire les incidents de plateforme en cours",
    description="Ceux du périmètre, par échéance.",
    openapi_extra=ruled(Deed.INCIDENT_TELL),
)
def list_incidents(request: ApiRequest) -> HttpResponse:
    """Answer the open incidents."""
    request.auth.require(Deed.INCIDENT_TELL)
    rows = platforms.incidents(scope=request.auth.scope, at=clock.now())
    return answer({"items": [_incident(row) for row in rows]})


@router.post(
    "/platforms/{territory}/incidents",
    response={201: IncidentRead},
    operation_id="tellIncident",
    summary="Signaler un incident de plateforme",
    description="Qui le traite et jusqu’à quand suivent de sa nature.",
    openapi_extra=ruled(Deed.INCIDENT_TELL),
)
def tell_incident(
    request: ApiRequest, territory: TerritoryPath, body: Annotated[IncidentTold, Body()]
) -> HttpResponse:
    """Take down an incident."""
    at = clock.now()
    made = services.tell_incident(
        actor=request.auth,
        territory=territory,
        kind=body.kind,
        words=body.words,
        plan_id=body.plan,
        at=at,
    )
    return answer(_incident(platforms.incident_seen(made, at=at)), status=201)


def _platform(row: PlatformSeen) -> dict[str, Any]:
    facility = row.territory.platform
    return {
        "territory": row.territory.pk,
        "name": row.territory.name,
        "region": row.territory.region_id,
        "facility": facility.registry if facility else "",
        "figures": [_figures(each) for each in row.totals.values()],
        "debts": dict(row.debts),
        "incidents": row.incidents,
        "late_incidents": row.late,
        "situation_missing": row.missing,
    }


def _figures(each: FamilyTotals) -> dict[str, Any]:
    return {
        "family": each.family,
        "planned": each.planned,
        "sent": each.sent,
        "coming": each.coming,
        "received": each.received,
        "handed": each.handed,
        "left": each.left,
        "staying": each.staying,
        "explained": each.explained,
    }


def _flow(flow: FlowSeen) -> dict[str, Any]:
    return {
        "reference": flow.reference,
        "plan": flow.plan_id,
        "week": flow.week,
        "source": flow.source,
        "delivers_on": flow.delivers_on,
        "sent_at": flow.sent_at,
        "received_at": flow.received_at,
        "words": flow.words,
        "lots": [
            {
                "lot": each.lot,
                "number": each.number,
                "expires_on": each.expires_on,
                "family": each.family,
                "sent": each.sent,
                "received": each.received,
            }
            for each in flow.parcels
        ],
    }


def _site(site: Site) -> dict[str, Any]:
    return {
        "facility": site.registry,
        "name": site.name,
        "commune": site.commune,
        "department": site.department,
        "way": site.way,
        "lines": [
            {
                "family": line.family,
                "units": line.units,
                "handed": line.handed,
                "left": line.left,
            }
            for line in site.lines
        ],
    }


def _handed(rows: Iterable[HandOut]) -> list[dict[str, Any]]:
    found = HandOut.objects.filter(pk__in=[row.pk for row in rows]).select_related("line__facility")
    return [
        {
            "id": row.pk,
            "facility": row.line.facility.registry,
            "family": row.line.family_id,
            "lot": row.lot_id,
            "units": row.units,
            "owed": row.owed,
            "way": row.way,
            "at": row.at,
        }
        for row in found.order_by("pk")
    ]


def _incident(row: IncidentSeen) -> dict[str, Any]:
    return {
        "id": row.pk,
        "territory": row.territory,
        "kind": row.kind,
        "words": row.words,
        "owner": row.owner,
        "due_at": row.due_at,
        "late": row.late,
        "told_at": row.told_at,
        "taken_at": row.taken_at,
        "answer": row.answer,
        "closed_at": row.closed_at,
    }
