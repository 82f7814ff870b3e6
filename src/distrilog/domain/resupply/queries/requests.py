"""Requests as those concerned see them: who asks never sees a neighbour’s stock, nor who was asked and said nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Exists, F, Min, OuterRef, Prefetch, Q, QuerySet

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.facilities.models import Facility
from distrilog.domain.resupply.models import (
    Clock,
    Lender,
    Loan,
    Part,
    Request,
    RequestLine,
    RequestQuerySet,
)
from distrilog.domain.resupply.rules import (
    GRANTED,
    KIND_NAMES,
    PART_NAMES,
    STEP_NAMES,
    URGENCY_NAMES,
    Kind,
    PartState,
    Step,
    Urgency,
    procedure_named,
)
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind


PAGE_SIZE: Final = 50
LARGEST_PAGE: Final = 500
# What the facility that asks sees of its neighbours: those who said yes, and what became of it.
_SEEN_BY_ASKER: Final = frozenset(PartState) - {
    PartState.PROPOSED,
    PartState.DECLINED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """A step that somebody has, or had, to take; `part` where it is of one."""

    step: str
    name: str
    started_at: datetime
    due_at: datetime
    done_at: datetime | None
    escalated_at: datetime | None
    late: bool
    part: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """
    What one source gives to a line. Units.

    `giver` is who, in French; `lender` its registry number, `contact` what it left for those it helps; `place` the
    code of a department’s store; `order` and `loan` are references. `clock` is the running one.
    """

    id: int
    kind: str
    kind_name: str
    state: str
    state_name: str
    units: int
    giver: str
    lender: str = ""
    contact: str = ""
    place: str = ""
    order: str = ""
    metres: int | None = None
    reason: str = ""
    loan: str = ""
    terms: str = ""
    return_by: date | None = None
    handed: int = 0
    received: int = 0
    changed_at: datetime
    clock: ClockView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One family of a request. Units; `left` is what nobody has granted yet. `stock` and `need` as of the request."""

    id: int
    family: str
    family_name: str
    box_units: int
    units: int
    granted: int
    received: int
    stock: int | None
    need: int | None
    parts: Sequence[PartView]

    @property
    def left(self) -> int:
        """Units that nobody has granted yet."""
        return max(0, self.units - self.granted)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request with its lines, their parts and its clocks; `procedure_source` cites the text in force that day."""

    reference: str
    facility: str
    facility_name: str
    commune: str
    department: str
    region: str
    state: str
    state_name: str
    urgency: str
    urgency_name: str
    words: str
    contact: str
    answer: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    closed_at: datetime | None
    procedure: str
    procedure_source: str
    kinds: Sequence[str]
    validated: bool
    lines: Sequence[LineView]
    clocks: Sequence[ClockView]

    @property
    def open(self) -> bool:
        """Tell whether somebody still has to do something about it."""
        return self.state in {Request.State.ASKED, Request.State.UNDER_WAY}

    @property
    def late(self) -> bool:
        """Tell whether a step of it is late."""
        return any(clock.late for clock in self.clocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """
    A request in a list. `next_step` is the first clock that runs; units by family, and what is granted of them.

    `escalated`: the next level was told of a step that is late still.
    """

    reference: str
    facility: str
    facility_name: str
    commune: str
    department: str
    state: str
    state_name: str
    urgency: str
    urgency_name: str
    asked_at: datetime
    lines: Sequence[tuple[str, int, int]]
    offers: int
    next_step: str
    due_at: datetime | None
    late: bool
    escalated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPage:
    """Some requests of a list; `pages` counts them all."""

    rows: Sequence[RequestRow]
    page: int
    pages: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """
    Which requests of a list to keep: those that `ended`, of a family, a department, with a step that runs.

    `search` is part of a name or a commune, or the beginning of a number.
    """

    ended: bool = False
    family: str = ""
    department: str = ""
    step: str = ""
    search: str = ""


_WIDE: Final = Narrowing()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCounts:
    """How many requests are open, wait for a decision, and have a step that is late."""

    open: int
    to_decide: int
    late: int


def request(*, reference: str, actor: Actor, at: datetime) -> RequestView:
    """Return one request as the actor may see it, or `NotFound`. Six queries."""
    found = _for_view(Request.objects.within(actor.scope)).filter(reference=reference).first()
    if found is None:
        raise NotFound(
            Fault(
                where="reference",
                message=f"Aucune demande de dépannage « {reference[:40]} » dans votre périmètre.",
                remedy="Vérifiez la référence.",
            )
        )
    return _view(found, insider=is_insider(actor), at=at)


def is_insider(actor: Actor) -> bool:
    """
    Tell whether somebody sees who was asked and what neighbours have.

    To see it, one must watch over a region, a department or the country: who asks sees only who offered.
    """
    return actor.may(Deed.RESUPPLY_READ) and actor.scope.kind in {
        ScopeKind.COUNTRY,
        ScopeKind.REGION,
        ScopeKind.DEPARTMENT,
    }


def _for_view(rows: QuerySet[Request]) -> QuerySet[Request]:
    parts = Part.objects.select_related("lender__lender", "place", "order", "loan").order_by("pk")
    lines = (
        RequestLine.objects.select_related("family")
        .order_by("family__position", "pk")
        .prefetch_related(Prefetch("parts", parts))
    )
    return rows.select_related("facility__department").prefetch_related(
        Prefetch("lines", lines),
        Prefetch("clocks", Clock.objects.order_by("started_at", "pk")),
    )


def _view(found: Request, *, insider: bool, at: datetime) -> RequestView:
    rules = procedure_named(found.procedure)
    facility = found.facility
    hidden = {
        part.pk
        for line in found.lines.all()
        for part in line.parts.all()
        if not insider and part.state not in _SEEN_BY_ASKER
    }
    clocks = [clock_view(each, at=at) for each in found.clocks.all() if each.part_id not in hidden]
    running = {each.part: each for each in clocks if each.done_at is None and each.part}
    return RequestView(
        reference=found.reference,
        facility=facility.registry,
        facility_name=facility.name,
        commune=facility.commune,
        department=facility.department_id,
        region=facility.department.region_id,
        state=found.state,
        state_name=found.get_state_display(),
        urgency=found.urgency,
        urgency_name=URGENCY_NAMES[Urgency(found.urgency)],
        words=found.words,
        contact=found.contact,
        answer=found.answer,
        asked_by=found.asked_by,
        asked_at=found.asked_at,
        decided_by=found.decided_by,
        decided_at=found.decided_at,
        closed_at=found.closed_at,
        procedure=found.procedure,
        procedure_source=rules.source,
        kinds=[kind.value for kind in rules.kinds],
        validated=rules.validated,
        lines=[
            _line(line, [part for part in line.parts.all() if part.pk not in hidden], running)
            for line in found.lines.all()
        ],
        clocks=clocks,
    )


def _line(line: RequestLine, parts: Sequence[Part], running: dict[int, ClockView]) -> LineView:
    return LineView(
        id=line.pk,
        family=line.family_id,
        family_name=line.family.name,
        box_units=line.box_units,
        units=line.units,
        granted=sum(part.units for part in parts if part.state in GRANTED),
        received=sum(part.units for part in parts if part.state == PartState.RECEIVED),
        stock=line.stock,
        need=line.need,
        parts=[part_view(part, clock=running.get(part.pk)) for part in parts],
    )


def part_view(part: Part, *, clock: ClockView | None = None) -> PartView:
    """Return the view of a part whose lender, place, order and loan are at hand."""
    loan: Loan | None = getattr(part, "loan", None)
    agreed: Lender | None = getattr(part.lender, "lender", None)
    return PartView(
        id=part.pk,
        kind=part.kind,
        kind_name=KIND_NAMES[Kind(part.kind)],
        state=part.state,
        state_name=PART_NAMES[PartState(part.state)],
        units=part.units,
        giver=_giver(part),
        lender=part.lender.registry if part.lender else "",
        contact=agreed.contact if agreed else "",
        place=part.place_id or "",
        order=part.order.reference if part.order else "",
        metres=part.metres,
        reason=part.reason,
        loan=loan.reference if loan else "",
        terms=loan.terms if loan else "",
        return_by=loan.return_by if loan else None,
        handed=loan.handed if loan else 0,
        received=loan.received if loan else 0,
        changed_at=part.changed_at,
        clock=clock,
    )


def _giver(part: Part) -> str:
    if part.lender is not None:
        return part.lender.main_address_label
    return part.place.name if part.place is not None else KIND_NAMES[Kind(part.kind)]


def clock_view(clock: Clock, *, at: datetime) -> ClockView:
    """Return the view of a clock at a moment."""
    return ClockView(
        step=clock.step,
        name=STEP_NAMES[Step(clock.step)],
        started_at=clock.started_at,
        due_at=clock.due_at,
        done_at=clock.done_at,
        escalated_at=clock.escalated_at,
        late=(clock.done_at or at) > clock.due_at and clock.done_at is None,
        part=clock.part_id,
    )


def requests(
    *,
    scope: Scope,
    at: datetime,
    open_only: bool = True,
    late_only: bool = False,
    urgency: str = "",
    facility: str = "",
    narrowed: Narrowing = _WIDE,
    page: int = 1,
    limit: int = PAGE_SIZE,
) -> RequestPage:
    """
    Return a page of the requests of a scope: open ones by what is due first, the others newest first.

    `facility` is a registry number. A fixed number of queries.
    """
    open_only = open_only and not narrowed.ended
    running = Clock.objects.filter(request=OuterRef("pk"), done_at__isnull=True)
    rows = Request.objects.within(scope).annotate(
        due=Min("clocks__due_at", filter=Q(clocks__done_at__isnull=True)),
    )
    if late_only:
        rows = rows.filter(Exists(running.filter(due_at__lt=at)))
    if open_only:
        rows = rows.open()
    exact = {
        "urgency": urgency,
        "facility__registry": facility,
        "facility__department": narrowed.department,
    }
    rows = _narrow(rows.filter(**{name: value for name, value in exact.items() if value}), narrowed)
    limit = max(1, min(limit, LARGEST_PAGE))
    count = rows.count()
    pages = max(1, -(-count // limit))
    page = max(1, min(page, pages))
    order = [F("due").asc(nulls_last=True), "pk"] if open_only else ["-asked_at", "-pk"]
    found = _for_view(rows).order_by(*order)[(page - 1) * limit : page * limit]
    return RequestPage(
        rows=[_row(each, at=at) for each in found], page=page, pages=pages, count=count
    )


def _narrow(rows: RequestQuerySet, narrowed: Narrowing) -> RequestQuerySet:
    if narrowed.ended:
        rows = rows.exclude(state__in=[Request.State.ASKED, Request.State.UNDER_WAY])
    if narrowed.family:
        lines = RequestLine.objects.filter(request=OuterRef("pk"), family=narrowed.family)
        rows = rows.filter(Exists(lines))
    if narrowed.step:
        running = Clock.objects.filter(request=OuterRef("pk"), done_at__isnull=True)
        rows = rows.filter(Exists(running.filter(step=narrowed.step)))
    if words := narrowed.search.replace("\0", "").strip():
        rows = rows.filter(
            Q(facility__name__icontains=words)
            | Q(facility__commune__icontains=words)
            | Q(facility__registry__istartswith=words)
            | Q(reference__istartswith=words)
        )
    return rows


def _row(found: Request, *, at: datetime) -> RequestRow:
    running = sorted(
        (each for each in found.clocks.all() if each.done_at is None),
        key=lambda each: (each.due_at, each.pk),
    )
    first = running[0] if running else None
    lines = [_line(line, list(line.parts.all()), {}) for line in found.lines.all()]
    offered = {PartState.OFFERED}
    return RequestRow(
        reference=found.reference,
        facility=found.facility.registry,
        facility_name=found.facility.name,
        commune=found.facility.commune,
        department=found.facility.department_id,
        state=found.state,
        state_name=found.get_state_display(),
        urgency=found.urgency,
        urgency_name=URGENCY_NAMES[Urgency(found.urgency)],
        asked_at=found.asked_at,
        lines=[(line.family, line.units, line.granted) for line in lines],
        offers=sum(1 for line in lines for part in line.parts if part.state in offered),
        next_step=STEP_NAMES[Step(first.step)] if first else "",
        due_at=first.due_at if first else None,
        late=first is not None and first.due_at < at,
        escalated=any(each.escalated_at for each in running),
    )


def request_counts(*, scope: Scope, at: datetime) -> RequestCounts:
    """Return how many requests of a scope are open, to decide, late. Three queries."""
    rows = Request.objects.within(scope).open()
    running = Clock.objects.filter(request=OuterRef("pk"), done_at__isnull=True)
    return RequestCounts(
        open=rows.count(),
        to_decide=rows.filter(Exists(running.filter(step=Step.DECIDE.value))).count(),
        late=rows.filter(Exists(running.filter(due_at__lt=at))).count(),
    )


def department_scope(scope: Scope) -> Q:
    """Return which parts are of department stores in a scope; for a facility, none."""
    match scope.kind:
        case ScopeKind.COUNTRY:
            return Q(place__isnull=False)
        case ScopeKind.REGION:
            return Q(place__department__region_id=scope.code)
        case ScopeKind.DEPARTMENT:
            return Q(place__department_id=scope.code)
        case _:
            return Q(pk__in=[])


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """
    A part that waits for somebody, with what they need to know of who asks. `spare`: what one could lend, of one’s own.

    `stock` is free at the State’s place, for whoever validates; -1 where it is not told.
    """

    part: PartView
    request: str
    facility: str
    facility_name: str
    commune: str
    contact: str
    family: str
    family_name: str
    box_units: int
    units_asked: int
    urgency: str
    urgency_name: str
    words: str
    answer: str
    asked_at: datetime
    clock: ClockView | None
    spare: int = 0
    stock: int = -1


def part_rows(rows: QuerySet[Part]) -> list[tuple[Part, Clock | None]]:
    """Read parts with all that tasks show, soonest due first; each with its running clock. Two queries."""
    found = list(
        rows.select_related(
            "line__request__facility", "line__family", "lender__lender", "place", "order", "loan"
        ).order_by("pk")
    )
    running = {
        clock.part_id: clock for clock in Clock.objects.filter(part__in=found, done_at__isnull=True)
    }
    pairs = [(part, running.get(part.pk)) for part in found]
    pairs.sort(key=lambda pair: (pair[1] is None, pair[1].due_at if pair[1] else None, pair[0].pk))
    return pairs


def task_view(
    part: Part, clock: Clock | None, *, at: datetime, spare: int = 0, stock: int = -1
) -> TaskView:
    """Return a part as a task."""
    line = part.line
    asked: Request = line.request
    facility: Facility = asked.facility
    seen = clock_view(clock, at=at) if clock else None
    return TaskView(
        part=part_view(part, clock=seen),
        request=asked.reference,
        facility=facility.registry,
        facility_name=facility.name,
        commune=facility.commune,
        contact=asked.contact,
        family=line.family_id,
        family_name=line.family.name,
        box_units=line.box_units,
        units_asked=line.units,
        urgency=asked.urgency,
        urgency_name=URGENCY_NAMES[Urgency(asked.urgency)],
        words=asked.words,
        answer=asked.answer,
        asked_at=asked.asked_at,
        clock=seen,
        spare=spare,
        stock=stock,
    )
