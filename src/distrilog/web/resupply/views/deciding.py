"""One request at the desk: the agency decides, the crisis centre validates, the delegation hands out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.rules import cover_tenths
from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.queries import LineSources, RequestView, Source, TaskView
from distrilog.domain.resupply.rules import GRANTED, Kind, PartState
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound, Refusal
from distrilog.web.resupply.forms.asking import days_of
from distrilog.web.resupply.forms.deciding import DecisionForm, Giver, RefusalForm, ValidationForm
from distrilog.web.resupply.forms.lending import HandedForm
from distrilog.web.resupply.telling import (
    LineSeen,
    PartSeen,
    away,
    families_by_code,
    life_of,
    lines_of,
    part_seen,
    waits_of,
    zone_of,
)
from distrilog.web.resupply.views import asking
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


REFUSED: Final = 422
CHECK, DECIDE = "verifier", "decider"
VALIDATED: Final = "Validé : la commande est créée et transmise pour préparation."
NOT_VALIDATED: Final = "Refusé : l’ARS et l’établissement lisent votre motif."
# Granted, and still the agency’s to take back: nothing has left, no order carries it.
_TAKEN_BACK: Final = frozenset({PartState.CHOSEN, PartState.TO_VALIDATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSeen:
    """A source of a line at the desk; `field` is where its boxes are typed, None where it gives nothing now."""

    source: Source
    boxes: int
    away: str
    more: str
    field: forms.BoundField | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAtDesk:
    """A line at the desk: what is left to cover, from where."""

    seen: LineSeen
    situation: str
    left: int
    boxes_left: int
    sources: Sequence[SourceSeen]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartAtDesk:
    """A part that waits for the reader, with its form. `free` is what the State’s place holds free, in units."""

    seen: PartSeen
    form: forms.Form
    boxes: int
    free: int = 0
    free_after: int = 0


@needs(Deed.RESUPPLY_READ)
def desk(request: ActorRequest, asked: str) -> HttpResponse:
    """Show a request with all that is needed to act on it; a facility’s people read its life."""
    if request.actor.facility_id is not None:
        return asking.detail(request, asked)
    return _desk(request, asked)


def _desk(
    request: ActorRequest,
    asked: str,
    *,
    decision: DecisionForm | None = None,
    validation: tuple[int, ValidationForm] | None = None,
    handed: tuple[int, HandedForm] | None = None,
) -> HttpResponse:
    actor, at = request.actor, clock.now()
    found = queries.request(reference=asked, actor=actor, at=at)
    families, zone = families_by_code(), zone_of(found.department)
    lines = lines_of(found, families)
    sources = _sources(actor, found, at=at)
    form = decision or (_decision_form(sources) if sources else None)
    waits = waits_of(found.clocks, zone)
    typed = (decision, validation and validation[1], handed and handed[1])
    refused = next((each for each in typed if each and each.errors), None)
    context = {
        "asked": found,
        "form": refused or form,
        "decision": form,
        "granted": _granted(found),
        "lines": _beside(lines) if form else lines,
        "at_desk": _lines_at_desk(lines, sources, form) if form else [],
        "waits": waits,
        "late": any(wait.late for wait in waits),
        "steps": life_of(found, families, zone, insider=True),
        "validations": _validations(actor, asked, families, validation, at=at),
        "hand_outs": _hand_outs(actor, asked, families, handed, at=at),
        "takes_back": [each for each in _parts(lines) if _may_take_back(actor, found, each)],
        **_ends(actor, found, lines),
    }
    return render(request, "resupply/desk.html", context, status=REFUSED if refused else 200)


def _sources(actor: Actor, found: RequestView, *, at: datetime) -> list[LineSources]:
    """Return who could give what is still lacking; nothing to whoever does not decide, or where all is granted."""
    if not (
        actor.may(Deed.RESUPPLY_DECIDE) and found.open and any(line.left for line in found.lines)
    ):
        return []
    return queries.sources_for(reference=found.reference, scope=actor.scope, at=at)


def _granted(found: RequestView) -> int:
    """Return what is granted already: what a decision was looked at with."""
    return sum(line.granted for line in found.lines)


def _decision_form(sources: Sequence[LineSources], data: Any = None, **more: Any) -> DecisionForm:
    """Return the form, filled from the first sources on until each line is covered."""
    givers: list[Giver] = []
    initial: dict[str, Any] = {}
    for line in sources:
        left = line.left
        for source in line.sources:
            if not source.useful:
                continue
            giver = _giver(line, source)
            givers.append(giver)
            taken = min(source.useful, left)
            initial[giver.field] = taken // line.box_units or ""
            left -= taken
    return DecisionForm(data, givers=givers, **({"initial": initial} | more))


def _giver(line: LineSources, source: Source) -> Giver:
    return Giver(
        line=line.line,
        family=line.family,
        kind=Kind(source.kind),
        name=source.name,
        units=source.useful,
        box_units=line.box_units,
        part=source.part_id,
        place=source.place,
        metres=source.metres,
    )


def _beside(lines: Sequence[LineSeen]) -> list[LineSeen]:
    """Return the lines with what is no more a source to choose from; without those that have nothing else."""
    choices = {PartState.PROPOSED, PartState.OFFERED}
    kept = [
        replace(line, parts=[each for each in line.parts if each.part.state not in choices])
        for line in lines
    ]
    return [line for line in kept if line.parts]


def _lines_at_desk(
    lines: Sequence[LineSeen], sources: Sequence[LineSources], form: DecisionForm
) -> list[LineAtDesk]:
    given = {line.line: line for line in sources}
    return [_at_desk(line, given[line.line.id], form) for line in lines if line.line.left]


def _at_desk(seen: LineSeen, given: LineSources, form: DecisionForm) -> LineAtDesk:
    return LineAtDesk(
        seen=seen,
        situation=_situation(seen),
        left=given.left,
        boxes_left=given.left // given.box_units,
        sources=[_source_seen(given, source, form) for source in given.sources],
    )


def _situation(seen: LineSeen) -> str:
    """Say what the facility had declared when it asked."""
    line = seen.line
    if line.stock is None:
        return "N’avait rien déclaré récemment."
    told = french.in_boxes(line.stock, seen.family, box_units=line.box_units)
    days = days_of(cover_tenths(stock=line.stock, need=line.need or 0))
    return f"Avait déclaré {told}{f', soit {days}' if days else ''}."


def _source_seen(line: LineSources, source: Source, form: DecisionForm) -> SourceSeen:
    name = _giver(line, source).field
    return SourceSeen(
        source=source,
        boxes=source.units // line.box_units,
        away=away(source.metres),
        more=_about(source),
        field=form[name] if name in form.fields else None,
    )


def _about(source: Source) -> str:
    if source.terms == "gift":
        return "En fait don."
    if source.terms and source.return_by:
        return f"Prête jusqu’au {french.day(source.return_by)}."
    return source.note


def _parts(lines: Sequence[LineSeen]) -> list[PartSeen]:
    return [part for line in lines for part in line.parts]


def _may_take_back(actor: Actor, found: RequestView, seen: PartSeen) -> bool:
    part = seen.part
    return (
        actor.may(Deed.RESUPPLY_DECIDE)
        and found.open
        and part.state in _TAKEN_BACK
        and not part.order
    )


def _ends(actor: Actor, found: RequestView, lines: Sequence[LineSeen]) -> dict[str, bool]:
    """Tell whether the request may be refused, or closed with what it was given."""
    states = {seen.part.state for seen in _parts(lines)}
    decides = actor.may(Deed.RESUPPLY_DECIDE) and found.open
    waiting = {PartState.TO_VALIDATE, PartState.CHOSEN, PartState.SENT}
    return {
        "may_refuse": decides and not states & GRANTED,
        "may_close": decides and PartState.RECEIVED in states and not states & waiting,
        "may_seek": decides
        and Kind.NEIGHBOUR in found.kinds
        and any(line.line.left for line in lines),
    }


def _validations(
    actor: Actor,
    asked: str,
    families: Mapping[str, Family],
    typed: tuple[int, ValidationForm] | None,
    *,
    at: datetime,
) -> list[PartAtDesk]:
    if not actor.may(Deed.RESUPPLY_VALIDATE):
        return []
    return [
        PartAtDesk(
            seen=_seen(task, families),
            form=typed[1] if typed and typed[0] == task.part.id else _validation_form(task),
            boxes=_boxes(task),
            free=task.stock,
            free_after=task.stock - task.part.units,
        )
        for task in queries.waiting_for_validation(at=at)
        if task.request == asked
    ]


def _hand_outs(
    actor: Actor,
    asked: str,
    families: Mapping[str, Family],
    typed: tuple[int, HandedForm] | None,
    *,
    at: datetime,
) -> list[PartAtDesk]:
    if not actor.may(Deed.RESUPPLY_HAND_OUT):
        return []
    return [
        PartAtDesk(
            seen=_seen(task, families),
            form=typed[1] if typed and typed[0] == task.part.id else _handed_form(task),
            boxes=_boxes(task),
        )
        for task in queries.to_hand_over(actor=actor, at=at)
        if task.request == asked
    ]


def _seen(task: TaskView, families: Mapping[str, Family]) -> PartSeen:
    return part_seen(task.part, families[task.family], box_units=task.box_units)


def _boxes(task: TaskView) -> int:
    return task.part.units // task.box_units


def _validation_form(task: TaskView, data: Any = None) -> ValidationForm:
    return ValidationForm(data, most=_boxes(task), auto_id=f"part-{task.part.id}-%s")


def _handed_form(task: TaskView, data: Any = None) -> HandedForm:
    made = HandedForm(data, most=_boxes(task), auto_id=f"part-{task.part.id}-%s")
    del made.fields["lot"]  # the store’s own books know which lots leave
    return made


@require_POST
@needs(Deed.RESUPPLY_DECIDE)
def decide(request: ActorRequest, asked: str) -> HttpResponse:
    """Check a decision, then take it; nothing typed is lost on the way back."""
    actor, at = request.actor, clock.now()
    found = queries.request(reference=asked, actor=actor, at=at)
    sources = _sources(actor, found, at=at)
    if not sources:
        notes.info(request, "Tout est déjà accordé : il n’y a plus rien à décider.")
        return redirect("resupply:desk", asked=asked)
    step = request.POST.get("etape", "")
    if step not in {CHECK, DECIDE}:
        again = _decision_form(sources, initial=request.POST.dict())
        return _desk(request, asked, decision=again)
    form = _decision_form(sources, request.POST, granted=_granted(found))
    if not form.is_valid():
        return _desk(request, asked, decision=form)
    if step == CHECK:
        return _check(request, found, sources, form)
    try:
        services.decide(
            actor=actor,
            reference=asked,
            choices=form.choices(),
            answer=form.cleaned_data["answer"],
            at=at,
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _desk(request, asked, decision=form)
    notes.success(request, "C’est décidé. L’établissement et ceux qui l’aident sont prévenus.")
    return redirect("resupply:desk", asked=asked)


def _check(
    request: ActorRequest, found: RequestView, sources: Sequence[LineSources], form: DecisionForm
) -> HttpResponse:
    """Show a decision once more: the sum by line against what is lacking, and what happens next."""
    families = families_by_code()
    given = list(form.given())
    context = {
        "asked": found,
        "lines": [_checked(line, families[line.family], given) for line in sources if line.left],
        "answer": form.cleaned_data["answer"],
        "waits_for_state": found.validated
        and any(giver.kind is Kind.STATE and units for giver, units in given),
        "kept": form.kept(),
    }
    return render(request, "resupply/check.html", context)


def _checked(
    line: LineSources, family: Family, given: Sequence[tuple[Giver, int]]
) -> dict[str, Any]:
    chosen = [(giver, units) for giver, units in given if giver.line == line.line and units]
    total = sum(units for _giver, units in chosen)
    short = line.left - total
    if short > 0:
        told = f"Il manquera {french.in_boxes(short, family, box_units=line.box_units)} : la demande reste à décider pour le reste."
    elif short < 0:
        told = (
            f"C’est {french.in_boxes(-short, family, box_units=line.box_units)} de trop : corrigez."
        )
    else:
        told = "Tout est couvert."
    return {
        "line": line,
        "family": family,
        "chosen": [(giver, units, away(giver.metres)) for giver, units in chosen],
        "total": total,
        "told": told,
        "short": short,
    }


@require_POST
@needs(Deed.RESUPPLY_DECIDE)
def seek(request: ActorRequest, asked: str) -> HttpResponse:
    """Ask more neighbours now; who was asked already is not asked twice."""
    count = services.seek(actor=request.actor, reference=asked, at=clock.now())
    if count:
        words = "voisins sollicités" if count > 1 else "voisin sollicité"
        notes.success(request, f"{count} {words} : leur réponse apparaîtra ici.")
    else:
        told = "Aucun autre voisin ne peut aider : trop loin, déjà sollicité, ou sans surplus."
        notes.info(request, told)
    return redirect("resupply:desk", asked=asked)


@require_POST
@needs(Deed.RESUPPLY_VALIDATE)
def validate(request: ActorRequest, part: int) -> HttpResponse:
    """Accept what the State is asked, all of it or fewer boxes, or refuse it with a reason."""
    at = clock.now()
    task = _task(queries.waiting_for_validation(at=at), part)
    form = _validation_form(task, request.POST)
    if form.is_valid():
        boxes = form.cleaned_data["boxes"] or 0
        try:
            services.validate(
                actor=request.actor,
                part_id=part,
                accept=form.accepts,
                units=boxes * task.box_units if form.accepts else None,
                reason=form.cleaned_data["reason"],
                at=at,
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            notes.success(request, VALIDATED if form.accepts else NOT_VALIDATED)
            return redirect("resupply:open")
    return _desk(request, task.request, validation=(part, form))


@require_POST
@needs(Deed.RESUPPLY_HAND_OUT)
def hand_out(request: ActorRequest, part: int) -> HttpResponse:
    """Say what left the department’s store."""
    at = clock.now()
    task = _task(queries.to_hand_over(actor=request.actor, at=at), part)
    form = _handed_form(task, request.POST)
    if form.is_valid():
        try:
            services.hand_over(
                actor=request.actor,
                part_id=part,
                units=form.cleaned_data["boxes"] * task.box_units,
                at=at,
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            notes.success(request, f"C’est remis. {task.facility_name} confirme ce qui arrive.")
            return redirect("resupply:desk", asked=task.request)
    return _desk(request, task.request, handed=(part, form))


def _task(tasks: Sequence[TaskView], part: int) -> TaskView:
    for task in tasks:
        if task.part.id == part:
            return task
    raise NotFound(detail="Cette part n’attend plus rien de vous : c’est peut-être déjà fait.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A page that wants a reason before it acts: its words, and what it does with the reason."""

    title: str
    lead: str
    button: str
    done: str
    act: Callable[[str], object]


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.RESUPPLY_DECIDE)
def refuse(request: ActorRequest, asked: str) -> HttpResponse:
    """Refuse a request, with a reason that the facility reads."""
    found = queries.request(reference=asked, actor=request.actor, at=clock.now())
    page = Asking(
        title=f"Refuser la demande de {found.facility_name}",
        lead="L’établissement lit votre motif tel quel. Les voisins sollicités sont prévenus que ce n’est plus nécessaire.",
        button="Refuser la demande",
        done="La demande est refusée. L’établissement lit votre motif.",
        act=lambda reason: services.refuse(
            actor=request.actor, reference=asked, reason=reason, at=clock.now()
        ),
    )
    return _with_reason(request, asked, page)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.RESUPPLY_DECIDE)
