"""Platforms as agencies and the cell see them: the platform's own numbers, who is silent, what is owed."""

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import messages as notes
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Situation
from distrilog.domain.distribution.queries import platforms
from distrilog.domain.distribution.queries.platforms import PlatformSeen
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.weeks import PARIS, Week
from distrilog.web.platform.files import platforms_csv, platforms_workbook
from distrilog.web.platform.forms.saying import SettleForm
from distrilog.web.platform.telling import families_by_code, holds, told
from distrilog.web.platform.views.rounds import round_page
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.shared.spreadsheets import CSV, XLSX, attachment


# What an agency looks for, in the order it looks: the word in the address, and in French.
FILTERS: Final = {
    "tout": "Toutes",
    "retard": "Incident en retard",
    "silence": "Situation manquante",
    "ecart": "Écart à la réception",
    "reliquat": "Reliquat non expliqué",
    "dette": "À compenser",
}


def _kept(row: PlatformSeen, wanted: str) -> bool:
    match wanted:
        case "retard":
            return row.late > 0
        case "silence":
            return row.missing
        case "ecart":
            return row.lost > 0
        case "reliquat":
            return row.unexplained > 0
        case "dette":
            return bool(row.debts)
    return True


def _first_what_waits(rows: Sequence[PlatformSeen]) -> list[PlatformSeen]:
    """Put first the platforms where most waits, then those that a plan serves; each by region and name, as they come."""

    def waits(row: PlatformSeen) -> int:
        said = sum(_kept(row, name) for name in FILTERS) + bool(_risk(row)) + bool(row.incidents)
        return -said

    return sorted(rows, key=lambda row: (waits(row), not row.totals))


@require_safe
@needs(Deed.PERIMETER_READ)
def overview(request: ActorRequest) -> HttpResponse:
    """List the platforms of the scope, what waits at each; a platform is led to its own tour."""
    actor, at = request.actor, clock.now()
    if actor.scope.kind is ScopeKind.TERRITORY:
        return redirect("platform:tour")
    rows = _first_what_waits(platforms.overview(scope=actor.scope, at=at))
    wanted = request.GET.get("voir", "tout")
    wanted = wanted if wanted in FILTERS else "tout"
    families = families_by_code()
    context = {
        "rows": [
            (row, holds(row.debts, families), _risk(row)) for row in rows if _kept(row, wanted)
        ],
        "tabs": [
            (name, words, sum(_kept(row, name) for row in rows), name == wanted)
            for name, words in FILTERS.items()
        ],
        "wanted": wanted,
        "week": str(Week.at(at, PARIS)),
        "country": actor.scope.kind is ScopeKind.COUNTRY,
        "count": len(rows),
    }
    return render(request, "platform/platforms.html", context)


def _risk(row: PlatformSeen) -> str:
    if not row.risk or row.risk == Situation.Risk.NONE:
        return ""
    return str(Situation.Risk(row.risk).label)


@require_safe
@needs(Deed.PERIMETER_READ)
def export(request: ActorRequest, name: str) -> HttpResponse:
    """Give the platforms of the scope as a file, a line a platform and family: `xlsx` or `csv`."""
    at = clock.now()
    rows = platforms.overview(scope=request.actor.scope, at=at)
    families = families_by_code()
    file_name = f"distrilog-plateformes-{at.astimezone(PARIS):%Y-%m-%d}.{name}"
    if name == "xlsx":
        content = platforms_workbook(rows=rows, families=families, at=at)
        return attachment(content=content, name=file_name, kind=XLSX)
    if name == "csv":
        content_csv = platforms_csv(rows=rows, families=families)
        return attachment(content=content_csv, name=file_name, kind=CSV)
    raise Http404


@require_safe
@needs(Deed.PERIMETER_READ)
def detail(request: ActorRequest, territory: str) -> HttpResponse:
    """Show one platform: the numbers of its own page, what it says, what it is owed."""
    return _detail(request, territory)


def _detail(
    request: ActorRequest, code: str, *, settling: SettleForm | None = None
) -> HttpResponse:
    actor, at = request.actor, clock.now()
    found = platforms.tour(territory=code, scope=actor.scope, at=at)
    families = families_by_code()
    week = Week.at(at, PARIS)
    said = platforms.situations(territory=code, week=week)
    settle_form = settling
    if settle_form is None and found.debts and actor.may(Deed.PLAN_ADJUST):
        settle_form = _settle_form(found.debts, families)
    context: dict[str, Any] = {
        "tour": found,
        "families": families,
        "week": str(week),
        "flows": [(flow, holds(flow.units, families)) for flow in (*found.coming, *found.received)],
        "situation": [
            (families[family], told(each.stock, families[family]), each)
            for family, each in said.items()
        ],
        "shelf": holds(found.shelf, families),
        "incidents": [
            each for each in platforms.incidents(scope=actor.scope, at=at) if each.territory == code
        ],
        "debts": [
            (families[family], told(units, families[family]))
            for family, units in found.debts.items()
        ],
        "form": settle_form,
        "deals": actor.may(Deed.INCIDENT_DEAL),
    }
    status = 422 if settling and settling.errors else 200
    return render(request, "platform/platform.html", context, status=status)


def _settle_form(debts: Any, families: Any, data: Any = None) -> SettleForm:
    initial = {"units": next(iter(debts.values()))} if len(debts) == 1 else {}
    return SettleForm(data, debts=debts, families=families, initial=initial)


@require_POST
@needs(Deed.PLAN_ADJUST)
def settle(request: ActorRequest, territory: str) -> HttpResponse:
    """Give a platform back what it advanced, out of what lies there."""
    actor, at = request.actor, clock.now()
    found = platforms.tour(territory=territory, scope=actor.scope, at=at)
    form = _settle_form(found.debts, families_by_code(), request.POST)
    if form.is_valid():
        try:
            services.settle(actor=actor, territory=territory, at=at, **form.cleaned_data)
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            units = french.number(form.cleaned_data["units"])
            notes.success(request, f"C’est compensé : {units} unités.")
            return redirect("platform:platform", territory=territory)
    return _detail(request, territory, settling=form)


@require_safe
@needs(Deed.PERIMETER_READ)
def round_(request: ActorRequest, territory: str, plan: int) -> HttpResponse:
    """Show a plan’s round at a platform, as the platform sees it."""
    return round_page(request, territory=territory, plan=plan, runs=False)
