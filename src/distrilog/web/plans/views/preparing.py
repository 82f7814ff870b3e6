"""Preparing a plan: for which week and zone, then what each source gives, in sight of the stock and of the need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution import services
from distrilog.domain.distribution.queries import needs as asked, plans, requests
from distrilog.domain.doctrines.queries import NoDoctrine
from distrilog.domain.facilities.models import Region, Zone
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Place
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.weeks import Week
from distrilog.web.plans.forms import AimForm, PlanForm, Source
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


MAINLAND = "metropole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a plan is for, and what is known of it: who is pushed, what they need, what there is. Units."""

    week: Week
    zone: Zone
    fallback: bool
    regions: Mapping[str, Sequence[str]]
    need: Mapping[str, int]
    sources: Sequence[Source]


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.PLAN_PREPARE)
def prepare(request: ActorRequest) -> HttpResponse:
    """Choose volumes for a week and compute the plan as a draft; nothing is promised yet."""
    at = clock.now()
    usual = {"semaine": str(requests.following_plan_week(at=at)), "zone": MAINLAND}
    aim_form = AimForm(request.GET if "semaine" in request.GET else usual)
    refusal: Refusal | None = None
    aim = None
    if aim_form.is_valid():
        try:
            aim = _aim(aim_form.cleaned_data)
        except NoDoctrine as none:
            refusal = none
    context: dict[str, Any] = {"aim_form": aim_form, "refusal": refusal, "aim": aim}
    if aim is None:
        return render(request, "plans/prepare.html", context, status=422)
    form = PlanForm(
        request.POST if request.method == "POST" else None,
        sources=aim.sources,
        initial={"number": _next_number(aim)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            plan = services.prepare(actor=request.actor, proposal=_proposal(aim, form), at=at)
        except Refusal as refused:
            add_faults(form, refused, names=_fields(refused))
        else:
            return redirect("plans:plan", number=plan.pk)
    context |= {"form": form, "rows": _rows(aim, form), "pushed": _pushed(aim)}
    return render(request, "plans/prepare.html", context, status=422 if form.errors else 200)


def _aim(values: Mapping[str, Any]) -> Aim:
    week, fallback = values["semaine"], values["continuite"]
    zone = Zone.objects.get(pk=values["zone"])
    country = asked.country(week=week, zone=zone)
    regions = asked.pushed_regions(week=week, zone=zone, fallback=fallback)
    suggested = asked.suggested_volumes(country=country, regions=regions)
    families = plans.families()
    places = Place.objects.filter(zone=zone, kind__in=asked.SOURCES).order_by("kind", "code")
    usable = stock.available(places=[place.pk for place in places])
    return Aim(
        week=week,
        zone=zone,
        fallback=fallback,
        regions=regions,
        need={code: _need(country, code, regions[code]) for code in families if regions.get(code)},
        sources=[
            Source(
                family=families[code],
                place=place,
                usable=usable.get((place.pk, code), 0),
                suggested=suggested.get(code, {}).get(place.pk, 0),
            )
            for code in families
            if regions.get(code)
            for place in places
            if usable.get((place.pk, code), 0) >= families[code].box_units
        ],
    )


def _need(country: asked.Country, family: str, regions: Sequence[str]) -> int:
    served = asked.served(country=country, family=family, regions=regions)
    return int(country.need_of(family)[served.rows].sum())


def _next_number(aim: Aim) -> int:
    return plans.next_number(week=str(aim.week), zone=aim.zone.pk)


def _proposal(aim: Aim, form: PlanForm) -> services.Proposal:
    values = form.cleaned_data
    return services.Proposal(
        week=aim.week,
        zone=aim.zone.pk,
        fallback=aim.fallback,
        volumes=form.volumes,
        floors=form.floors,
        number=values["number"],
        title=values["title"],
        reason=values["reason"],
        **form.own_moments,
    )


def _fields(refusal: Refusal) -> dict[str, str]:
    """Say which field a fault belongs to: `volumes.surgical_mask.spf` is `volume_surgical_mask_spf`."""
    found = {}
    for fault in refusal.faults:
        parts = fault.where.split(".")
        if len(parts) == 3 and parts[0] == "volumes":  # noqa: PLR2004
            found[fault.where] = f"volume_{parts[1]}_{parts[2]}"
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A family in the table of volumes: its need in boxes, and a field a source."""

    family: Family
    need: int
    regions: str
    fields: Sequence[tuple[Source, Any]]


def _rows(aim: Aim, form: PlanForm) -> list[Row]:
    names = dict(Region.objects.values_list("code", "name"))
    families = plans.families()
    return [
        Row(
            family=families[code],
            need=-(-need // families[code].box_units),
            regions=_named(aim.regions[code], names),
            fields=[
                (source, form[source.field]) for source in aim.sources if source.family.pk == code
            ],
        )
        for code, need in aim.need.items()
    ]


MOST_NAMED = 4


def _named(codes: Sequence[str], names: Mapping[str, str]) -> str:
    told = sorted((names.get(code, code) for code in codes), key=french.alphabetical)
    if len(told) > MOST_NAMED:
        return french.plural(len(told), "région")
    return ", ".join(told)


def _pushed(aim: Aim) -> bool:
    return any(aim.regions.values())