def close(request: ActorRequest, asked: str) -> HttpResponse:
    """End a request with what it was given, and tell the facility."""
    found = queries.request(reference=asked, actor=request.actor, at=clock.now())
    page = Asking(
        title=f"Solder la demande de {found.facility_name}",
        lead="Elle garde ce qu’elle a reçu ; le reste ne sera pas accordé. Dites pourquoi à l’établissement.",
        button="Solder la demande",
        done="La demande est soldée.",
        act=lambda reason: services.close_request(
            actor=request.actor, reference=asked, answer=reason, at=clock.now()
        ),
    )
    return _with_reason(request, asked, page)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.RESUPPLY_DECIDE)
def cancel(request: ActorRequest, asked: str, part: int) -> HttpResponse:
    """Take back what was granted and has not left."""
    found = queries.request(reference=asked, actor=request.actor, at=clock.now())
    lines = lines_of(found, families_by_code())
    seen = next((each for each in _parts(lines) if each.part.id == part), None)
    if seen is None:
        raise NotFound
    page = Asking(
        title=f"Reprendre {seen.told} de {seen.family.plural}",
        lead=f"{french.sentence(seen.who)} n’aura plus à les remettre, et la demande est à décider de nouveau.",
        button="Reprendre cette part",
        done="C’est repris : la demande est à décider de nouveau.",
        act=lambda reason: services.cancel_part(
            actor=request.actor, part_id=part, reason=reason, at=clock.now()
        ),
    )
    return _with_reason(request, asked, page)


def _with_reason(request: ActorRequest, asked: str, page: Asking) -> HttpResponse:
    form = RefusalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            page.act(form.cleaned_data["reason"])
        except Refusal as refusal:
            add_faults(form, refusal, names={"answer": "reason"})
        else:
            notes.success(request, page.done)
            return redirect("resupply:desk", asked=asked)
    status = REFUSED if form.is_bound and form.errors else 200
    context = {"page": page, "form": form, "reference": asked}
    return render(request, "resupply/reason.html", context, status=status)
