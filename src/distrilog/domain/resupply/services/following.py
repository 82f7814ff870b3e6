"""What happens without anybody pressing: orders advance, steps grow late, recalls reach borrowers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from distrilog.domain.accounts.rules import Role
from distrilog.domain.messages import services as messages
from distrilog.domain.messages.models import Message
from distrilog.domain.resupply.models import Clock, Loan, Part
from distrilog.domain.resupply.queries.loans import borrowers_of
from distrilog.domain.resupply.rules import STEP_NAMES, Change, Kind, PartState, Step
from distrilog.domain.resupply.services.settling import settle
from distrilog.domain.resupply.services.steps import (
    change,
    drop,
    finish,
    lock_request,
    start,
    stop_clocks,
)
from distrilog.domain.stock.models import Recall
from distrilog.kernel.weeks import PARIS


_BY: Final = "suivi"
BATCH: Final = 500

# How far the orders are that carry parts: units of the line of the part.
_PROGRESS: Final = """
    SELECT part.id, request.reference, placed.status, line.units - line.withdrawn,
           coalesce(handed.despatched, 0), coalesce(handed.failed, 0),
           coalesce(handed.received + handed.disputed, 0)
      FROM resupply_part part
      JOIN resupply_requestline asked ON asked.id = part.line_id
      JOIN resupply_request request ON request.id = asked.request_id
      JOIN orders_order placed ON placed.id = part.order_id
      JOIN orders_line line ON line.order_id = placed.id AND line.family_id = asked.family_id
      LEFT JOIN shipping_fulfilmentline handed
             ON handed.fulfilment_id = placed.id AND handed.family_id = asked.family_id
     WHERE part.state IN ('chosen', 'sent')
       -- Only where the order says something that the part does not.
       AND (placed.status = 'cancelled' OR part.units <> line.units - line.withdrawn - coalesce(handed.failed, 0)
            OR (part.state = 'chosen' AND handed.despatched >= line.units - line.withdrawn)
            OR (part.state = 'sent'
                AND handed.received + handed.disputed + handed.failed >= line.units - line.withdrawn))
     ORDER BY request.reference, part.id
"""


def follow_orders(*, at: datetime) -> int:
    """
    Bring the parts that orders carry in line with them: sent, received, given up; return how many changed.

    Each request is a transaction. Safe to call again, and while somebody acts on the request.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS)
        rows = cursor.fetchall()
    found: dict[str, dict[int, Sequence[int | str]]] = {}
    for part, reference, *progress in rows:
        found.setdefault(reference, {})[part] = progress
    return sum(_follow(reference, progress, at=at) for reference, progress in found.items())


@transaction.atomic
def _follow(reference: str, progress: Mapping[int, Sequence[int | str]], *, at: datetime) -> int:
    request = lock_request(reference=reference)
    parts = Part.objects.filter(
        pk__in=progress, state__in=[PartState.CHOSEN.value, PartState.SENT.value]
    ).select_related("line__request")
    changed = [part for part in parts if _bring_in_line(part, progress[part.pk], at=at)]
    if changed:
        settle(request, by=_BY, at=at)
    return len(changed)


def _bring_in_line(part: Part, row: Sequence[int | str], *, at: datetime) -> bool:
    status, wanted, despatched, failed, arrived = row[0], *(int(each) for each in row[1:])
    request = part.line.request
    if status == "cancelled" or wanted - failed <= 0:
        change(part, Change.CANCEL, by=_BY, at=at, reason="La commande n’a rien donné.")
        stop_clocks(part, at=at)
        return True
    changed = part.units != wanted - failed
    part.units = wanted - failed
    if changed:
        part.save()
    if part.state == PartState.CHOSEN and despatched >= wanted:
        change(part, Change.SEND, by=_BY, at=at)
        finish(request, Step.SEND, at=at, part=part)
        start(request, Step.RECEIVE, at=at, part=part)
        changed = True
    if part.state == PartState.SENT and arrived + failed >= wanted:
        change(part, Change.RECEIVE, by=_BY, at=at)
        stop_clocks(part, at=at)
        changed = True
    return changed


def escalate(*, at: datetime) -> int:
    """
    Tell the next level of each step that is late, once; return how many. A neighbour that did not answer is let go.

    The agency is told of givers and of receipts; the national cell of agencies, and of what the State holds up.
    """
    late = list(
        Clock.objects.filter(done_at__isnull=True, escalated_at__isnull=True, due_at__lt=at)
        .order_by("due_at", "pk")
        .values_list("pk", "request__reference")[:BATCH]
    )
    return sum(_escalate(clock, reference, at=at) for clock, reference in late)


@transaction.atomic
def _escalate(clock_id: int, reference: str, *, at: datetime) -> bool:
    request = lock_request(reference=reference)
    clock = (
        Clock.objects.filter(pk=clock_id, done_at__isnull=True, escalated_at__isnull=True)
        .select_related("part__line__request", "part__lender")
        .first()
    )
    if clock is None:
        return False
    # After this point, the escalation must succeed.

    clock.escalated_at = at
    clock.save()
    from_state = clock.part is not None and clock.part.kind == Kind.STATE
    national = clock.step in {Step.DECIDE, Step.VALIDATE} or (
        clock.step == Step.SEND and from_state
    )
    messages.send(
        key=f"resupply-late:{clock.pk}",
        title=f"En retard : {STEP_NAMES[Step(clock.step)]}, {request.facility.name}",
        body=f"Demande {request.reference}, {request.get_urgency_display()}. "
        f"C’était à faire avant le {clock.due_at.astimezone(PARIS):%d/%m à %H:%M}, heure de Paris.",
        roles=[Role.NATIONAL_CELL, Role.NATIONAL_DUTY] if national else [Role.ARS],
        regions=[] if national else [request.facility.department.region_id],
        by=_BY,
        at=at,
    )
    if clock.step == Step.ANSWER and clock.part is not None:
        drop([clock.part], Change.CANCEL, reason="Pas de réponse dans le délai.", by=_BY, at=at)
    return True


def warn_borrowers(*, at: datetime) -> int:
    """Tell those who hold a loan of a recalled lot, once each recall; return how many facilities."""
    told = 0
    lots = Loan.objects.filter(lot__recalled_at__isnull=False, settled_at__isnull=True)
    for recall in Recall.objects.filter(
        lot__in=lots.values("lot"), closed_at__isnull=True
    ).select_related("lot__article"):
        told += sum(1 for _ in _warn(recall, at=at))
    return told


def _warn(recall: Recall, *, at: datetime) -> Iterator[int]:
    for each in borrowers_of(lot=recall.lot_id):
        key = f"recall-loan:{recall.pk}:{recall.declared_at.timestamp():.0f}:{each.loan}"
        if Message.objects.filter(key=key).exists():
            continue
        messages.send(
            key=key,
            title=f"Rappel du lot {recall.lot.number} : {recall.lot.article.name}",
            body=f"Le prêt {each.loan} en contient. Ne l’utilisez plus.\n\nMotif : {recall.reason}\n\n"
            f"Ce qu’il faut faire : {recall.instruction}",
            facility_ids=[each.facility_id],
            official=True,
            by=recall.declared_by,
            at=at,
        )
        yield each.facility_id
