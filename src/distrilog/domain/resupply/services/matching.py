"""Asking the neighbours that could help, for all open requests at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.messages import services as messages
from distrilog.domain.resupply.models import Clock, Lender, Part, Request, RequestLine
from distrilog.domain.resupply.queries.spares import spares
from distrilog.domain.resupply.rules import (
    GRANTED,
    PROCEDURES,
    Asking,
    Flow,
    Kind,
    Lending,
    PartState,
    Step,
    Urgency,
    match,
    procedure_named,
)
from distrilog.domain.resupply.services.steps import lock_request_within
from distrilog.kernel.weeks import PARIS


_MAKER = "entraide"
_RANKS = {urgency.value: rank for rank, urgency in enumerate(Urgency)}


@transaction.atomic
def seek(*, actor: Actor, reference: str, at: datetime) -> int:
    """Ask the neighbours of one request now, as its agency; return how many are asked anew."""
    actor.require(Deed.RESUPPLY_DECIDE)
    lock_request_within(reference=reference, actor=actor)
    return propose(at=at, request=reference)


@transaction.atomic
def propose(*, at: datetime, request: str | None = None) -> int:
    """
    Ask the neighbours that could help what open requests still lack; return how many are asked anew.

    All requests at once, or one. Nobody is asked twice for one line, nor for more than keeps its safety stock,
    what it has promised or was asked elsewhere counted. Nothing is taken: the neighbour answers.
    """
    lines = _lines(request)
    lenders = _lenders(at=at)
    if not lines or not lenders:
        return 0
    short = _short_of(lenders.keys())
    spare = {
        pair: found.units
        for pair, found in spares(facilities=lenders.keys(), at=at, with_proposed=True).items()
        if pair not in short
    }
    asked = _asked_before(lines)
    matched = [
        flow
        for family, wanting in _by_family(lines).items()
        for flow in match(
            askings=wanting,
            lendings=_lendings(family, lenders, spare, lines),
            excluded=asked,
        )
    ]
    # After this point, the proposals must succeed.

    return _write(matched, lines, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A line that still lacks something, and where it is asked from. Units."""

    line: RequestLine
    request: Request
    units: int


def _lines(reference: str | None) -> dict[int, _Open]:
    """Lock the open requests that the procedure sends to neighbours; return the lines that lack something."""
    helped = [each.code for each in PROCEDURES if Kind.NEIGHBOUR in each.kinds]
    requests = Request.objects.open().filter(procedure__in=helped)
    if reference is not None:
        requests = requests.filter(reference=reference)
    held = list(
        requests.select_related("facility")
        .select_for_update(of=("self",), no_key=True, skip_locked=reference is None)
        .order_by("pk")
        .prefetch_related("lines__parts")
    )
    found = {}
    for request in held:
        for line in request.lines.all():
            promised = sum(
                part.units
                for part in line.parts.all()
                if part.state in GRANTED | {PartState.PROPOSED, PartState.OFFERED}
            )
            if line.units - promised >= line.box_units:
                found[line.pk] = _Open(line=line, request=request, units=line.units - promised)
    return found


def _lenders(*, at: datetime) -> dict[int, Lender]:
    today = at.astimezone(PARIS).date()
    rows = Lender.objects.filter(
        ended_at__isnull=True,
        facility__latitude__isnull=False,
        facility__longitude__isnull=False,
    ).select_related("facility")
    return {
        row.facility_id: row
        for row in rows
        if row.facility.closed_on is None or row.facility.closed_on > today
    }


def _asked_before(lines: Mapping[int, _Open]) -> set[tuple[int, int]]:
    rows = Part.objects.filter(line__in=lines, lender__isnull=False)
    return {(line, lender) for line, lender in rows.values_list("line_id", "lender_id") if lender}


def _short_of(lenders: Collection[int]) -> set[tuple[int, str]]:
    """Return which lenders ask for a family themselves: they are not asked for it."""
    rows = RequestLine.objects.filter(
        request__in=Request.objects.open().filter(facility__in=lenders)
    )
    return set(rows.values_list("request__facility_id", "family_id"))


def _by_family(lines: Mapping[int, _Open]) -> dict[str, list[Asking]]:
    """Return what is asked of each family, where the register says where from."""
    found: defaultdict[str, list[Asking]] = defaultdict(list)
    for pk, each in sorted(lines.items()):
        facility = each.request.facility
        if facility.latitude is None or facility.longitude is None:
            continue
        found[each.line.family_id].append(
            Asking(
                key=pk,
                boxes=each.units // each.line.box_units,
                rank=_RANKS[each.request.urgency],
                latitude=facility.latitude,
                longitude=facility.longitude,
            )
        )
    return found


def _lendings(
    family: str,
    lenders: Mapping[int, Lender],
    spare: Mapping[tuple[int, str], int],
    lines: Mapping[int, _Open],
) -> list[Lending]:
    box = next(each.line.box_units for each in lines.values() if each.line.family_id == family)
    return [
        Lending(
            key=pk,
            boxes=spare.get((pk, family), 0) // box,
            latitude=lender.facility.latitude or 0.0,
            longitude=lender.facility.longitude or 0.0,
            metres=lender.kilometres * 1000,
        )
        for pk, lender in sorted(lenders.items())
        if not lender.families or family in lender.families
    ]


def _write(matched: Sequence[Flow], lines: Mapping[int, _Open], *, at: datetime) -> int:
    parts = Part.objects.bulk_create(
        Part(
            line=lines[flow.asking].line,
            kind=Kind.NEIGHBOUR,
            state=PartState.PROPOSED,
            units=flow.boxes * lines[flow.asking].line.box_units,
            lender_id=flow.lending,
            metres=flow.metres,
            changed_by=_MAKER,
            changed_at=at,
        )
        for flow in matched
    )
    Clock.objects.bulk_create(
        Clock(
            request=lines[part.line_id].request,
            part=part,
            step=Step.ANSWER,
            started_at=at,
            due_at=at
            + procedure_named(lines[part.line_id].request.procedure).due(
                Step.ANSWER, Urgency(lines[part.line_id].request.urgency)
            ),
        )
        for part in parts
    )
    if parts:
        messages.send(
            key=f"resupply-proposed:{parts[0].pk}:{len(parts)}",
            title="Entraide : un établissement proche a besoin de vous",
            body="Répondez oui ou non sur le portail. Rien n’est pris sans votre accord.",
            facility_ids=sorted({part.lender_id for part in parts if part.lender_id}),
            by=_MAKER,
            at=at,
        )
    return len(parts)
