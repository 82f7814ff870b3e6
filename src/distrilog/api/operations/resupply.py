"""Urgent help by another system: asking, lending, deciding, handing over, receiving, giving back."""

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID, uuid5

from django.http import HttpResponse
from ninja import Body, Path, Query, Router

from distrilog.api.answers import answer
from distrilog.api.cursors import read_cursor, write_cursor
from distrilog.api.gate import ApiRequest
from distrilog.api.operations.parameters import LIMIT, AfterQuery, FacilityPath, FacilityQuery
from distrilog.api.operations.rules import ruled
from distrilog.api.shapes.bases import KEY, LARGEST_ID, NAME, Digits
from distrilog.api.shapes.resupply import (
    AnswerAsked,
    DecisionAsked,
    HandOverAsked,
    LenderAsked,
    LenderSeen,
    LoanList,
    LoanSeen,
    PartReceived,
    PartSeen,
    RefusalAsked,
    Resupply,
    ResupplyAsked,
    ResupplyPage,
    ReturnAsked,
    SourceList,
    TaskList,
    ValidationAsked,
)
from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.orders.rules import key_fault
from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.queries import (
    ClockView,
    LineSources,
    LineView,
    LoanView,
    PartView,
    RequestRow,
    RequestView,
    TaskView,
)
from distrilog.domain.resupply.queries.requests import part_view
from distrilog.kernel import clock
from distrilog.kernel.refusals import Forbidden, Invalid


router = Router(tags=["Dépannage"])

# Names the keys of the API: any constant will do, as long as it never changes.
_KEYS = UUID("8d5b7c0e-3a1f-5f43-8a57-0f2a9b6f4c31")
_PATH = "/api/v1/resupply/"
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "choisie par vous, par exemple un UUID ; propre à l’établissement",
    "schema": {"type": "string", "pattern": KEY},
}

Reference = Annotated[str, Path(pattern=NAME, description="référence de la demande")]
LoanPath = Annotated[str, Path(pattern=NAME, description="référence du prêt")]
PartPath = Annotated[Digits, Path(ge=1, le=LARGEST_ID, description="part de dépannage")]
OpenQuery = Annotated[bool, Query(description="seulement celles qui attendent quelqu’un")]


@router.post(
    "/resupply",
    response={201: Resupply},
    operation_id="askResupply",
    summary="Demander un dépannage",
    description=(
        "Une aide urgente, que l’ARS décide : entraide d’un voisin d’accord, stock du département, pot commun, "
        "stock de l’État. La même clé d’idempotence avec le même contenu ne demande qu’une fois."
    ),
    openapi_extra=ruled(Deed.RESUPPLY_ASK, parameters=[_KEY]),
)
def ask_resupply(request: ApiRequest, body: Annotated[ResupplyAsked, Body()]) -> HttpResponse:
    """Ask for help; 201 again for a replay."""
    actor = request.auth
    actor.require(Deed.RESUPPLY_ASK)
    registry = body.facility or actor.registry
    reference = ask(
        actor=actor,
        registry=registry,
        urgency=body.urgency,
        words=body.words,
        contact=body.contact,
        # Whether units are whole is judged by the service, with all the rest.
        lines=[
            services.Wanted(family=line.family, units=_whole(line.units)) for line in body.lines
        ],
        key=_key(request.META.get("HTTP_IDEMPOTENCY_KEY"), registry),
    )
    return _answer(actor, reference, status=201, Location=_PATH + reference)


def ask(*, actor: Actor, **asked: Any) -> str:
    """Ask for help; return the reference of the request."""
    return services.ask(actor=actor, at=clock.now(), **asked).reference


def _whole(units: float) -> Any:
    """Return `50.0` as it is: a number that is not whole is refused by its service, with the others."""
    return units


def _key(header: str | None, registry: str) -> UUID | None:
    """Return the key of a sending, a facility's own; a header that is there says something."""
    fault = None if header is None else key_fault(header)
    if fault is not None:
        raise Invalid(fault)
    return uuid5(_KEYS, f"{registry}|{header}") if header else None


