"""Requests for a change, consolidated on Thursday 18:00 for the plan of the week after: taken, or refused with a reason."""

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.distribution import services
from distrilog.domain.distribution.queries import requests as queries
from distrilog.domain.distribution.queries.requests import Wish
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.weeks import Week
from distrilog.web.plans.forms import AnswerForm
from distrilog.web.shared import format as french
from distrilog.web.shared.people import names_of
from distrilog.web.shared.rights import ActorRequest, needs


WEEKS_BACK = 8
TAKE = "retenir"


@require_GET
@needs(Deed.PLAN_ADJUST)
def listed(request: ActorRequest) -> HttpResponse:
    """Show the requests for the plan of a week: sums first, then those that wait."""
    return _page(request)


@require_POST
@needs(Deed.PLAN_ADJUST)
def answer(request: ActorRequest, number: int) -> HttpResponse:
    """Take or refuse one; the adjustment itself is made at the desk of its platform."""
    taken = request.POST.get("decision") == TAKE
    form = AnswerForm(request.POST)
    form.is_valid()
    try:
        made = services.answer_change(
            actor=request.actor,
            request_id=number,
            taken=taken,
            answer=request.POST.get("answer", ""),
            at=clock.now(),
        )
    except Refusal as refusal:
        if refusal.status == NOT_FOUND:
            raise
        return _page(request, refusal=refusal, refused=number)
    told = "retenue : reste à ajuster sa plateforme" if taken else "refusée, avec votre motif"
    notes.success(request, f"Demande de {made.facility.name} {told}.")
    return redirect(f"{reverse('plans:requests')}?semaine={made.week}")


NOT_FOUND = 404


def _page(
    request: ActorRequest, *, refusal: Refusal | None = None, refused: int = 0
) -> HttpResponse:
    at = clock.now()
    following = queries.following_plan_week(at=at)
    week = _week(request, following)
    found = queries.requests(scope=request.actor.scope, week=week, at=at)
    wishes = [*found.waiting, *found.answered]
    context = {
        "found": found,
        "week": week,
        "next_week": week.plus(1),
        "weeks": [following.plus(1 - back) for back in range(WEEKS_BACK)],
        "waiting": [_seen(each, refused) for each in found.waiting],
        "answered": [_seen(each, 0) for each in found.answered],
        "sums": [
            (each, each.asked // each.family.box_units, _signed(each.more // each.family.box_units))
            for each in found.sums
        ],
        "names": names_of(
            name for each in wishes for name in (each.request.asked_by, each.request.answered_by)
        ),
        "refusal": refusal,
    }
    return render(request, "plans/requests.html", context, status=422 if refusal else 200)


def _week(request: ActorRequest, usual: Week) -> Week:
    asked = request.GET.get("semaine", "") or request.POST.get("semaine", "")
    try:
        return Week.parse(asked)
    except ValueError:
        return usual


def _signed(boxes: int) -> str:
    return f"+{french.number(boxes)}" if boxes > 0 else french.number(boxes)


def _seen(each: Wish, refused: int) -> dict[str, object]:
    box = each.family.box_units
    desk = ""
    if each.plan_id and each.territory:
        desk = (
            reverse("plans:desk", args=[each.plan_id, each.territory])
            + f"?famille={each.family.pk}&q={each.facility.registry}"
        )
    return {
        "wish": each,
        "boxes": each.request.units // box,
        "usual": None if each.usual is None else each.usual // box,
        "more": _signed(each.more // box),
        "desk": desk,
        "fault": refused == each.request.pk,
    }
