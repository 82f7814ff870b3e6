"""The desk of an agency: one platform, one article; new boxes beside the old, and the effect as it is typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from django.contrib import messages as notes
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Adjustment
from distrilog.domain.distribution.queries import desk as queries
from distrilog.domain.distribution.queries.desk import Choice, Desk, Effect, Line, Moved, Sort
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, Invalid, Refusal
from distrilog.kernel.scopes import ScopeKind
from distrilog.web.plans.forms import DeskFilter, ReasonForm
from distrilog.web.plans.telling import name_of, stage_of
from distrilog.web.shared import cover as words, format as french
from distrilog.web.shared.people import names_of
from distrilog.web.shared.rights import ActorRequest, needs


BOXES: Final = "boites-"
SEEN: Final = "vu-"
ADJUST: Final = "ajuster"
MOST_DIGITS: Final = 9
LONGEST_KEY: Final = 40
SORTS: Final = {
    "nom": (Sort.NAME, False),
    "couverture": (Sort.COVER, False),
    "besoin": (Sort.NEED, True),
    "dotation": (Sort.UNITS, True),
    "ajuste": (Sort.CHANGED, True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed: new boxes and the boxes then seen, by registry number, and the texts that are no numbers."""

    boxes: Mapping[str, str]
    seen: Mapping[str, int]
    faults: Sequence[Fault]
    changes: Mapping[str, int]


def _read(sent: QueryDict, *, box: int) -> Typed:
    boxes, seen, faults, changes = {}, {}, [], {}
    for name, text in sent.items():
        if not name.startswith(BOXES):
            continue
        registry = name.removeprefix(BOXES)
        before, after = (_whole(one) for one in (str(sent.get(SEEN + registry, "")), str(text)))
        boxes[registry] = str(text).strip()
        seen[registry] = before or 0
        if after is None and boxes[registry]:
            faults.append(
                Fault(
                    where=f"lines.{registry}",
                    message=f"« {boxes[registry][:20]} » n’est pas un nombre de boîtes.",
                    remedy="Écrire un nombre entier.",
                )
            )
        elif after is not None and before is not None and after != before:
            changes[registry] = (after - before) * box
    return Typed(boxes=boxes, seen=seen, faults=faults, changes=changes)


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None


@require_GET
@needs(Deed.PLAN_READ)
def desk(request: ActorRequest, number: int, territory: str) -> HttpResponse:
    """Show the lines of a platform, with fields for whoever may adjust them while it is time."""
    if request.actor.scope.kind is ScopeKind.FACILITY:
        return redirect("plans:own")
    return _page(request, number, territory, asked=request.GET)


@require_POST
@needs(Deed.PLAN_ADJUST)
def adjust(request: ActorRequest, number: int, territory: str) -> HttpResponse:
    """Show the effect of what was typed, another page of the list with it, or make the adjustment."""
    step = request.POST.get("etape", "")
    if step != ADJUST:
        return _page(request, number, territory, asked=request.POST, sent=request.POST)
    found = _desk(request, number, territory, asked=request.POST)
    typed = _read(request.POST, box=found.box)
    form = ReasonForm(request.POST)
    form.is_valid()
    try:
        if typed.faults:
            raise Invalid(*typed.faults)
        services.adjust(
            actor=request.actor,
            plan_id=number,
            territory=territory,
            family=found.family.pk,
            changes=typed.changes,
            reason=request.POST.get("motif", ""),
            key=request.POST.get("cle", "")[:LONGEST_KEY],
            at=clock.now(),
        )
    except Refusal as refusal:
        return _page(
            request, number, territory, asked=request.POST, sent=request.POST, refusal=refusal
        )
    notes.success(request, "L’ajustement est enregistré. Le total de la plateforme n’a pas changé.")
    return redirect(_address(found, asked=request.POST))


@require_POST
@needs(Deed.PLAN_ADJUST)
def effect(request: ActorRequest, number: int, territory: str) -> HttpResponse:
    """Answer what an adjustment would do, as a piece of the page; nothing is written."""
    family = request.POST.get("famille", "")
    box = _whole(request.POST.get("boite", "")) or 1
    typed = _read(request.POST, box=box)
    found = queries.effect(
        plan_id=number,
        territory=territory,
        family=family,
        changes=typed.changes,
        scope=request.actor.scope,
        at=clock.now(),
    )
    return render(request, "plans/effect.html", _effect_context(found, typed))


