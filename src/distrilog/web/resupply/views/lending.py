"""A facility that lends: what it agreed to, what it is asked, what it handed over and gets back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations import queries as declarations
from distrilog.domain.declarations.queries import CoverView
from distrilog.domain.declarations.rules import DAYS_A_WEEK, SAFETY_WEEKS, cover_tenths
from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.queries import LoanView, TaskView
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound, Refusal
from distrilog.web.resupply.forms.asking import days_of
from distrilog.web.resupply.forms.lending import AnswerForm, LenderForm
from distrilog.web.resupply.papers import LoanSeen, seen
from distrilog.web.resupply.telling import away, before, families_by_code, own_zone
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


REFUSED: Final = 422
SAFETY_DAYS: Final = SAFETY_WEEKS * DAYS_A_WEEK


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a neighbour asks of this facility, or is promised, as pages show it."""

    task: TaskView
    family: Family
    told: str
    away: str
    when: str
    late: bool

    @property
    def boxes(self) -> int:
        """Boxes asked for."""
        return self.task.part.units // self.task.box_units


def _tasks(found: Sequence[TaskView], families: Mapping[str, Family], zone: ZoneInfo) -> list[Task]:
    return [_task(each, families[each.family], zone) for each in found]


def _task(task: TaskView, family: Family, zone: ZoneInfo) -> Task:
    return Task(
        task=task,
        family=family,
        told=french.in_boxes(task.part.units, family, box_units=task.box_units),
        away=away(task.part.metres),
        when=before(task.clock.due_at, zone) if task.clock else "",
        late=task.clock is not None and task.clock.late,
    )


@needs(Deed.AID_LEND)
def aid(request: ActorRequest) -> HttpResponse:
    """Show what neighbours ask of the facility, what it promised, lent and borrowed, and what it agreed to."""
    actor, at = request.actor, clock.now()
    families, zone = families_by_code(), own_zone(actor)
    agreed, own = queries.agreement(actor=actor, at=at), actor.order_scope
    context = {
        "proposals": _tasks(queries.to_answer(actor=actor, at=at), families, zone),
        "promised": _tasks(queries.promised(actor=actor, at=at), families, zone),
        "to_hand": _tasks(queries.to_hand_over(actor=actor, at=at), families, zone),
        "given": _seen(queries.loans(scope=own, lent_by=actor.registry), families, at=at),
        "taken": _seen(queries.loans(scope=own, borrowed_by=actor.registry), families, at=at),
        "agreed": agreed,
        "lends": _lends(agreed.families, families),
        "safety_days": SAFETY_DAYS,
    }
    return render(request, "resupply/aid.html", context)


def _seen(
    found: Sequence[LoanView], families: Mapping[str, Family], *, at: datetime
) -> list[LoanSeen]:
    return [seen(loan, families[loan.family], at=at) for loan in found]


def _lends(codes: Sequence[str], families: Mapping[str, Family]) -> str:
    named = [families[code].plural for code in families if code in codes]
    return french.sentence(", ".join(named)) if named else "Tous"


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.AID_LEND)
def answer(request: ActorRequest, part: int) -> HttpResponse:
    """Answer a neighbour: all, fewer, or no; what was promised may be changed until it has left."""
    actor, at = request.actor, clock.now()
    task = _asked(actor, part, at=at)
    families = families_by_code()
    shown = _task(task, families[task.family], own_zone(actor))
    today = at.astimezone(own_zone(actor)).date()
    form = AnswerForm(request.POST or None, most=shown.boxes, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer(
                actor=actor,
                part_id=part,
                units=form.boxes * task.box_units,
                reason=form.cleaned_data["reason"],
                terms=form.chosen_terms,
                return_by=form.chosen_day,
                at=at,
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            notes.success(request, _thanks(shown, yes=form.yes))
            return redirect("resupply:aid")
    context = {"row": shown, "form": form, "left": _left(actor, task, at=at)}
    status = REFUSED if form.is_bound and form.errors else 200
    return render(
        request, "resupply/answer.html", context | {"safety_days": SAFETY_DAYS}, status=status
    )


def _asked(actor: Actor, part: int, *, at: datetime) -> TaskView:
    """Return what one is asked, or has promised; NotFound for anything else."""
    tasks = [*queries.to_answer(actor=actor, at=at), *queries.promised(actor=actor, at=at)]
    for task in [*tasks, *queries.to_hand_over(actor=actor, at=at)]:
        if task.part.id == part:
            return task
    raise NotFound(detail="Cette proposition n’attend plus de réponse.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What would remain of a family to who lends: units and days, before and after. Days are empty without a need."""

    stock: int
    after: int
    days: str
    days_after: str
    floor: int
    week: str


def _left(actor: Actor, task: TaskView, *, at: datetime) -> Left | None:
    """Return what would remain if all were handed over; None where nothing fresh was declared."""
    found = _cover(actor, task.family, at=at)
    if found is None or found.stock is None:
        return None
    after = found.stock - task.part.units
    return Left(
        stock=found.stock,
        after=after,
        days=days_of(found.cover_tenths),
        days_after=days_of(cover_tenths(stock=max(0, after), need=found.need)),
        floor=found.safety,
        week=str(found.week),
    )


def _cover(actor: Actor, family: str, *, at: datetime) -> CoverView | None:
    rows = declarations.cover_of(registry=actor.registry, scope=actor.scope, at=at)
    return next((each for each in rows if each.family == family), None)


def _thanks(row: Task, *, yes: bool) -> str:
    if yes:
        return f"Merci. {row.task.facility_name} et l’ARS voient votre offre ; l’ARS vous dit si elle la retient."
    return "C’est noté. L’ARS cherche ailleurs."


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.AID_LEND)
def lend(request: ActorRequest) -> HttpResponse:
    """Agree to be asked by neighbours, or change what was agreed."""
    agreed = queries.agreement(actor=request.actor, at=clock.now())
    form = LenderForm(request.POST or None, families=families_by_code(), agreed=agreed)
    if request.method == "POST" and form.is_valid():
        try:
            services.agree_to_lend(
                actor=request.actor,
                families=form.cleaned_data["families"],
                kilometres=form.cleaned_data["kilometres"],
                contact=form.cleaned_data["contact"],
                at=clock.now(),
            )
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            told = "C’est noté : vos voisins peuvent vous solliciter. Rien ne part sans votre oui."
            notes.success(request, told)
            return redirect("resupply:aid")
    context = {"form": form, "agreed": agreed, "safety_days": SAFETY_DAYS}
    status = REFUSED if form.is_bound and form.errors else 200
    return render(request, "resupply/lender.html", context, status=status)


@require_POST
@needs(Deed.AID_LEND)
def stop(request: ActorRequest) -> HttpResponse:
    """Be asked no more; what was promised stays promised."""
    services.stop_lending(actor=request.actor, at=clock.now())
    notes.success(
        request, "Vos voisins ne vous solliciteront plus. Ce que vous avez promis reste promis."
    )
    return redirect("resupply:aid")
