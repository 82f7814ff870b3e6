"""What facilities say of their stock, how they stand, and files of many declarations."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID, uuid5

from django.http import HttpResponse
from ninja import Body, Header, Path, Router
from ninja.params import functions

from distrilog.api.answers import answer
from distrilog.api.gate import ApiRequest
from distrilog.api.operations.parameters import FacilityPath
from distrilog.api.operations.rules import ruled
from distrilog.api.problems import PreconditionRequired
from distrilog.api.shapes.bases import KEY, WEEK, Digits
from distrilog.api.shapes.declarations import (
    Declaration,
    DeclarationAsked,
    DeclarationHistory,
    DifficultyAsked,
    FacilityCover,
    LineSaid,
)
from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.declarations import queries, services
from distrilog.domain.declarations.queries import (
    CoverView,
    HistoryWeek,
    LineView,
    TroubleView,
    VersionView,
    WeekView,
)
from distrilog.domain.declarations.queries.weeks import HISTORY_WEEKS, LONGEST_HISTORY
from distrilog.domain.declarations.services import Conflict, Said, Trouble
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.orders.rules import key_fault
from distrilog.domain.shipping import queries as shipping
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, Forbidden, Invalid
from distrilog.kernel.weeks import Week


router = Router(tags=["Déclarations"])

# Names the keys of the API: any constant will do, as long as it never changes.
_KEYS = UUID("2f9e4b51-8a0e-5f61-9f0a-6a4d3c0b7e12")
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "choisie par vous, par exemple un UUID ; propre à l’établissement",
    "schema": {"type": "string", "pattern": KEY},
}
WeekPath = Annotated[
    str, Path(pattern=WEEK, description="semaine ISO ; la semaine en cours se déclare")
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^(\*|"[0-9]{1,9}")$',
        description="l’ETag de la déclaration telle qu’elle a été lue ; obligatoire pour corriger",
    ),
]
# Annotated would lose its default behind the check of digits.
WEEKS: Any = functions.Query(
    HISTORY_WEEKS, ge=1, le=LONGEST_HISTORY, description="nombre de semaines"
)


@router.get(
    "/facilities/{facility}/declarations",
    response={200: DeclarationHistory},
    operation_id="listDeclarations",
    summary="Lire les dernières déclarations d’un établissement",
    description="Les semaines déclarées, la plus récente d’abord, avec toutes leurs versions.",
    openapi_extra=ruled(Deed.DECLARATION_READ),
)
def list_declarations(
    request: ApiRequest, facility: FacilityPath, weeks: Digits = WEEKS
) -> HttpResponse:
    """Answer the history of a facility."""
    actor = request.auth
    actor.require(Deed.DECLARATION_READ)
    found = queries.history(registry=facility, scope=actor.scope, weeks=weeks)
    return answer({"facility": facility, "weeks": [_past_week(week) for week in found]})


@router.get(
    "/facilities/{facility}/declarations/{week}",
    response={200: Declaration},
    operation_id="getDeclaration",
    summary="Lire la déclaration d’une semaine",
    description=(
        "Toutes les familles dont l’établissement a besoin ou a parlé, avec leur cible et ce qu’un formulaire "
        "proposerait. L’`ETag` est la version : renvoyez-le dans `If-Match` pour corriger."
    ),
    openapi_extra=ruled(Deed.DECLARATION_READ),
)
def get_declaration(request: ApiRequest, facility: FacilityPath, week: WeekPath) -> HttpResponse:
    """Answer one facility's week."""
    actor = request.auth
    actor.require(Deed.DECLARATION_READ)
    asked = week_of(week)
    found = facilities.get(registry=facility, scope=actor.scope)
    view = queries.of_facility(
        registry=facility,
        scope=actor.scope,
        week=asked,
        at=clock.now(),
        delivered=delivered_before(facility_id=found.pk, week=asked),
        actor=actor,
    )
    return _answer(view)


