"""The requests of an agency, a delegation or the country: what is to be done first, then all, late ones first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Department
from distrilog.domain.resupply import queries
from distrilog.domain.resupply.queries import Narrowing, RequestPage, RequestRow, TaskView
from distrilog.kernel import clock
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.weeks import PARIS
from distrilog.web.resupply.files import requests_csv, requests_workbook
from distrilog.web.resupply.forms.deciding import SETTLED, RequestsFilter
from distrilog.web.resupply.telling import (
    Wait,
    away,
    before,
    families_by_code,
    holds,
    wait_of_row,
    zones,
)
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.shared.spreadsheets import CSV, XLSX, attachment


PER_PAGE: Final = 50
PER_READ: Final = 500
MOST_PAGES: Final = 100_000
MOST_TASKS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the address asks for."""

    form: RequestsFilter
    narrowed: Narrowing
    urgency: str
    page: int

    @property
    def filtered(self) -> bool:
        """Tell whether something is left out, the choice between open and ended apart."""
        chosen = self.narrowed
        return bool(
            self.urgency or chosen.family or chosen.department or chosen.step or chosen.search
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A request in the list."""

    request: RequestRow
    holds: str
    waits: Sequence[Wait]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A part that waits for the reader."""

    task: TaskView
    family: Family
    told: str
    away: str
    when: str
    late: bool


@require_GET
@needs(Deed.RESUPPLY_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """List the requests of the scope; a facility’s people have their own page."""
    actor, at = request.actor, clock.now()
    if actor.facility_id is not None:
        return redirect("resupply:requests")
    families = families_by_code()
    look = _look(request, families)
    page = _read(actor, look, at=at, page=look.page, limit=PER_PAGE)
    counts = queries.request_counts(scope=actor.scope, at=at)
    local = zones()
    context = {
        "form": look.form,
        "settled": look.narrowed.ended,
        "filtered": look.filtered,
        "counts": counts,
        "rows": [_row(row, families, local) for row in page.rows],
        "matching": page.count,
        "hidden": _whole(actor, look, counts.open, at=at) - page.count,
        "validates": actor.may(Deed.RESUPPLY_VALIDATE),
        "to_validate": _to_validate(actor, families, at=at),
        "to_hand": _to_hand(actor, families, local, at=at),
        "exports": [(kind, _address(request, kind=kind)) for kind in ("xlsx", "csv")],
        "earlier": _address(request, page=page.page - 1) if page.page > 1 else "",
        "later": _address(request, page=page.page + 1) if page.page < page.pages else "",
        "page": page,
    }
    return render(request, "resupply/open.html", context)


def _look(request: ActorRequest, families: Mapping[str, Family]) -> Look:
    """Read the address; what means nothing is passed over."""
    form = RequestsFilter(
        request.GET or None,
        families=[(code, french.sentence(each.plural)) for code, each in families.items()],
        departments=_departments(request.actor),
    )
    form.is_valid()
    wanted = form.cleaned_data if form.is_bound else {}
    return Look(
        form=form,
        narrowed=Narrowing(
            ended=wanted.get("etat", "") == SETTLED,
            family=wanted.get("famille", ""),
            department=wanted.get("departement", ""),
            step=wanted.get("etape", ""),
            search=wanted.get("q", ""),
        ),
        urgency=wanted.get("urgence", ""),
        page=_page(request.GET.get("page", "")),
    )


def _page(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        return 1
    return min(max(int(text[:9]), 1), MOST_PAGES)


def _departments(actor: Actor) -> list[tuple[str, str]]:
    """Return the departments a reader may choose from: those of its region; none in a country or a department."""
    if actor.scope.kind is not ScopeKind.REGION:
        return []
    rows = Department.objects.filter(region=actor.scope.code).order_by("code")
    return [(code, f"{name} ({code})") for code, name in rows.values_list("code", "name")]


def _read(actor: Actor, look: Look, *, at: datetime, page: int, limit: int) -> RequestPage:
    return queries.requests(
        scope=actor.scope,
        at=at,
        urgency=look.urgency,
        narrowed=look.narrowed,
        page=page,
        limit=limit,
    )


def _whole(actor: Actor, look: Look, running: int, *, at: datetime) -> int:
    """Return how many there are without the filters, of those open or of those ended."""
    if not look.narrowed.ended:
        return running
    ended = queries.requests(scope=actor.scope, at=at, narrowed=Narrowing(ended=True), limit=1)
    return ended.count


def _row(row: RequestRow, families: Mapping[str, Family], local: Mapping[str, ZoneInfo]) -> Row:
    zone = local.get(row.department, PARIS)
    return Row(request=row, holds=holds(row, families), waits=wait_of_row(row, zone))


def _to_validate(actor: Actor, families: Mapping[str, Family], *, at: datetime) -> list[Task]:
    if not actor.may(Deed.RESUPPLY_VALIDATE):
        return []
    found = queries.waiting_for_validation(at=at)
    return [_task(each, families, PARIS) for each in found[:MOST_TASKS]]


def _to_hand(
    actor: Actor, families: Mapping[str, Family], local: Mapping[str, ZoneInfo], *, at: datetime
) -> list[Task]:
    if not actor.may(Deed.RESUPPLY_HAND_OUT):
        return []
    zone = local.get(actor.scope.code, PARIS) if actor.scope.kind is ScopeKind.DEPARTMENT else PARIS
    found = queries.to_hand_over(actor=actor, at=at)
    return [_task(each, families, zone) for each in found[:MOST_TASKS]]


def _task(task: TaskView, families: Mapping[str, Family], zone: ZoneInfo) -> Task:
    family = families[task.family]
    return Task(
        task=task,
        family=family,
        told=french.in_boxes(task.part.units, family, box_units=task.box_units),
        away=away(task.part.metres),
        when=before(task.clock.due_at, zone) if task.clock else "",
        late=task.clock is not None and task.clock.late,
    )


def _address(request: ActorRequest, *, kind: str = "", page: int = 1) -> str:
    """Return the address of another page of the list, or of its file, the filters kept."""
    kept = {name: value for name, value in request.GET.items() if value and name != "page"}
    if page > 1:
        kept["page"] = str(page)
    path = reverse("resupply:export", args=[kind]) if kind else reverse("resupply:open")
    end = "" if kind else "#liste"
    return f"{path}?{urlencode(kept)}{end}" if kept else f"{path}{end}"


@require_GET
@needs(Deed.RESUPPLY_READ)
def export(request: ActorRequest, name: str) -> HttpResponse:
    """Give the rows of the list, all pages, under its filters and in its order: `xlsx` or `csv`."""
    if name not in {"csv", "xlsx"}:
        raise Http404
    actor, at = request.actor, clock.now()
    families = families_by_code()
    look = _look(request, families)
    rows = list(_all(actor, look, at=at))
    file_name = f"distrilog-depannages-{at.astimezone(PARIS):%Y-%m-%d}.{name}"
    if name == "xlsx":
        return attachment(
            content=requests_workbook(rows=rows, families=families, at=at),
            name=file_name,
            kind=XLSX,
        )
    return attachment(content=requests_csv(rows=rows, families=families), name=file_name, kind=CSV)


def _all(actor: Actor, look: Look, *, at: datetime) -> Iterator[RequestRow]:
    """Yield every row, a page of many at a time."""
    number, pages = 1, 1
    while number <= pages:
        page = _read(actor, look, at=at, page=number, limit=PER_READ)
        yield from page.rows
        number, pages = number + 1, page.pages
