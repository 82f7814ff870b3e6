"""What leaves a region's stock: the list, an urgent issue, a direct delivery, a release on an outbreak, what platforms hand out."""

from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.facilities.models import Facility, Region
from distrilog.domain.regional import queries, services
from distrilog.domain.regional.models import Issue
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound, Refusal
from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import PARIS
from distrilog.web.regional.forms import HandOutForm, IssueForm, ReleaseForm
from distrilog.web.regional.pages import REFUSED, families, page, place_choices, region_shown
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


SHOWN = 200
SITES = 1500


@require_safe
@needs(Deed.REGIONAL_READ)
def issues(request: ActorRequest) -> HttpResponse:
    """List what left, the last first, as far as the reader's scope goes."""
    region, kind = region_shown(request), request.GET.get("nature", "")
    kind = kind if kind in Issue.Kind.values else ""
    rows = queries.issues(scope=request.actor.scope, region=region.pk, kind=kind)
    context = {
        "rows": list(rows[:SHOWN]),
        "total": rows.count(),
        "kinds": Issue.Kind.choices,
        "kind": kind,
        "shown": SHOWN,
    }
    return page(request, "issues", tab="issues", region=region, context=context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.REGIONAL_MANAGE)
def urgent(request: ActorRequest) -> HttpResponse:
    """Serve a case that national supply does not cover."""
    return _issue(request, direct=False)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.REGIONAL_MANAGE)
def direct(request: ActorRequest) -> HttpResponse:
    """Deliver to a receiver that no platform serves."""
    return _issue(request, direct=True)


def _issue(request: ActorRequest, *, direct: bool) -> HttpResponse:
    region = region_shown(request)
    form = IssueForm(
        request.POST or None,
        families=families(),
        places=place_choices(region),
        receivers=list(queries.receivers(region=region.pk)),
        direct=direct,
        initial={"receiver": request.GET.get("destinataire", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            done = _given(request, form, direct=direct)
        except Refusal as refusal:
            add_faults(form, refusal, names={"to": "receiver" if direct else "facility"})
        else:
            notes.success(request, _told(done))
            return redirect("regional:issues")
    context = {"form": form, "direct": direct}
    status = REFUSED if form.is_bound else 200
    return page(request, "issue", tab="issues", region=region, context=context, status=status)


def _given(request: ActorRequest, form: IssueForm, *, direct: bool) -> Issue:
    asked = form.cleaned_data
    common: dict[str, Any] = {
        "actor": request.actor,
        "family": asked["family"],
        "units": asked["units"],
        "motive": asked["motive"],
        "key": asked["key"],
        "place": asked["place"],
        "at": clock.now(),
    }
    if direct:
        return services.deliver_directly(receiver=asked["receiver"], **common)
    to = services.Recipient(facility=asked["facility"].strip(), receiver=asked["receiver"])
    return services.issue_urgently(to=to, **common)


def _told(issue: Issue) -> str:
    whom = issue.facility.name if issue.facility else issue.receiver
    return f"{french.plural(issue.units, 'unité')} pour {whom} : la sortie est enregistrée."


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.REGIONAL_RELEASE)
def release(request: ActorRequest) -> HttpResponse:
    """Give a facility units that the delegation keeps at a platform."""
    region, scope = region_shown(request), request.actor.scope
    reserves = queries.reserves(region=region.pk, department=scope.code)
    form = ReleaseForm(
        request.POST or None,
        reserves=[
            (
                f"{each.place.pk}|{each.family.pk}",
                _reserve_name(each),
            )
            for each in reserves
        ],
        initial={
            "reserve": request.GET.get("reserve", ""),
            "outbreak_on": clock.now().astimezone(PARIS).date(),
        },
    )
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        place, _bar, family = asked["reserve"].partition("|")
        try:
            done = services.release(
                actor=request.actor,
                place=place,
                family=family,
                units=asked["units"],
                facility=asked["facility"].strip(),
                motive=asked["motive"],
                outbreak_on=asked["outbreak_on"],
                key=asked["key"],
                at=clock.now(),
            )
        except Refusal as refusal:
            add_faults(form, refusal, names={"to": "facility"})
        else:
            notes.success(request, _told(done))
            return redirect("regional:issues")
    context = {"form": form, "reserves": reserves, "sites": _sites(scope)}
    status = REFUSED if form.is_bound else 200
    return page(request, "release", tab="issues", region=region, context=context, status=status)


def _reserve_name(reserve: queries.Reserve) -> str:
    return f"{french.number(reserve.usable)} {reserve.family.plural}, {reserve.place.name}"


def _sites(scope: Scope) -> list[tuple[str, str, str]]:
    day = clock.now().astimezone(PARIS).date()
    found = Facility.objects.within(scope).open_on(day).exclude(category__group="pharmacy")
    return list(found.order_by("name").values_list("registry", "name", "commune")[:SITES])


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.PLATFORM_RUN)
def reinforcements(request: ActorRequest) -> HttpResponse:
    """List what the region sent a platform for its facilities, and hand some of it out."""
    scope = request.actor.scope
    shares = list(queries.to_hand_out(scope=scope))
    asked = request.POST.get("share", "")
    form = HandOutForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            (done, *_others) = services.hand_out_share(
                actor=request.actor,
                share_id=_share(asked, shares),
                units={form.cleaned_data["facility"].strip(): form.cleaned_data["units"]},
                key=form.cleaned_data["key"][:24],
                at=clock.now(),
            )
        except Refusal as refusal:
            _add_faults(form, refusal)
        else:
            notes.success(request, _told(done))
            return redirect("regional:reinforcements")
    region = Region.objects.filter(pk=request.actor.region).first()
    context = {
        "rows": [(each, form if asked == str(each.pk) else HandOutForm()) for each in shares],
        "sites": _sites(scope),
        "region": region,
        "form": form,
    }
    status = REFUSED if form.is_bound else 200
    return render(request, "regional/reinforcements.html", context, status=status)


def _share(text: str, shares: list[Any]) -> int:
    for each in shares:
        if str(each.pk) == text:
            return int(each.pk)
    raise NotFound(detail="Ce renfort n’est plus à remettre.")


def _add_faults(form: HandOutForm, refusal: Refusal) -> None:
    """Put what is wrong with a facility at its field."""
    registry = form.cleaned_data["facility"].strip()
    names = {f"units.{registry}": "facility", "units": "units"}
    add_faults(form, refusal, names=names)