@router.put(
    "/facilities/{facility}/declarations/{week}",
    response={200: Declaration},
    operation_id="declare",
    summary="Déclarer une semaine",
    description=(
        "Stock, consommation et difficulté par famille, en unités ; les familles tues restent comme elles "
        "étaient. Changer ce qui a été dit demande `If-Match` (428 sans lui, 412 si quelqu’un d’autre a "
        "déclaré depuis). Une quantité qui surprend est refusée (409 `to-confirm`) tant que sa ligne n’est "
        "pas `confirmed`. Le même envoi, ou la même `Idempotency-Key`, ne compte qu’une fois."
    ),
    openapi_extra=ruled(Deed.DECLARATION_MAKE, parameters=[_KEY]),
)
def declare_week(  # noqa: PLR0917 - the framework passes them by name
    request: ApiRequest,
    facility: FacilityPath,
    week: WeekPath,
    body: Annotated[DeclarationAsked, Body()],
    if_match: IfMatch = None,
) -> HttpResponse:
    """Write a version of a facility's week."""
    actor = request.auth
    asked = week_of(week)
    lines = [_said(line) for line in body.lines]
    try:
        declared = declare(
            actor=actor,
            registry=facility,
            week=asked,
            lines=lines,
            troubles=list(_troubles(body)),
            key=_key(request.META.get("HTTP_IDEMPOTENCY_KEY"), facility),
            channel="api",
            version=_version_kept(actor, facility, asked, lines)
            if if_match is None
            else _version_of(if_match),
        )
    except Conflict as conflict:
        if if_match is not None:
            raise
        raise _without_version(conflict) from conflict
    return _answer(declared.declaration, questions=declared.questions)


def declare(*, actor: Actor, registry: str, week: Week, **form: Any) -> services.Declared:
    """
    Declare a facility's week, knowing what it has received since it counted last.

    A facility that one sees and may not declare for is forbidden; one that one does not see is not found.
    """
    actor.require(Deed.DECLARATION_MAKE)
    found = facilities.get(registry=registry, scope=actor.scope)
    if found.pk != actor.facility_id:
        raise Forbidden(detail="Seul l’établissement déclare son stock.")
    return services.declare(
        actor=actor,
        registry=registry,
        week=week,
        delivered=delivered_before(facility_id=found.pk, week=week),
        at=clock.now(),
        **form,
    )


def delivered_before(*, facility_id: int, week: Week) -> Mapping[str, int] | None:
    """Return the units received by family since a facility's last declaration before a week; None before the first."""
    since = queries.last_declared_at(facility_id=facility_id, before=week)
    return None if since is None else shipping.received_since(facility_id=facility_id, since=since)


def week_of(text: str) -> Week:
    """Return a week, or refuse one that the calendar does not have."""
    try:
        return Week.parse(text)
    except ValueError as error:
        raise Invalid(Fault(where="week", message=str(error))) from error


@router.get(
    "/facilities/{facility}/cover",
    response={200: FacilityCover},
    operation_id="getCover",
    summary="Lire la couverture d’un établissement",
    description=(
        "Par famille, combien de jours le stock déclaré dure au rythme de crise, et ce qu’en disent les seuils."
    ),
    openapi_extra=ruled(Deed.DECLARATION_READ),
)
def get_cover(request: ApiRequest, facility: FacilityPath) -> HttpResponse:
    """Answer how a facility stands."""
    actor = request.auth
    actor.require(Deed.DECLARATION_READ)
    lines = queries.cover_of(registry=facility, scope=actor.scope, at=clock.now())
    return answer({"facility": facility, "lines": [_standing(line) for line in lines]})


def _version_kept(actor: Actor, registry: str, week: Week, lines: Sequence[Said]) -> int:
    """
    Return the version that a sending without `If-Match` starts from: the one in force if it changes nothing said.

    Else 0, which only a first declaration starts from, so that a correction is refused.
    """
    actor.require(Deed.DECLARATION_MAKE)
    view = queries.of_facility(registry=registry, scope=actor.scope, week=week, at=clock.now())
    return 0 if changes(view, lines) else view.version


def changes(view: WeekView, lines: Sequence[Said]) -> bool:
    """Tell whether lines say something else than what holds; what nobody said yet changes nothing."""
    said = {line.family: line for line in view.lines if line.stock is not None}
    return any(line.family in said and not _is_said(line, said[line.family]) for line in lines)


