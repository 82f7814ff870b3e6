"""Programmes: special flows with a rule, dates and named sites of their own, and their plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages as notes
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Programme
from distrilog.domain.distribution.queries import needs as asked, plans
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Place
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, NotFound, Refusal
from distrilog.kernel.weeks import PARIS, Week
from distrilog.web.plans.forms import (
    EndForm,
    ProgrammeForm,
    ProgrammePlanForm,
    SitesForm,
    Source,
)
from distrilog.web.plans.telling import name_of, tag_of
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.people import names_of
from distrilog.web.shared.rights import ActorRequest, needs


SITES_SHOWN = 300
MAINLAND = "metropole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A programme in words."""

    programme: Programme
    sites: int
    rule: str
    dates: str
    state: str
    tag: str


def told_of(programme: Programme, *, sites: int, today: date) -> Told:
    """Say what a programme is, and whether it goes on."""
    state, tag = "En cours", "good"
    if programme.starts_on > today:
        state, tag = "À venir", "routine"
    elif programme.ends_on and programme.ends_on < today:
        state, tag = "Terminé", "closed"
    return Told(
        programme=programme,
        sites=sites,
        rule=_rule(programme),
        dates=_dates(programme),
        state=state,
        tag=tag,
    )


def _rule(programme: Programme) -> str:
    units = french.plural(programme.units, programme.family.unit)
    match programme.rule:
        case Programme.Rule.PER_SITE:
            return f"{units} par site"
        case Programme.Rule.PER_SIZE:
            return f"{units} par personne, place ou patient du site"
        case _:
            return "unités dites site par site"


def _dates(programme: Programme) -> str:
    start = french.day(programme.starts_on)
    if programme.once:
        return f"une seule fois, à partir du {start}"
    step = (
        "chaque semaine"
        if programme.every_weeks == 1
        else f"toutes les {programme.every_weeks} semaines"
    )
    end = f" jusqu’au {french.day(programme.ends_on)}" if programme.ends_on else ""
    return f"{step}, du {start}{end}" if end else f"{step}, depuis le {start}"


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.PROGRAMME_MANAGE)
def listed(request: ActorRequest) -> HttpResponse:
    """List the programmes; open another."""
    at = clock.now()
    today = at.astimezone(PARIS).date()
    form = ProgrammeForm(
        request.POST if request.method == "POST" else None,
        families=plans.families(),
        initial={"starts_on": today, "every_weeks": 1},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.decide_programme(
                actor=request.actor, decision=services.Decision(**form.decision), at=at
            )
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            notes.success(request, "Le programme est ouvert. Il reste à nommer ses sites.")
            return redirect("plans:programme", name=made.pk)
    rows = (
        Programme.objects.select_related("family")
        .annotate(count=Count("sites"))
        .order_by("-starts_on", "title")
    )
    context = {
        "form": form,
        "programmes": [told_of(row, sites=row.count, today=today) for row in rows],
    }
    return render(request, "plans/programmes.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD"])
@needs(Deed.PROGRAMME_MANAGE)
def detail(request: ActorRequest, name: str) -> HttpResponse:
    """Show a programme: its rule, its sites, its plans, and what may be done with it."""
    return _page(request, _get(name))


@require_POST
@needs(Deed.PROGRAMME_MANAGE)
def enrol(request: ActorRequest, name: str) -> HttpResponse:
    """Name sites, a number and a size a line; a size of zero takes one out."""
    programme = _get(name)
    form = SitesForm(request.POST)
    if form.is_valid():
        try:
            services.enrol_sites(
                actor=request.actor, code=name, sites=form.cleaned_data["sites"], at=clock.now()
            )
        except Refusal as refusal:
            add_faults(form, refusal, names=dict.fromkeys(_wheres(refusal), "sites"))
        else:
            notes.success(request, "La liste des sites est à jour.")
            return redirect("plans:programme", name=name)
    return _page(request, programme, sites_form=form)


@require_POST
@needs(Deed.PROGRAMME_MANAGE)
def end(request: ActorRequest, name: str) -> HttpResponse:
    """Say the last day of a programme."""
    programme = _get(name)
    form = EndForm(request.POST)
    if form.is_valid():
        try:
            services.end_programme(
                actor=request.actor, code=name, on=form.cleaned_data["on"], at=clock.now()
            )
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            notes.success(request, "La fin du programme est notée.")
            return redirect("plans:programme", name=name)
    return _page(request, programme, end_form=form)


@require_POST
@needs(Deed.PROGRAMME_MANAGE)
def prepare(request: ActorRequest, name: str) -> HttpResponse:
    """Compute a programme's plan for a week, as a draft that lives as any other."""
    programme = _get(name)
    form = ProgrammePlanForm(request.POST, sources=_sources(programme))
    if form.is_valid():
        try:
            plan = services.prepare_programme(
                actor=request.actor,
                code=name,
                week=form.cleaned_data["week"],
                volumes=form.volumes,
                at=clock.now(),
            )
        except Refusal as refusal:
            add_faults(form, refusal, names=_volume_names(refusal, programme))
        else:
            return redirect("plans:plan", number=plan.pk)
    return _page(request, programme, plan_form=form)


def _get(name: str) -> Programme:
    found = Programme.objects.select_related("family").filter(pk=name).first()
    if found is None:
        raise NotFound(Fault(where="programme", message="Ce programme n’existe pas."))
    return found


def _wheres(refusal: Refusal) -> Sequence[str]:
    return [fault.where for fault in refusal.faults]


def _volume_names(refusal: Refusal, programme: Programme) -> dict[str, str]:
    found = {}
    for where in _wheres(refusal):
        last = where.rsplit(".", 1)[-1]
        found[where] = f"volume_{programme.family_id}_{last}" if "volumes" in where else where
    return found


def _sources(programme: Programme) -> list[Source]:
    places = Place.objects.filter(kind__in=asked.SOURCES, zone=MAINLAND).order_by("kind", "code")
    usable = stock.available(places=[place.pk for place in places])
    return [
        Source(
            family=programme.family,
            place=place,
            usable=usable.get((place.pk, programme.family_id), 0),
        )
        for place in places
        if usable.get((place.pk, programme.family_id), 0) >= programme.family.box_units
    ]


def _page(
    request: ActorRequest,
    programme: Programme,
    *,
    sites_form: SitesForm | None = None,
    end_form: EndForm | None = None,
    plan_form: ProgrammePlanForm | None = None,
) -> HttpResponse:
    at = clock.now()
    today = at.astimezone(PARIS).date()
    sites = list(
        programme.sites.select_related("facility__department").order_by("facility__name", "pk")[
            :SITES_SHOWN
        ]
    )
    count = programme.sites.count() if len(sites) == SITES_SHOWN else len(sites)
    own = list(programme.plans.order_by("-week", "-pk")[:SITES_SHOWN])
    typed = next((one for one in (sites_form, end_form, plan_form) if one is not None), None)
    context: dict[str, Any] = {
        "told": told_of(programme, sites=count, today=today),
        "programme": programme,
        "sites": sites,
        "plans": [(plan, name_of(plan), tag_of(plan)) for plan in own],
        "names": names_of([programme.decided_by]),
        "form": typed,
        "sites_form": sites_form or SitesForm(),
        "end_form": end_form or EndForm(),
        "plan_form": plan_form
        or ProgrammePlanForm(
            sources=_sources(programme), initial={"week": str(Week.at(at).plus(1))}
        ),
    }
    return render(request, "plans/programme.html", context, status=422 if typed else 200)