@router.get(
    "/resupply",
    response={200: ResupplyPage},
    operation_id="listResupply",
    summary="Lister les demandes de dépannage du périmètre",
    description="Celles qui attendent quelqu’un, la plus pressée d’abord ; ou toutes, la plus récente d’abord.",
    openapi_extra=ruled(Deed.RESUPPLY_READ),
)
def list_resupply(  # noqa: PLR0917 - the framework passes them by name
    request: ApiRequest,
    open: OpenQuery = True,  # noqa: A002, FBT002 - the name in the address
    facility: FacilityQuery = None,
    after: AfterQuery = "",
    limit: Digits = LIMIT,
) -> HttpResponse:
    """Answer one page."""
    actor = request.auth
    actor.require(Deed.RESUPPLY_READ)
    wanted = read_cursor(after)
    page = queries.requests(
        scope=actor.scope,
        at=clock.now(),
        open_only=open,
        facility=facility or "",
        page=wanted if isinstance(wanted, int) else 1,
        limit=limit,
    )
    following = page.page + 1 if page.page < page.pages else None
    return answer({"items": [_brief(row) for row in page.rows], "next": write_cursor(following)})


@router.get(
    "/resupply/tasks",
    response={200: TaskList},
    operation_id="listResupplyTasks",
    summary="Lire ce qui attend votre réponse, votre remise, votre réception ou votre validation",
    description="Les propositions à répondre, les parts à remettre ou à recevoir, celles à valider.",
    openapi_extra=ruled(Deed.RESUPPLY_READ),
)
def list_tasks(request: ApiRequest) -> HttpResponse:
    """Answer what waits for the token's own."""
    actor = request.auth
    actor.require(Deed.RESUPPLY_READ)
    return answer({"items": [_task(name, view) for name, view in _tasks(actor)]})


def _tasks(actor: Actor) -> Iterator[tuple[str, TaskView]]:
    at = clock.now()
    waiting = {
        "answer": queries.to_answer(actor=actor, at=at),
        "hand-over": queries.to_hand_over(actor=actor, at=at),
        "receive": queries.to_receive(actor=actor, at=at),
        "validate": queries.waiting_for_validation(at=at)
        if actor.may(Deed.RESUPPLY_VALIDATE)
        else [],
    }
    for name, views in waiting.items():
        for view in views:
            yield name, view


@router.get(
    "/resupply/{reference}",
    response={200: Resupply},
    operation_id="getResupply",
    summary="Lire une demande de dépannage",
    description="Ses lignes, ce que chaque source leur donne, ses échéances.",
    openapi_extra=ruled(Deed.RESUPPLY_READ),
)
def get_resupply(request: ApiRequest, reference: Reference) -> HttpResponse:
    """Answer one request."""
    request.auth.require(Deed.RESUPPLY_READ)
    return _answer(request.auth, reference)


@router.delete(
    "/resupply/{reference}",
    response={200: Resupply},
    operation_id="withdrawResupply",
    summary="Retirer une demande de dépannage",
    description="Tant que rien n’en est préparé ni en route. La retirer deux fois n’y change rien.",
    openapi_extra=ruled(Deed.RESUPPLY_ASK),
)
def withdraw_resupply(request: ApiRequest, reference: Reference) -> HttpResponse:
    """Take a request back; it stays readable."""
    services.withdraw_request(actor=request.auth, reference=reference, at=clock.now())
    return _answer(request.auth, reference)


@router.get(
    "/resupply/{reference}/sources",
    response={200: SourceList},
    operation_id="listResupplySources",
    summary="Lire qui pourrait donner quoi",
    description="Dans l’ordre où l’aide se cherche, pour qui décide.",
    openapi_extra=ruled(Deed.RESUPPLY_DECIDE),
)
def list_sources(request: ApiRequest, reference: Reference) -> HttpResponse:
    """Answer the ranked sources of a request."""
    actor = request.auth
    actor.require(Deed.RESUPPLY_DECIDE)
    lines = queries.sources_for(reference=reference, scope=actor.scope, at=clock.now())
    return answer({"reference": reference, "lines": [_sources(line) for line in lines]})


