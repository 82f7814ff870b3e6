"""A plan's round: who gets what, one tap a facility; what is undone; what stays, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages as notes
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import HandOut
from distrilog.domain.distribution.queries import platforms
from distrilog.domain.distribution.queries.platforms import RoundSeen, Site
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, NotFound, Refusal
from distrilog.web.platform.forms.docking import HandOutForm, ResidualForm, TakeBackForm
from distrilog.web.platform.telling import families_by_code, holds
from distrilog.web.platform.views.dock import own_territory
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import ActorRequest, needs


PER_PAGE: Final = 60
TO_DO, DONE, ALL = "a-remettre", "remis", "tous"
_STATES: Final = {TO_DO: "À remettre", DONE: "Remis", ALL: "Tous"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """A facility in the list of a round; `key` makes one press one hand-out."""

    site: Site
    left: str
    had: str
    key: str
    following: str = ""

    @property
    def anchor(self) -> str:
        """Where it is on the page."""
        return f"site-{self.site.registry}"


@require_safe
@needs(Deed.PLATFORM_RUN)
def mine(request: ActorRequest, plan: int) -> HttpResponse:
    """Show a plan’s round to the platform that makes it."""
    return round_page(request, territory=own_territory(request.actor), plan=plan, runs=True)


def round_page(
    request: ActorRequest,
    *,
    territory: str,
    plan: int,
    runs: bool,
    refusal: Refusal | None = None,
    residual: ResidualForm | None = None,
) -> HttpResponse:
    """Show the sums of a round and its facilities; the forms to whoever runs it."""
    scope = request.actor.scope
    found = platforms.round_of(plan_id=plan, territory=territory, scope=scope)
    sites = platforms.sites(plan_id=plan, territory=territory, scope=scope)
    families = families_by_code()
    state = request.GET.get("etat", "")
    state = state if state in _STATES else (TO_DO if runs and found.left else ALL)
    search = request.GET.get("q", "").strip()[:80]
    page = Paginator(_matching(sites, state=state, search=search), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "round": found,
        "territory": platforms.platform(territory=territory, scope=scope),
        "families": families,
        "runs": runs,
        "rows": _rows(list(page.object_list), families),
        "page": page,
        "to_do": sum(not site.done for site in sites),
        "tabs": [
            (name, words, _address(request, etat=name), name == state)
            for name, words in _STATES.items()
        ],
        "earlier": _address(request, page=page.number - 1) if page.has_previous() else "",
        "later": _address(request, page=page.number + 1) if page.has_next() else "",
        "state": state,
        "search": search,
        "key": f"tour-{token_hex(8)}",
        "residuals": _residuals(found, families, residual) if runs else [],
        "wrong": residual,
        "refusal": refusal,
    }
    status = refusal.status if refusal else 422 if residual else 200
    return render(request, "platform/round.html", context, status=status)


def _matching(sites: Sequence[Site], *, state: str, search: str) -> list[Site]:
    words = french.alphabetical(search).split()
    kept = [site for site in sites if state == ALL or site.done is (state == DONE)]
    return [
        site
        for site in kept
        if all(
            word in french.alphabetical(f"{site.name} {site.commune} {site.registry}")
            for word in words
        )
    ]


def _rows(sites: Sequence[Site], families: Mapping[str, Family]) -> list[SiteRow]:
    draw = token_hex(6)
    return [
        SiteRow(
            site=site,
            left=holds({line.family: line.left for line in site.lines}, families),
            had=holds({line.family: line.handed for line in site.lines}, families),
            key=f"{draw}-{rank}",
            following=sites[rank + 1].registry if rank + 1 < len(sites) else "",
        )
        for rank, site in enumerate(sites)
    ]


def _address(request: ActorRequest, **changed: Any) -> str:
    kept = {name: value for name, value in request.GET.items() if value and name != "page"}
    return f"?{urlencode(kept | changed)}#liste"


def _residuals(
    found: RoundSeen, families: Mapping[str, Family], bound: ResidualForm | None
) -> list[tuple[Family, Any, ResidualForm]]:
    return [
        (
            families[each.family],
            each,
            bound
            if bound and bound.data.get("family") == each.family
            else ResidualForm(
                initial={
                    "family": each.family,
                    "units": each.staying,
                    "reason": each.reason,
                },
                auto_id=f"{each.family}-%s",
            ),
        )
        for each in found.totals
        if each.staying > 0
    ]


@require_POST
@needs(Deed.PLATFORM_RUN)
def hand_out_round(request: ActorRequest, plan: int) -> HttpResponse:
    """Hand out all that is left, to all; each as it was served the last time."""
    territory = own_territory(request.actor)
    try:
        given = services.hand_out_round(
            actor=request.actor,
            plan_id=plan,
            territory=territory,
            key=request.POST.get("key", ""),
            at=clock.now(),
        )
    except Refusal as refusal:
        return round_page(request, territory=territory, plan=plan, runs=True, refusal=refusal)
    sites = len({each.line.facility_id for each in given})
    notes.success(request, f"C’est remis : {french.plural(sites, 'établissement')}.")
    return redirect("platform:round", plan=plan)


@require_POST
@needs(Deed.PLATFORM_RUN)
def explain(request: ActorRequest, plan: int) -> HttpResponse:
    """Say why units stay once the round is over."""
    territory = own_territory(request.actor)
    family = request.POST.get("family", "")[:30]
    form = ResidualForm(request.POST, auto_id=f"{family}-%s")
    if not form.is_valid():
        return round_page(request, territory=territory, plan=plan, runs=True, residual=form)
    try:
        services.explain_residual(
            actor=request.actor,
            plan_id=plan,
            territory=territory,
            at=clock.now(),
            **form.cleaned_data,
        )
    except Refusal as refusal:
        return round_page(request, territory=territory, plan=plan, runs=True, refusal=refusal)
    notes.success(request, "Le reliquat est expliqué : l’ARS et la cellule le voient.")
    return redirect("platform:round", plan=plan)


def _site(request: ActorRequest, plan: int, registry: str) -> Site:
    found = platforms.sites(
        plan_id=plan,
        territory=own_territory(request.actor),
        scope=request.actor.scope,
        facilities=[registry],
    )
    if not found:
        raise NotFound(
            Fault(where="facility", message="Ce site n’a pas de dotation dans ce plan, ici.")
        )
    return found[0]


@require_safe
@needs(Deed.PLATFORM_RUN)
def site(request: ActorRequest, plan: int, registry: str) -> HttpResponse:
    """Show one facility of a round: quantities, advance, what it was handed, undoing it."""
    return _site_page(request, plan, _site(request, plan, registry))


def _site_page(
    request: ActorRequest,
    plan: int,
    found: Site,
    *,
    form: HandOutForm | None = None,
    undo: TakeBackForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    families = families_by_code()
    territory = own_territory(request.actor)
    form = form or HandOutForm(
        site=found, families=families, initial={"key": f"site-{token_hex(8)}"}
    )
    context = {
        "site": found,
        "round": platforms.round_of(plan_id=plan, territory=territory, scope=request.actor.scope),
        "territory": territory,
        "form": form if form.is_bound or not undo else undo,
        "hand_out": form,
        "rows": list(form.rows()),
        "lines": [(families[line.family], line) for line in found.lines],
        "acts": [
            (
                act,
                holds(act.units, families),
                HandOut.Way(act.way).label,
                _undo_form(undo, act.hand_outs),
            )
            for act in found.given
        ],
        "refusal": refusal,
    }
    faulty = form.errors or (undo and undo.errors)
    status = refusal.status if refusal else 422 if faulty else 200
    return render(request, "platform/site.html", context, status=status)


def _undo_form(bound: TakeBackForm | None, hand_outs: Sequence[int]) -> TakeBackForm:
    chosen = ",".join(str(each) for each in hand_outs)
    if bound and bound.data.get("hand_outs") == chosen:
        return bound
    first = hand_outs[0] if hand_outs else 0
    return TakeBackForm(initial={"hand_outs": chosen}, auto_id=f"undo-{first}-%s")


@require_POST
@needs(Deed.PLATFORM_RUN)
def hand_out(request: ActorRequest, plan: int, registry: str) -> HttpResponse:
    """Hand a facility all that is left for it, at one press; or what the form says."""
    found = _site(request, plan, registry)
    if "tout" in request.POST:
        return _at_one_press(request, plan, found)
    form = HandOutForm(request.POST, site=found, families=families_by_code())
    if form.is_valid():
        try:
            services.hand_out(
                actor=request.actor,
                plan_id=plan,
                registry=registry,
                units=form.asked(),
                key=form.cleaned_data["key"],
                way=form.cleaned_data["way"],
                advance=form.cleaned_data["advance"],
                at=clock.now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            notes.success(request, f"Remis à {found.name}.")
            return redirect("platform:round", plan=plan)
    return _site_page(request, plan, found, form=form)


def _at_one_press(request: ActorRequest, plan: int, found: Site) -> HttpResponse:
    territory = own_territory(request.actor)
    try:
        services.hand_out_round(
            actor=request.actor,
            plan_id=plan,
            territory=territory,
            facilities=[found.registry],
            key=request.POST.get("key", ""),
            way=request.POST.get("tout", ""),
            at=clock.now(),
        )
    except Refusal as refusal:
        return _site_page(request, plan, found, refusal=refusal)
    notes.success(request, f"Remis à {found.name}.")
    following = request.POST.get("suivant", "")
    address = reverse("platform:round", kwargs={"plan": plan})
    kept = {name: request.POST[name] for name in ("etat", "q", "page") if request.POST.get(name)}
    query = f"?{urlencode(kept)}" if kept else ""
    return redirect(f"{address}{query}#{f'site-{following}' if following.isalnum() else 'liste'}")


@require_POST
@needs(Deed.PLATFORM_RUN)
def take_back(request: ActorRequest, plan: int, registry: str) -> HttpResponse:
    """Undo a hand-out: a new act, which says why."""
    found = _site(request, plan, registry)
    form = TakeBackForm(
        request.POST, auto_id=f"undo-{request.POST.get('hand_outs', '').partition(',')[0]}-%s"
    )
    if not form.is_valid():
        return _site_page(request, plan, found, undo=form)
    try:
        services.take_back(
            actor=request.actor,
            hand_outs=form.chosen(),
            reason=form.cleaned_data["reason"],
            at=clock.now(),
        )
    except Refusal as refusal:
        return _site_page(request, plan, found, refusal=refusal)
    notes.success(request, "La remise est annulée : les boîtes sont de nouveau en rayon.")
    return redirect("platform:site", plan=plan, registry=registry)