def _is_said(line: Said, view: LineView) -> bool:
    if line.band or view.band:
        return line.band == view.band
    return (line.stock, line.consumption) == (view.stock, view.consumption)


def _said(line: LineSaid) -> Said:
    return Said(
        family=line.family,
        stock=line.stock,
        consumption=line.consumption,
        band=line.band or "",
        confirmed=line.confirmed,
    )


def _troubles(body: DeclarationAsked) -> Iterator[Trouble]:
    for line in body.lines:
        told = (
            DifficultyAsked(words=line.difficulty)
            if isinstance(line.difficulty, str)
            else line.difficulty
        )
        if told is not None:
            yield _trouble(told, line.family)
    for difficulty in body.difficulties:
        yield _trouble(difficulty, difficulty.family or "")


def _trouble(told: DifficultyAsked, family: str) -> Trouble:
    return Trouble(category=told.category, urgency=told.urgency, family=family, words=told.words)


def _key(header: str | None, registry: str) -> UUID | None:
    """Return the key of a sending, a facility's own; a header that is there says something."""
    fault = None if header is None else key_fault(header)
    if fault is not None:
        raise Invalid(fault)
    return uuid5(_KEYS, f"{registry}|{header}") if header else None


def _version_of(if_match: str) -> int | None:
    return None if if_match == "*" else int(if_match.strip('"'))


def _without_version(conflict: Conflict) -> PreconditionRequired:
    return PreconditionRequired(
        Fault(
            where="If-Match",
            message="Cette semaine est déjà déclarée, autrement.",
            remedy="Renvoyez l’ETag de la déclaration que vous corrigez dans « If-Match ».",
        ),
        **conflict.values,
    )


def _answer(view: WeekView, *, questions: Sequence[Fault] = ()) -> HttpResponse:
    body = {
        "facility": view.registry,
        "week": str(view.week),
        "version": view.version,
        "channel": view.channel or None,
        "declared_at": view.declared_at,
        "bands_allowed": view.bands_allowed,
        "may_declare": view.may_declare,
        "why_not": view.why_not,
        "lines": [_line(line) for line in view.lines],
        "difficulties": [_difficulty(trouble) for trouble in view.troubles],
        "questions": [fault.as_dict() for fault in questions],
    }
    return answer(body, ETag=f'"{view.version}"')


def _line(line: LineView) -> dict[str, Any]:
    return {
        "family": line.family,
        "box": line.box_units,
        "need": line.need,
        "safety": line.safety,
        "stock": line.stock,
        "consumption": line.consumption,
        "band": line.band or None,
        "questioned": line.questioned,
        "suggested_stock": line.suggested_stock,
        "delivered_since": line.delivered_since,
        "cover_days": days(line.cover_tenths),
        "level": line.level,
    }


def days(tenths: int | None) -> float | None:
    """Return days, to the tenth."""
    return None if tenths is None else tenths / 10


def _difficulty(trouble: TroubleView) -> dict[str, Any]:
    return {
        "id": trouble.id,
        "family": trouble.family or None,
        "category": trouble.category,
        "urgency": trouble.urgency,
        "words": trouble.words,
        "version": trouble.version,
        "seen_at": trouble.seen_at,
    }


def _past_week(week: HistoryWeek) -> dict[str, Any]:
    return {
        "week": str(week.week),
        "version": week.version,
        "versions": [_version(version) for version in week.versions],
    }


def _version(version: VersionView) -> dict[str, Any]:
    return {
        "version": version.version,
        "channel": version.channel,
        "declared_at": version.declared_at,
        "lines": [
            {
                "family": line.family,
                "stock": line.stock,
                "consumption": line.consumption,
                "band": line.band or None,
                "need": line.need,
                "questioned": line.questioned,
                "current": line.current,
            }
            for line in version.lines
        ],
    }


def _standing(line: CoverView) -> dict[str, Any]:
    return {
        "family": line.family,
        "week": None if line.week is None else str(line.week),
        "box": line.box_units,
        "need": line.need,
        "safety": line.safety,
        "stock": line.stock,
        "consumption": line.consumption,
        "cover_days": days(line.cover_tenths),
        "level": line.level,
        "watch_days": line.watch_days,
        "alert_days": line.alert_days,
    }