@router.post(
    "/resupply/{reference}/decision",
    response={200: Resupply},
    operation_id="decideResupply",
    summary="Accorder",
    description="Tous les choix, ou aucun. Les mêmes choix une seconde fois n’y changent rien.",
    openapi_extra=ruled(Deed.RESUPPLY_DECIDE),
)
def decide_resupply(
    request: ApiRequest, reference: Reference, body: Annotated[DecisionAsked, Body()]
) -> HttpResponse:
    """Grant units from the sources chosen."""
    services.decide(
        actor=request.auth,
        reference=reference,
        choices=[
            services.Choice(
                kind=each.kind,
                line=each.line,
                units=each.units,
                part_id=each.part,
                place=each.place,
            )
            for each in body.choices
        ],
        answer=body.answer,
        at=clock.now(),
    )
    return _answer(request.auth, reference)


@router.post(
    "/resupply/{reference}/refusal",
    response={200: Resupply},
    operation_id="refuseResupply",
    summary="Refuser, avec un motif",
    description="Tant que rien n’est accordé ; l’établissement lit le motif.",
    openapi_extra=ruled(Deed.RESUPPLY_DECIDE),
)
def refuse_resupply(
    request: ApiRequest, reference: Reference, body: Annotated[RefusalAsked, Body()]
) -> HttpResponse:
    """Refuse a request."""
    services.refuse(actor=request.auth, reference=reference, reason=body.reason, at=clock.now())
    return _answer(request.auth, reference)


@router.post(
    "/resupply/parts/{part}/answer",
    response={200: PartSeen},
    operation_id="answerResupply",
    summary="Répondre à un voisin",
    description=(
        "Oui, avec des unités en boîtes entières, en prêt ou en don ; ou non : 0. Jamais sous votre stock de "
        "sécurité. Rien n’est pris sans ce oui, et jusqu’à la remise il peut changer."
    ),
    openapi_extra=ruled(Deed.AID_LEND),
)
def answer_resupply(
    request: ApiRequest, part: PartPath, body: Annotated[AnswerAsked, Body()]
) -> HttpResponse:
    """Say yes or no to a proposal."""
    said = services.answer(actor=request.auth, part_id=part, at=clock.now(), **body.model_dump())
    return answer(_part(part_view(said)))


@router.post(
    "/resupply/parts/{part}/validation",
    response={200: PartSeen},
    operation_id="validateResupply",
    summary="Valider ce qui quitte le stock de l’État",
    description="Par le centre de crise, et par une autre personne que celle qui a décidé.",
    openapi_extra=ruled(Deed.RESUPPLY_VALIDATE),
)
def validate_resupply(
    request: ApiRequest, part: PartPath, body: Annotated[ValidationAsked, Body()]
) -> HttpResponse:
    """Accept or refuse a part of the State stock."""
    validated = services.validate(
        actor=request.auth, part_id=part, at=clock.now(), **body.model_dump()
    )
    return answer(_part(part_view(validated)))


@router.post(
    "/resupply/parts/{part}/hand-over",
    response={200: PartSeen},
    operation_id="handOverResupply",
    summary="Dire ce qui a été remis",
    description="Par l’établissement qui prête, ou par qui tient le stock du département (`resupply.hand-out`).",
    openapi_extra=ruled(Deed.AID_LEND, **{"x-rule-department": str(Deed.RESUPPLY_HAND_OUT)}),
)
def hand_over_resupply(
    request: ApiRequest, part: PartPath, body: Annotated[HandOverAsked, Body()]
) -> HttpResponse:
    """Say that a part was handed over."""
    handed = services.hand_over(
        actor=request.auth, part_id=part, at=clock.now(), **body.model_dump()
    )
    return answer(_part(part_view(handed)))


@router.post(
    "/resupply/parts/{part}/receipt",
    response={200: PartSeen},
    operation_id="receiveResupply",
    summary="Dire ce qui est arrivé d’une part remise",
    description=(
        "Tout, moins, ou rien : 0. Ce qui arrive par une commande se reçoit avec sa livraison "
        "(`POST /receipts`)."
    ),
    openapi_extra=ruled(Deed.RECEIPT_RECORD),
)
def receive_resupply(
    request: ApiRequest, part: PartPath, body: Annotated[PartReceived, Body()]
) -> HttpResponse:
    """Say what arrived of a part."""
    received = services.receive(actor=request.auth, part_id=part, units=body.units, at=clock.now())
    return answer(_part(part_view(received)))


