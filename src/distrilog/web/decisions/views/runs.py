"""Quota runs: prepare, look at the effect, sign by another person, publish."""

from collections.abc import Mapping, Sequence

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.facilities.models import Region
from distrilog.domain.quotas import queries, services
from distrilog.domain.quotas.models import QuotaRun, Share
from distrilog.domain.quotas.queries import Preview
from distrilog.domain.stock.models import Place
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.weeks import Week
from distrilog.web.decisions.forms import RunForm, SignForm, Supply
from distrilog.web.shared.format import alphabetical
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.people import names_of
from distrilog.web.shared.rights import ActorRequest, needs


SHOWN = 30
OPEN = (QuotaRun.State.DRAFT, QuotaRun.State.SIGNED)


@require_GET
@needs(Deed.RUN_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """List the latest runs, those that wait for somebody first."""
    runs = queries.runs(limit=SHOWN)
    waiting = [run for run in runs if run.state in OPEN]
    context = {
        "waiting": waiting,
        "runs": [run for run in runs if run not in waiting],
        "names": names_of(name for run in runs for name in (run.prepared_by, run.signed_by)),
        "may_prepare": request.actor.may(Deed.RUN_PREPARE),
    }
    return render(request, "decisions/runs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.RUN_PREPARE)
def prepare(request: ActorRequest) -> HttpResponse:
    """Write the decisions of a week’s run and compute its effect; nobody’s quota changes."""
    at = clock.now()
    week = Week.at(at)
    form = RunForm(
        request.POST if request.method == "POST" else None,
        supplies=_supplies(week=week),
        initial={"week": str(week)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            run = services.prepare(
                actor=request.actor,
                week=form.cleaned_data["week"],
                envelopes=form.envelopes,
                floors=dict.fromkeys(("nursing_home", "hospital"), form.cleaned_data["floor"] * 10),
                cap_per_mille=form.cleaned_data["cap"] * 10,
                pots_per_mille=dict.fromkeys(form.envelopes, form.cleaned_data["pots"] * 10),
                multipliers=form.multipliers,
                reads_cover=form.cleaned_data["reads_cover"],
                reason=form.cleaned_data["reason"],
                supersedes=_published(form.cleaned_data["week"]),
                at=at,
            )
            services.preview(actor=request.actor, run_id=run.pk, at=at)
            return redirect("decisions:run", number=run.pk)
        except Refusal as refusal:
            add_faults(form, refusal, names=_FIELDS | _envelope_fields(refusal))
    status = 422 if form.is_bound else 200
    published = queries.in_force(week=str(week))
    context = {"form": form, "week": week, "published": published}
    return render(request, "decisions/run_prepare.html", context, status=status)


_FIELDS = {"week": "week", "supersedes": "week", "pots": "pots", "floors": "floor", "cap": "cap"}


def _envelope_fields(refusal: Refusal) -> dict[str, str]:
    return {
        fault.where: "envelope_" + fault.where.split(".")[1]
        for fault in refusal.faults
        if fault.where.startswith("envelopes.")
    }


def _published(week: Week) -> int | None:
    run = queries.in_force(week=str(week))
    return run.pk if run else None


def _supplies(*, week: Week) -> list[Supply]:
    version = doctrines.in_force(on=week.monday)
    need = doctrines.national_need(version=version, on=week.monday).totals
    last = QuotaRun.objects.filter(published_at__isnull=False).order_by("-published_at").first()
    envelopes: dict[str, int] = {}
    for family, envelope in Share.objects.filter(run=last).values_list("family_id", "envelope"):
        envelopes[family] = envelopes.get(family, 0) + envelope
    usable: dict[str, int] = {}
    for (_, family), units in queries.usable_stock(
        superseded=queries.in_force(week=str(week))
    ).items():
        usable[family] = usable.get(family, 0) + units
    return [
        Supply(
            family=family,
            need=need.get(family.code, 0),
            usable=usable.get(family.code, 0),
            last_envelope=envelopes.get(family.code, 0),
        )
        for family in Family.objects.order_by("position", "code")
    ]


@require_GET
@needs(Deed.RUN_READ)
def detail(request: ActorRequest, number: int) -> HttpResponse:
    """Show what a run does: totals, level, fairness, regions, who wins and loses, and its seal."""
    return _page(request, queries.get(run_id=number), SignForm())


def _page(request: ActorRequest, run: QuotaRun, form: SignForm, status: int = 200) -> HttpResponse:
    preview = queries.preview_of(run=run)
    families = {family.code: family for family in Family.objects.order_by("position", "code")}
    regions = dict(Region.objects.values_list("code", "name"))
    actor = request.actor
    shown = [code for code in families if preview and code in preview.totals]
    context = {
        "run": run,
        "form": form,
        "preview": preview,
        "totals": [(families[code], preview.totals[code]) for code in shown] if preview else [],
        "shares": sorted(preview.shares, key=lambda one: (shown.index(one.family), one.source))
        if preview
        else [],
        "places": dict(Place.objects.values_list("code", "name")),
        "families": families,
        "regions": regions,
        "by_region": _by_region(preview, regions, shown) if preview else [],
        "names": names_of([run.prepared_by, run.signed_by]),
        "may_sign": actor.may(Deed.RUN_SIGN) and run.prepared_by != actor.by,
        "is_author": run.prepared_by == actor.by,
        "may_prepare": actor.may(Deed.RUN_PREPARE),
        "is_draft": run.state == QuotaRun.State.DRAFT,
        "is_signed": run.state == QuotaRun.State.SIGNED,
        "is_open": run.state in OPEN,
        "may_replace": actor.may(Deed.RUN_PREPARE)
        and run.state == QuotaRun.State.PUBLISHED
        and run.expired_at is None,
    }
    return render(request, "decisions/run.html", context, status=status)


def _by_region(
    preview: Preview, regions: Mapping[str, str], shown: Sequence[str]
) -> list[tuple[str, list[tuple[int, int]]]]:
    """Return, by region’s name, the units and the percent of its need that each family shown brings it."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for row in preview.regions:
        name = regions.get(row.region, row.region)
        percent = row.shared * 100 // row.need if row.need else 0
        found.setdefault(name, {})[row.family] = (row.shared, percent)
    return [
        (name, [by_family.get(code, (0, 0)) for code in shown])
        for name, by_family in sorted(found.items(), key=lambda one: alphabetical(one[0]))
    ]


@require_POST
@needs(Deed.RUN_PREPARE)
def preview(request: ActorRequest, number: int) -> HttpResponse:
    """Compute the effect again, from the stock and the register as they are now."""
    services.preview(actor=request.actor, run_id=number, at=clock.now())
    notes.success(request, "L’aperçu est à jour. S’il était signé, il est à signer de nouveau.")
    return redirect("decisions:run", number=number)


@require_POST
@needs(Deed.RUN_SIGN)
def sign(request: ActorRequest, number: int) -> HttpResponse:
    """Sign, in one’s own words; refused to the author under any profile."""
    form = SignForm(request.POST)
    if form.is_valid():
        try:
            services.sign(
                actor=request.actor,
                run_id=number,
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            notes.success(request, "Le calcul est signé. Il reste à le publier.")
            return redirect("decisions:run", number=number)
    return _page(request, queries.get(run_id=number), form, status=422)


@require_POST
@needs(Deed.RUN_SIGN)
def publish(request: ActorRequest, number: int) -> HttpResponse:
    """Publish: stock and inputs are checked again under lock, then facilities may order."""
    services.publish(actor=request.actor, run_id=number, at=clock.now())
    notes.success(request, "Les contingents sont publiés : les établissements peuvent commander.")
    return redirect("decisions:run", number=number)


@require_POST
@needs(Deed.RUN_PREPARE)
def replace(request: ActorRequest, number: int) -> HttpResponse:
    """Draft the run that replaces this one, now that less is left than it promised, and compute its effect."""
    at = clock.now()
    run = services.prepare_replacement(actor=request.actor, run_id=number, at=at)
    services.preview(actor=request.actor, run_id=run.pk, at=at)
    return redirect("decisions:run", number=run.pk)


@require_POST
@needs(Deed.RUN_PREPARE)
def abandon(request: ActorRequest, number: int) -> HttpResponse:
    """Set a run aside before its publication."""
    services.abandon(
        actor=request.actor, run_id=number, reason="Abandonné à l’écran", at=clock.now()
    )
    notes.success(request, "Le calcul est abandonné. Rien n’a changé pour les établissements.")
    return redirect("decisions:runs")