def _desk(request: ActorRequest, number: int, territory: str, *, asked: QueryDict) -> Desk:
    sort, descending = SORTS.get(asked.get("tri", ""), SORTS["nom"])
    page = (
        _whole(asked.get("etape", "").removeprefix("page-")) or _whole(asked.get("page", "")) or 1
    )
    return queries.desk(
        plan_id=number,
        territory=territory,
        family=asked.get("famille", ""),
        scope=request.actor.scope,
        told=request.actor.may(Deed.DECLARATION_READ),
        choice=Choice(
            search=asked.get("q", "").strip()[:80],
            group=asked.get("groupe", ""),
            sort=sort,
            descending=descending,
            page=max(1, min(page, 10_000)),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line as drawn: figures in boxes, and what stands in its field."""

    line: Line
    need: str
    computed: int
    floor: int
    boxes: int
    seen: int
    value: str
    asked: int | None
    days: str
    fault: str


def _page(
    request: ActorRequest,
    number: int,
    territory: str,
    *,
    asked: QueryDict,
    sent: QueryDict | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    at = clock.now()
    found = _desk(request, number, territory, asked=asked)
    adjusts = request.actor.may(Deed.PLAN_ADJUST) and queries.open_for_changes(found.plan, at=at)
    typed = _read(sent, box=found.box) if sent is not None else _read(QueryDict(), box=found.box)
    effect = None
    if typed.changes or typed.faults:
        effect = queries.effect(
            plan_id=number,
            territory=territory,
            family=found.family.pk,
            changes=typed.changes,
            scope=request.actor.scope,
            at=at,
        )
    reason = ReasonForm(sent if refusal else None, initial={"motif": asked.get("motif", "")})
    faults = [*typed.faults, *(effect.faults if effect else [])]
    shown = {line.registry for line in found.lines}
    last = max(1, -(-found.matching // found.choice.per_page))
    context = {
        "desk": found,
        "name": name_of(found.plan),
        "stage": stage_of(found.plan, actor=request.actor, at=at),
        "adjusts": adjusts,
        "rows": [_row(line, found, typed, faults) for line in found.lines],
        "carried": [
            (registry, value, typed.seen[registry])
            for registry, value in typed.boxes.items()
            if registry not in shown and registry in typed.changes
        ],
        "filter": DeskFilter(
            initial={name: asked.get(name, "") for name in ("q", "groupe", "tri")}
        ),
        "filtered": bool(asked.get("q") or asked.get("groupe")),
        "kept": {name: asked.get(name, "") for name in ("q", "groupe", "tri")},
        "reason": reason,
        "key": asked.get("cle", "")[:LONGEST_KEY] or uuid4().hex,
        "refusal": refusal,
        "history": _history(found),
        "number": found.choice.page,
        "last": last,
        "tabs": [
            (family, _address(found, asked=QueryDict(), famille=family.pk))
            for family in found.families
        ],
        "pages": _pages(found, asked, last),
        **_effect_context(effect, typed),
    }
    status = 422 if refusal or typed.faults else 200
    return render(request, "plans/desk.html", context, status=status)


def _row(line: Line, found: Desk, typed: Typed, faults: Sequence[Fault]) -> Row:
    box = found.box
    boxes = line.units // box
    where = f"lines.{line.registry}"
    return Row(
        line=line,
        need=_in_boxes(line.need, box),
        computed=line.computed // box,
        floor=-(-line.floor // box),
        boxes=boxes,
        seen=typed.seen.get(line.registry, boxes),
        value=typed.boxes.get(line.registry, str(boxes)),
        asked=None if line.asked is None else line.asked // box,
        days=words.days(line.cover),
        fault=" ".join(
            f"{fault.message} {fault.remedy}".strip() for fault in faults if fault.where == where
        ),
    )


def _in_boxes(units: int, box: int) -> str:
    """Write units in boxes, to the tenth where they fill none of them up: « 0,4 »."""
    tenths = units * 10 // box
    return french.number(tenths // 10) if tenths % 10 == 0 else french.number(tenths / 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedSeen:
    """A change as drawn, in boxes and days."""

    moved: Moved
    before: int
    after: int
    change: str
    days_before: str
    days_after: str


def _effect_context(effect: Effect | None, typed: Typed) -> dict[str, Any]:
    if effect is None:
        return {"effect": None}
    box = effect.box
    return {
        "effect": effect,
        "moved": [_moved(each, box) for each in effect.moved],
        "over": effect.over // box,
        "under": -effect.over // box,
        "faults": [*typed.faults, *(one for one in effect.faults if one.where != "total")]
        if typed.changes
        else list(typed.faults),
        "balanced": not effect.over,
        "ready": effect.may_be_made and not typed.faults,
    }


def _moved(moved: Moved, box: int) -> MovedSeen:
    boxes = moved.change // box
    return MovedSeen(
        moved=moved,
        before=moved.line.units // box,
        after=moved.after // box,
        change=f"+{french.number(boxes)}" if boxes > 0 else french.number(boxes),
        days_before=words.days(moved.cover_before),
        days_after=words.days(moved.cover_after),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An adjustment as its history tells it."""

    adjustment: Adjustment
    who: str
    changes: Sequence[tuple[str, str, str]]


def _history(found: Desk) -> list[Past]:
    names = names_of(each.by for each in found.adjustments)
    return [
        Past(
            adjustment=each,
            who=names[each.by],
            changes=[
                (
                    registry,
                    found.names.get(registry, registry),
                    f"{'+' if units > 0 else ''}{french.plural(units // found.box, 'boîte')}",
                )
                for registry, units in each.changes.items()
            ],
        )
        for each in found.adjustments
    ]


def _address(found: Desk, *, asked: QueryDict, **more: object) -> str:
    kept = {"famille": found.family.pk} | {
        name: asked.get(name, "") for name in ("q", "groupe", "tri")
    }
    query = urlencode({name: str(value) for name, value in (kept | more).items() if value})
    return f"{reverse('plans:desk', args=[found.plan.pk, found.territory.pk])}?{query}"


def _pages(found: Desk, asked: QueryDict, last: int) -> dict[str, str]:
    page = found.choice.page
    return {
        "previous": _address(found, asked=asked, page=page - 1) if page > 1 else "",
        "next": _address(found, asked=asked, page=page + 1) if page < last else "",
    }