@router.get(
    "/loans",
    response={200: LoanList},
    operation_id="listLoans",
    summary="Lire les prêts et les dons entre établissements",
    description="Ceux du périmètre, les plus récents d’abord.",
    openapi_extra=ruled(Deed.RESUPPLY_READ),
)
def list_loans(
    request: ApiRequest,
    open: OpenQuery = False,  # noqa: A002, FBT002 - the name in the address
) -> HttpResponse:
    """Answer the loans of a scope."""
    request.auth.require(Deed.RESUPPLY_READ)
    found = queries.loans(scope=request.auth.scope, open_only=open)
    return answer({"items": [_loan(loan) for loan in found]})


@router.post(
    "/loans/{loan}/return",
    response={200: LoanSeen},
    operation_id="returnLoan",
    summary="Rendre un prêt, ou en faire don",
    description=(
        "Des unités rendues, dites par l’un ou l’autre ; données, par qui a prêté. Avec une clé d’idempotence, "
        "un second envoi ne compte pas."
    ),
    openapi_extra=ruled(Deed.AID_LEND, parameters=[_KEY]),
)
def return_loan(
    request: ApiRequest, loan: LoanPath, body: Annotated[ReturnAsked, Body()]
) -> HttpResponse:
    """Say that units of a loan came back, or are a gift."""
    actor = request.auth
    actor.require(Deed.AID_LEND)
    key = _key(request.META.get("HTTP_IDEMPOTENCY_KEY"), actor.registry)
    services.give_back(
        actor=actor,
        loan=loan,
        units=body.units,
        as_gift=body.as_gift,
        key=str(key or ""),
        at=clock.now(),
    )
    found = queries.loan_papers(reference=loan, scope=actor.scope)
    return answer(_loan(found.loan))


@router.get(
    "/facilities/{facility}/lender",
    response={200: LenderSeen},
    operation_id="getLender",
    summary="Lire l’accord d’entraide de votre établissement",
    description="Avec ce que votre déclaration permettrait de prêter. Votre stock n’est montré à aucun voisin.",
    openapi_extra=ruled(Deed.AID_LEND),
)
def get_lender(request: ApiRequest, facility: FacilityPath) -> HttpResponse:
    """Answer what one's own facility agreed to."""
    return _lender(_own(request.auth, facility))


@router.put(
    "/facilities/{facility}/lender",
    response={200: LenderSeen},
    operation_id="agreeToLend",
    summary="Accepter d’être sollicité par des voisins",
    description="Chaque prêt demande encore votre oui. Dit de nouveau, l’accord remplace le précédent.",
    openapi_extra=ruled(Deed.AID_LEND),
)
def agree_to_lend(
    request: ApiRequest, facility: FacilityPath, body: Annotated[LenderAsked, Body()]
) -> HttpResponse:
    """Agree to be asked by neighbours."""
    actor = _own(request.auth, facility)
    services.agree_to_lend(actor=actor, at=clock.now(), **body.model_dump())
    return _lender(actor)


@router.delete(
    "/facilities/{facility}/lender",
    response={200: LenderSeen},
    operation_id="stopLending",
    summary="Ne plus être sollicité",
    description="Ce qui était proposé et sans réponse est laissé ; ce qui était promis reste promis.",
    openapi_extra=ruled(Deed.AID_LEND),
)
def stop_lending(request: ApiRequest, facility: FacilityPath) -> HttpResponse:
    """Stop being asked."""
    actor = _own(request.auth, facility)
    services.stop_lending(actor=actor, at=clock.now())
    return _lender(actor)


def _own(actor: Actor, registry: str) -> Actor:
    """Return the actor where the facility is its own; one that it does not see is not found."""
    actor.require(Deed.AID_LEND)
    found = facilities.get(registry=registry, scope=actor.scope)
    if found.pk != actor.facility_id:
        raise Forbidden(detail="Seul l’établissement dit s’il prête.")
    return actor


def _lender(actor: Actor) -> HttpResponse:
    agreed = queries.agreement(actor=actor, at=clock.now())
    return answer(
        {
            "facility": actor.registry,
            "agreed": agreed.agreed,
            "families": list(agreed.families),
            "kilometres": agreed.kilometres,
            "contact": agreed.contact,
            "agreed_at": agreed.agreed_at,
            "ended_at": agreed.ended_at,
            "spare": [
                {"family": family, "units": spare.units} for family, spare in agreed.spare.items()
            ],
        }
    )


