"""Regimes: what is in tension where; prepare, look at the effect, sign by another person."""

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Region
from distrilog.domain.quotas import queries as quotas
from distrilog.domain.regimes import queries, services
from distrilog.domain.regimes.models import RegimeDecision, RegimeLine
from distrilog.domain.regimes.rules import ROUTINE
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound, Refusal
from distrilog.kernel.weeks import Week
from distrilog.web.decisions.forms import RegimeForm
from distrilog.web.shared.format import alphabetical
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.people import names_of
from distrilog.web.shared.rights import ActorRequest, needs


@require_GET
@needs(Deed.REGIME_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """Show what is in force now, family by family, and the decisions that made it."""
    at = clock.now()
    in_force = queries.in_force(at=at)
    regions = sorted(Region.objects.all(), key=lambda region: alphabetical(region.name))
    families = list(Family.objects.order_by("position", "code"))
    decisions = list(queries.decisions())
    context = {
        "families": families,
        "grid": [
            (region, [in_force.get((family.code, region.code), ROUTINE) for family in families])
            for region in regions
        ],
        "summary": [
            (
                family,
                sum(
                    in_force.get((family.code, region.code), ROUTINE).regime == "tension"
                    for region in regions
                ),
                len(regions),
            )
            for family in families
        ],
        "waiting": [one for one in decisions if one.state == RegimeDecision.State.DRAFT],
        "decisions": [one for one in decisions if one.state != RegimeDecision.State.DRAFT],
        "names": names_of(name for one in decisions for name in (one.prepared_by, one.signed_by)),
        "may_prepare": request.actor.may(Deed.REGIME_PREPARE),
    }
    return render(request, "decisions/regimes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.REGIME_PREPARE)
def prepare(request: ActorRequest) -> HttpResponse:
    """Write a decision to be signed by somebody else."""
    at = clock.now()
    form = RegimeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            decision = services.prepare(actor=request.actor, proposal=form.proposal(at=at), at=at)
            return redirect("decisions:regime", number=decision.pk)
        except Refusal as refusal:
            add_faults(form, refusal, names={"starts_at": "day"})
    status = 422 if form.is_bound else 200
    return render(request, "decisions/regime_prepare.html", {"form": form}, status=status)


@require_GET
@needs(Deed.REGIME_READ)
def detail(request: ActorRequest, number: int) -> HttpResponse:
    """Show a decision and what it changes: facilities, what turns, the price."""
    decision = (
        RegimeDecision.objects.prefetch_related("lines__family", "lines__region")
        .filter(pk=number)
        .first()
    )
    if decision is None:
        raise NotFound
    lines = list(decision.lines.all())
    actor = request.actor
    is_draft = decision.state == RegimeDecision.State.DRAFT
    week = Week.at(clock.now())
    in_place = quotas.in_place(
        week=str(week),
        families=[family.code for family in _families_of(lines)],
        regions=sorted({line.region_id for line in lines}),
    )
    context = {
        "decision": decision,
        "families": [family.name for family in _families_of(lines)],
        "regions": sorted({line.region.name for line in lines}),
        "everywhere": len({line.region_id for line in lines}) == Region.objects.count(),
        "preview": decision.preview,
        "turning": len(decision.preview.get("turning", [])),
        "week": week,
        "in_place": [
            (family, *in_place.get(family.code, (0, 0))) for family in _families_of(lines)
        ],
        "names": names_of([decision.prepared_by, decision.signed_by]),
        "is_draft": is_draft,
        "is_author": decision.prepared_by == actor.by,
        "may_sign": is_draft and actor.may(Deed.REGIME_SIGN) and decision.prepared_by != actor.by,
        "may_withdraw": is_draft and actor.may(Deed.REGIME_PREPARE),
    }
    return render(request, "decisions/regime.html", context)


def _families_of(lines: list[RegimeLine]) -> list[Family]:
    found = {line.family_id: line.family for line in lines}
    return sorted(found.values(), key=lambda family: (family.position, family.code))


@require_POST
@needs(Deed.REGIME_SIGN)
def sign(request: ActorRequest, number: int) -> HttpResponse:
    """Put a decision in force; everyone concerned gets a message."""
    services.sign(actor=request.actor, decision_id=number, at=clock.now())
    notes.success(
        request, "La décision est signée. Elle s’applique sans redémarrage, et chacun est prévenu."
    )
    return redirect("decisions:regime", number=number)


@require_POST
@needs(Deed.REGIME_PREPARE)
def withdraw(request: ActorRequest, number: int) -> HttpResponse:
    """Set a draft aside."""
    services.withdraw(actor=request.actor, decision_id=number, at=clock.now())
    notes.success(request, "La décision est retirée. Rien n’a changé.")
    return redirect("decisions:regimes")
