"""Thresholds: below how many days who is watched or in alert, since when and why; a new one, its effect first."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.contrib import messages as notes
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.models import AlertThreshold
from distrilog.domain.declarations.queries.effects import Effect, effect_of
from distrilog.domain.declarations.rules import ALERT_DAYS, LEVEL_NAMES, WATCH_DAYS, Threshold
from distrilog.domain.declarations.services import set_threshold
from distrilog.domain.facilities.models import Region
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.weeks import PARIS, Week
from distrilog.web.cover.forms import ThresholdForm
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


MOST_SHOWN: Final = 200


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.COVER_READ)
def thresholds(request: ActorRequest) -> HttpResponse:
    """List the thresholds that hold for the reader; see the effect of a new one, then set it."""
    actor = request.actor
    if request.method == "POST":
        actor.require(Deed.THRESHOLD_SET)
    at = clock.now()
    own = _own_region(request)
    regions = {one.pk: one for one in Region.objects.order_by("name")}
    families = {one.pk: one for one in Family.objects.order_by("position", "code")}
    form = ThresholdForm(
        request.POST or None,
        regions=[regions[own]] if own else list(regions.values()),
        families=list(families.values()),
        own_region=own,
        initial=_initial(at.astimezone(PARIS).date()),
    )
    effect: Effect | None = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("etape") == "fixer" and _set(request, form):
            return redirect("cover:thresholds")
        if not form.errors:
            effect = _effect(form.cleaned_data, week=Week.at(at))
    context: dict[str, Any] = {
        "form": form,
        "effect": effect,
        "effect_lines": _words_of(effect) if effect else [],
        "rows": _rows(own),
        "may_set": actor.may(Deed.THRESHOLD_SET),
        "today": at.astimezone(PARIS).date(),
        "watch_days": WATCH_DAYS,
        "alert_days": ALERT_DAYS,
    }
    return render(request, "cover/thresholds.html", context, status=422 if form.errors else 200)


def _own_region(request: ActorRequest) -> str:
    """Return the region that an agency speaks for; nothing for those who speak for the country."""
    scope = request.actor.scope
    return scope.code if scope.kind is ScopeKind.REGION else ""


def _initial(today: date) -> Mapping[str, object]:
    return {"watch_days": WATCH_DAYS, "alert_days": ALERT_DAYS, "starts_on": today}


def _set(request: ActorRequest, form: ThresholdForm) -> bool:
    """Set the threshold of a form; put what refuses it at its fields."""
    values = form.cleaned_data
    try:
        set_threshold(
            actor=request.actor,
            group=values["group"],
            region=values["region"],
            family=values["family"],
            watch_days=values["watch_days"],
            alert_days=values["alert_days"],
            starts_on=values["starts_on"],
            reason=values["reason"],
            at=clock.now(),
        )
    except Refusal as refusal:
        add_faults(form, refusal)
        return False
    notes.success(request, "Le seuil est fixé. Les cumuls sont refaits dans la minute.")
    return True


def _effect(values: Mapping[str, Any], *, week: Week) -> Effect:
    names = ("group", "region", "family", "watch_days", "alert_days", "starts_on")
    return effect_of(threshold=Threshold(**{name: values[name] for name in names}), week=week)


def _words_of(effect: Effect) -> list[tuple[str, int]]:
    """Return what changes in words, and how many lines."""
    return [
        (
            f"de « {LEVEL_NAMES[change.before]} » à « {LEVEL_NAMES[change.after]} »",
            change.lines,
        )
        for change in effect.changes
    ]


def _rows(region: str) -> list[AlertThreshold]:
    """Return the thresholds that may judge the reader's facilities, the latest first. One query."""
    found = AlertThreshold.objects.select_related("region", "family").order_by("-starts_on", "-pk")
    if region:
        found = found.filter(Q(region=region) | Q(region__isnull=True))
    return list(found[:MOST_SHOWN])