def _answer(actor: Actor, reference: str, *, status: int = 200, **headers: str) -> HttpResponse:
    view = queries.request(reference=reference, actor=actor, at=clock.now())
    return answer(_seen(view), status=status, **headers)


def _seen(view: RequestView) -> dict[str, Any]:
    return {
        "reference": view.reference,
        "facility": view.facility,
        "state": view.state,
        "urgency": view.urgency,
        "words": view.words,
        "contact": view.contact,
        "answer": view.answer,
        "procedure": view.procedure,
        "procedure_source": view.procedure_source,
        "asked_at": view.asked_at,
        "decided_at": view.decided_at,
        "closed_at": view.closed_at,
        "late": view.late,
        "lines": [_line(line) for line in view.lines],
        "clocks": [_clock(each) for each in view.clocks],
    }


def _line(line: LineView) -> dict[str, Any]:
    return {
        "id": line.id,
        "family": line.family,
        "box": line.box_units,
        "units": line.units,
        "boxes": line.units // line.box_units,
        "granted": line.granted,
        "received": line.received,
        "left": line.left,
        "parts": [_part(part) for part in line.parts],
    }


def _part(part: PartView) -> dict[str, Any]:
    return {
        "id": part.id,
        "kind": part.kind,
        "state": part.state,
        "units": part.units,
        "giver": part.giver,
        "lender": part.lender or None,
        "contact": part.contact,
        "place": part.place or None,
        "order": part.order or None,
        "loan": part.loan or None,
        "terms": part.terms or None,
        "return_by": part.return_by,
        "metres": part.metres,
        "handed": part.handed,
        "received": part.received,
        "reason": part.reason,
        "changed_at": part.changed_at,
    }


def _clock(each: ClockView) -> dict[str, Any]:
    return {
        "step": each.step,
        "started_at": each.started_at,
        "due_at": each.due_at,
        "done_at": each.done_at,
        "late": each.late,
    }


def _brief(row: RequestRow) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "facility": row.facility,
        "state": row.state,
        "urgency": row.urgency,
        "asked_at": row.asked_at,
        "due_at": row.due_at,
        "late": row.late,
        "offers": row.offers,
        "lines": [
            {"family": family, "units": units, "granted": granted}
            for family, units, granted in row.lines
        ],
    }


def _task(name: str, view: TaskView) -> dict[str, Any]:
    return {
        "task": name,
        "part": _part(view.part),
        "request": view.request,
        "facility": view.facility,
        "facility_name": view.facility_name,
        "commune": view.commune,
        "contact": view.contact,
        "family": view.family,
        "box": view.box_units,
        "urgency": view.urgency,
        "words": view.words,
        "due_at": view.clock.due_at if view.clock else None,
        "late": bool(view.clock and view.clock.late),
        "spare": view.spare,
    }


def _sources(line: LineSources) -> dict[str, Any]:
    return {
        "line": line.line,
        "family": line.family,
        "box": line.box_units,
        "units": line.units,
        "left": line.left,
        "sources": [
            {
                "kind": each.kind,
                "name": each.name,
                "units": each.units,
                "useful": each.useful,
                "part": each.part_id,
                "place": each.place or None,
                "metres": each.metres,
                "waits": each.waits,
                "spare": each.spare,
                "terms": each.terms or None,
                "return_by": each.return_by,
                "note": each.note,
            }
            for each in line.sources
        ],
    }


def _loan(loan: LoanView) -> dict[str, Any]:
    return {
        "reference": loan.reference,
        "request": loan.request,
        "part": loan.part_id,
        "lender": loan.lender,
        "borrower": loan.borrower,
        "family": loan.family,
        "box": loan.box_units,
        "terms": loan.terms,
        "return_by": loan.return_by,
        "lot": loan.lot,
        "promised": loan.promised,
        "handed": loan.handed,
        "received": loan.received,
        "returned": loan.returned,
        "given": loan.given,
        "owed": loan.owed,
        "handed_at": loan.handed_at,
        "received_at": loan.received_at,
        "settled_at": loan.settled_at,
    }
