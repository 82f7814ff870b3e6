"""What waits for whom: proposals to answer, parts to hand over or receive, parts to validate."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.resupply.models import Part
from distrilog.domain.resupply.queries.requests import (
    TaskView,
    department_scope,
    part_rows,
    task_view,
)
from distrilog.domain.resupply.queries.sources import State
from distrilog.domain.resupply.queries.spares import spares
from distrilog.domain.resupply.rules import Kind, PartState
from distrilog.domain.stock import queries as stock


# One facility is asked by as many neighbours as it could help.
MOST_TASKS = 500


def to_answer(*, actor: Actor, at: datetime) -> list[TaskView]:
    """Return what neighbours would like of one's own facility, soonest due first, with what it could lend. Three queries."""
    rows = _own(actor).filter(state=PartState.PROPOSED.value)
    return _lender_tasks(rows, actor, at=at)


def promised(*, actor: Actor, at: datetime) -> list[TaskView]:
    """Return what one's own facility has offered and the agency has not decided on. Three queries."""
    return _lender_tasks(_own(actor).filter(state=PartState.OFFERED.value), actor, at=at)


def to_hand_over(*, actor: Actor, at: datetime) -> list[TaskView]:
    """Return what is to be handed over: by one's own facility, or from the department stores of one's perimeter."""
    within = (
        Q(lender=actor.facility_id)
        if actor.facility_id is not None
        else Q(kind=Kind.DEPARTMENT.value) & department_scope(actor.scope)
    )
    if actor.facility_id is None and not actor.may(Deed.RESUPPLY_HAND_OUT):
        return []
    rows = Part.objects.filter(within, state=PartState.CHOSEN.value)
    if actor.facility_id is not None:
        return _lender_tasks(rows, actor, at=at)
    return [task_view(part, clock, at=at) for part, clock in part_rows(rows)[:MOST_TASKS]]


def to_receive(*, actor: Actor, at: datetime) -> list[TaskView]:
    """Return what is on its way to one's own facility; what an order carries is received with its delivery."""
    rows = Part.objects.filter(
        line__request__facility=actor.facility_id or 0, state=PartState.SENT.value
    )
    return [task_view(part, clock, at=at) for part, clock in part_rows(rows)[:MOST_TASKS]]


def waiting_for_validation(*, at: datetime) -> list[TaskView]:
    """Return what the State stock is asked, soonest due first, with what is free where it would leave. Four queries."""
    rows = Part.objects.filter(state=PartState.TO_VALIDATE.value).select_related(
        "line__request__facility__department"
    )
    free = stock.available()
    sources = State.read()
    return [
        task_view(
            part,
            clock,
            at=at,
            stock=free.get((sources.of(part.line.request.facility), part.line.family_id), 0),
        )
        for part, clock in part_rows(rows)[:MOST_TASKS]
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many parts wait for a facility: neighbours to answer, units to hand over, units to say received."""

    to_answer: int = 0
    to_hand_over: int = 0
    to_receive: int = 0

    def __bool__(self) -> bool:
        """Tell whether anything waits."""
        return bool(self.to_answer or self.to_hand_over or self.to_receive)


def waiting_for(*, facility_id: int) -> Waiting:
    """Return what waits for a facility, counted; what orders carry is received with its delivery. One query."""
    asked = Q(lender=facility_id, state=PartState.PROPOSED.value)
    granted = Q(lender=facility_id, state=PartState.CHOSEN.value)
    sent = Q(line__request__facility=facility_id, state=PartState.SENT.value, order__isnull=True)
    counts = Part.objects.filter(asked | granted | sent).aggregate(
        to_answer=Count("pk", filter=asked),
        to_hand_over=Count("pk", filter=granted),
        to_receive=Count("pk", filter=sent),
    )
    return Waiting(**counts)


def _own(actor: Actor) -> QuerySet[Part]:
    return Part.objects.filter(lender=actor.facility_id or 0)


def _lender_tasks(rows: QuerySet[Part], actor: Actor, *, at: datetime) -> list[TaskView]:
    pairs = part_rows(rows)[:MOST_TASKS]
    # What it could lend of each family, these parts apart.
    found = spares(
        facilities=[actor.facility_id or 0], at=at, without=[part.pk for part, _clock in pairs]
    )
    return [
        task_view(
            part,
            clock,
            at=at,
            spare=spare.units
            if (spare := found.get((part.lender_id or 0, part.line.family_id)))
            else 0,
        )
        for part, clock in pairs
    ]
