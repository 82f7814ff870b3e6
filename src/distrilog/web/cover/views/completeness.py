"""Who was asked to declare and did not: rates, names, and an access repaired in one step."""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.declarations.queries import rollout
from distrilog.domain.declarations.queries.rollout import By, Completeness
from distrilog.domain.declarations.rules import selectable
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Category
from distrilog.integrations.identity.invitations import Wanted, invite
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.weeks import Week
from distrilog.web.cover.forms import RepairForm
from distrilog.web.cover.look import WEEKS_OFFERED, address, page_of, search_of, week_of
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


PER_PAGE: Final = 50
# What addresses say, and the words of each.
BYS: Final = {
    "region": (By.REGION, "Région"),
    "departement": (By.DEPARTMENT, "Département"),
    "territoire": (By.TERRITORY, "Territoire"),
    "vague": (By.WAVE, "Vague"),
    "categorie": (By.GROUP, "Catégorie"),
}
_FIRST: Final = {ScopeKind.COUNTRY: "region", ScopeKind.REGION: "departement"}
NOBODY: Final = "aucun"  # where what is told by has no code: no territory


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """A row of rates: its name, and where its silent facilities are listed."""

    figures: Completeness
    name: str
    address: str
    chosen: bool

    @property
    def width(self) -> str:
        """The length of its bar, in thousandths."""
        return str(10 * (self.figures.rate or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What an address asks for: the week, by what rates are told, whose silent are listed."""

    week: Week
    current: Week
    by: str
    code: str
    search: str
    page: int

    @property
    def kept(self) -> dict[str, str]:
        """Return what addresses carry."""
        week = "" if self.week == self.current else str(self.week)
        return {"semaine": week, "par": self.by}


def _asked(request: ActorRequest) -> _Asked:
    current = Week.at(clock.now())
    by = request.GET.get("par", "")
    return _Asked(
        week=week_of(request, current=current),
        current=current,
        by=by if by in BYS else _FIRST.get(request.actor.scope.kind, "vague"),
        code=request.GET.get("code", "")[:20],
        search=search_of(request.GET),
        page=page_of(request.GET),
    )


@require_GET
@needs(Deed.COVER_READ)
def completeness(request: ActorRequest) -> HttpResponse:
    """Show rates by territory, wave or category, and who was asked and said nothing."""
    asked = _asked(request)
    scope = request.actor.scope
    by, part = BYS[asked.by]
    rates = rollout.rates(scope=scope, week=asked.week, by=by)
    named = request.actor.may(Deed.DECLARATION_READ)
    context: dict[str, Any] = {
        "asked": asked,
        "week": asked.week,
        "weeks": sorted(
            {asked.week, *(asked.current.plus(-back) for back in range(WEEKS_OFFERED))},
            reverse=True,
        ),
        "total": rates.total,
        "part": part,
        "rows": [_rate_row(row, asked=asked, path=request.path) for row in rates.parts],
        "bys": [
            (words, address(request.path, **{**asked.kept, "par": key}), key == asked.by)
            for key, (_by, words) in BYS.items()
        ],
        "waves": rates.waves,
        "named": named,
        "may_remind": request.actor.may(Deed.REMINDER_SEND)
        and asked.week in selectable(now=asked.current),
        "may_repair": request.actor.may(Deed.ACCOUNT_INVITE),
        "all_address": address(request.path, **asked.kept) + "#silencieux",
        **(_silent(request, asked) if named else {}),
    }
    return render(request, "cover/completeness.html", context)


def _rate_row(row: Completeness, *, asked: _Asked, path: str) -> RateRow:
    code = row.code or NOBODY
    return RateRow(
        figures=row,
        name=_name(row, by=asked.by),
        address=address(path, **asked.kept, code=code) + "#silencieux",
        chosen=code == asked.code,
    )


def _name(row: Completeness, *, by: str) -> str:
    if by == "categorie" and row.code in Category.Group.values:
        return str(Category.Group(row.code).label)
    return row.name or "Sans territoire"


def _silent(request: ActorRequest, asked: _Asked) -> dict[str, Any]:
    """Return a page of those that said nothing."""
    code = "" if asked.code == NOBODY else asked.code
    found = rollout.silent(
        scope=request.actor.scope,
        week=asked.week,
        by=BYS[asked.by][0],
        code=code if asked.code else None,
        search=asked.search,
        page=asked.page,
        per_page=PER_PAGE,
    )
    last = max(1, -(-found.matching // PER_PAGE))
    kept = {**asked.kept, "code": asked.code, "q": asked.search}

    def at_page(number: int) -> str:
        page = number if number > 1 else ""
        return address(request.path, **kept, page=page) + "#silencieux"

    return {
        "silent": [(row, str(Category.Group(row.group).label)) for row in found.rows],
        "matching": found.matching,
        "number": asked.page,
        "last": last,
        "previous": at_page(asked.page - 1) if asked.page > 1 else "",
        "next": at_page(asked.page + 1) if asked.page < last else "",
        "here": request.get_full_path(),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.ACCOUNT_INVITE)
def repair(request: ActorRequest, registry: str) -> HttpResponse:
    """Give somebody access to a facility that says nothing: an e-mail address and a role."""
    found = facilities.get(registry=registry, scope=request.actor.scope)
    form = RepairForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = Wanted(registry=registry, **form.cleaned_data)
        try:
            made = invite(actor=request.actor, wanted=wanted, at=clock.now())
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            notes.success(
                request,
                f"{made.name} est invité pour {found.name}. PLAGE lui écrit dans la minute.",
            )
            return redirect(_after_repair(request))
    context = {"form": form, "facility": found, "back": _after_repair(request)}
    return render(request, "cover/repair.html", context, status=422 if form.errors else 200)


def _after_repair(request: ActorRequest) -> str:
    """Return where one came from: the silent, for those who may see them."""
    may = request.actor.may(Deed.COVER_READ)
    return reverse("cover:completeness" if may else "accounts:invitations")
