"""The plans: those that wait for somebody first; and one of them, for the cell, an agency or a platform."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.distribution.models import Plan
from distrilog.domain.distribution.queries import plans, requests
from distrilog.domain.distribution.queries.plans import Figures, PlanView, PlatformRow
from distrilog.domain.facilities.models import Category, Region
from distrilog.kernel import clock
from distrilog.kernel.scopes import ScopeKind
from distrilog.web.plans.forms import AbandonForm
from distrilog.web.plans.telling import name_of, row_of, stage_of, steps_of, tag_of
from distrilog.web.shared import format as french
from distrilog.web.shared.people import names_of
from distrilog.web.shared.rights import ActorRequest, needs


_WAITING = (Plan.State.DRAFT, Plan.State.SHARED, Plan.State.FROZEN)


@require_GET
@needs(Deed.PLAN_READ)
def listed(request: ActorRequest) -> HttpResponse:
    """List the plans, those that wait first; a facility that is no platform reads what it gets."""
    actor, at = request.actor, clock.now()
    if actor.scope.kind is ScopeKind.FACILITY:
        return redirect("plans:own")
    families = plans.families()
    rows = [
        row_of(row, families=families, actor=actor, at=at) for row in plans.plans(scope=actor.scope)
    ]
    wanted = None
    if actor.may(Deed.PLAN_ADJUST):
        week = requests.following_plan_week(at=at)
        wanted = requests.requests(scope=actor.scope, week=week, at=at)
    context = {
        "waiting": [row for row in rows if row.plan.state in _WAITING],
        "past": [row for row in rows if row.plan.state not in _WAITING],
        "wanted": wanted,
        "territory": _own_territory(request),
        "may_prepare": actor.may(Deed.PLAN_PREPARE),
    }
    return render(request, "plans/list.html", context)


def _own_territory(request: ActorRequest) -> str:
    scope = request.actor.scope
    return scope.code if scope.kind is ScopeKind.TERRITORY else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One family of a platform in the table."""

    figures: Figures
    boxes: int
    percent: str


@require_GET
@needs(Deed.PLAN_READ)
def detail(request: ActorRequest, number: int) -> HttpResponse:
    """Show a plan: its state and its next step, each family, each platform, who is not served."""
    return shown(request, number)


def shown(
    request: ActorRequest, number: int, *, form: AbandonForm | None = None, status: int = 200
) -> HttpResponse:
    """Draw a plan, with what was typed to give it up."""
    actor, at = request.actor, clock.now()
    if actor.scope.kind is ScopeKind.FACILITY:
        return redirect("plans:own")
    view = plans.plan(plan_id=number, scope=actor.scope)
    plan = view.plan
    regions = sorted(
        {row.territory.region for row in view.platforms},
        key=lambda one: french.alphabetical(one.name),
    )
    region = request.GET.get("region", "")
    platforms = [row for row in view.platforms if not region or row.territory.region_id == region]
    context = {
        "plan": plan,
        "view": view,
        "name": name_of(plan),
        "tag": tag_of(plan),
        "stage": stage_of(plan, actor=actor, at=at),
        "steps": steps_of(plan),
        "names": names_of([plan.prepared_by, plan.shared_by]),
        "families": _families(view),
        "platforms": [(row.territory, _cells(row, view)) for row in platforms],
        "regions": regions if len(regions) > 1 else [],
        "region": region,
        "several": len({row.territory.region_id for row in platforms}) > 1,
        "circuits": _circuits(view),
        "pushed": _pushed(plan),
        "form": form or AbandonForm(),
        **_rights(request, plan),
    }
    return render(request, "plans/plan.html", context, status=status)


def _rights(request: ActorRequest, plan: Plan) -> dict[str, bool]:
    actor = request.actor
    return {
        "may_share": actor.may(Deed.PLAN_SHARE) and plan.state == Plan.State.DRAFT,
        "is_author": plan.prepared_by == actor.by,
        "may_freeze": actor.may(Deed.PLAN_SHARE) and plan.state == Plan.State.SHARED,
        "may_send": actor.may(Deed.PLAN_SHARE) and plan.state == Plan.State.FROZEN,
        "may_abandon": actor.may(Deed.PLAN_PREPARE) and plan.state in _WAITING,
    }


def _families(view: PlanView) -> list[dict[str, Any]]:
    found = []
    for share in view.shares:
        family, figures = share.family, view.totals.get(share.family_id, Figures())
        bottom = share.level_denominator
        found.append(
            {
                "family": family,
                "share": share,
                "figures": figures,
                "boxes": figures.units // share.box_units,
                "need_boxes": figures.need // share.box_units,
                "left_boxes": (share.envelope - share.shared) // share.box_units,
                "moved_boxes": figures.adjusted // share.box_units,
                "level": french.percent(share.level_numerator, bottom) if bottom else "",
                "sources": [
                    (place, units // share.box_units)
                    for place, units in view.sources.get(share.family_id, [])
                ],
            }
        )
    return found


def _cells(row: PlatformRow, view: PlanView) -> Sequence[Cell]:
    cells = []
    for share in view.shares:
        figures = row.figures.get(share.family_id, Figures())
        cells.append(
            Cell(
                figures=figures,
                boxes=figures.units // share.box_units,
                percent=french.percent(figures.units, figures.need),
            )
        )
    return cells


def _circuits(view: PlanView) -> list[str]:
    """Say how many facilities another chain serves, by family and group."""
    names = {share.family_id: share.family.plural for share in view.shares}
    return [
        f"{french.sentence(names.get(family, family))} : "
        + ", ".join(
            f"{french.plural(count, 'site')} ({Category.Group(group).label})"
            for group, count in sorted(groups.items())
        )
        for family, groups in plans.elsewhere(view.plan).items()
        if groups
    ]


def _pushed(plan: Plan) -> list[str]:
    """Name the regions a plan serves, where it does not serve all of them for each family alike."""
    names = dict(Region.objects.values_list("code", "name"))
    codes = {code for some in plan.regions.values() for code in some}
    if not codes or codes == set(names):
        return []
    return sorted((names.get(code, code) for code in codes), key=french.alphabetical)
