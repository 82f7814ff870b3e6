"""Difficulties that facilities told with their declarations, the most urgent first, and who has seen them."""

from typing import Final

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.declarations.models import Difficulty
from distrilog.domain.declarations.services import mark_seen
from distrilog.domain.facilities.models import Facility
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week
from distrilog.web.cover.look import address, page_of
from distrilog.web.cover.ways import back_to
from distrilog.web.shared.rights import ActorRequest, needs


PER_PAGE: Final = 30
WEEKS_BACK: Final = 4
URGENCIES: Final = (Difficulty.Urgency.TODAY, Difficulty.Urgency.WEEK, Difficulty.Urgency.LATER)
CATEGORIES: Final = {
    "rupture": Difficulty.Category.SHORTAGE,
    "qualite": Difficulty.Category.QUALITY,
    "taille": Difficulty.Category.SIZE,
    "livraison": Difficulty.Category.DELIVERY,
    "foyer": Difficulty.Category.OUTBREAK,
    "autre": Difficulty.Category.OTHER,
}


def told(*, actor: Actor, since: Week) -> QuerySet[Difficulty]:
    """Keep what facilities of one's scope told since a week, in the versions that hold: the most urgent first."""
    rank = Case(
        *(When(urgency=urgency, then=Value(place)) for place, urgency in enumerate(URGENCIES)),
        output_field=IntegerField(),
    )
    return (
        Difficulty.objects.filter(
            facility__in=Facility.objects.within(actor.scope), week__gte=str(since)
        )
        .select_related("facility", "family")
        .annotate(rank=rank)
        .order_by("rank", "-week", "-pk")
    )


@require_GET
@needs(Deed.DECLARATION_READ)
def listed(request: ActorRequest) -> HttpResponse:
    """List difficulties nobody has seen yet, or all of the last weeks."""
    actor = request.actor
    since = Week.at(clock.now()).plus(-WEEKS_BACK)
    rows = told(actor=actor, since=since)
    counts = {"unseen": rows.filter(seen_at__isnull=True).count(), "all": rows.count()}
    every = request.GET.get("voir", "") == "toutes"
    rows = rows if every else rows.filter(seen_at__isnull=True)
    category = CATEGORIES.get(request.GET.get("nature", ""))
    rows = rows.filter(category=category) if category else rows
    number = page_of(request.GET)
    start = (number - 1) * PER_PAGE
    found = list(rows[start : start + PER_PAGE + 1])
    kept = {
        "voir": "toutes" if every else "",
        "nature": request.GET.get("nature", "") if category else "",
    }
    path = request.path
    context = {
        "rows": found[:PER_PAGE],
        "counts": counts,
        "every": every,
        "may_mark": actor.may(Deed.COVER_READ),
        "views": [
            ("Pas encore vues", counts["unseen"], address(path, nature=kept["nature"]), not every),
            ("Toutes", counts["all"], address(path, nature=kept["nature"], voir="toutes"), every),
        ],
        "natures": [
            ("Toutes les natures", address(path, voir=kept["voir"]), category is None),
            *(
                (str(one.label), address(path, voir=kept["voir"], nature=word), one is category)
                for word, one in CATEGORIES.items()
            ),
        ],
        "weeks_back": WEEKS_BACK,
        "here": request.get_full_path(),
        "previous": address(path, **kept, page=number - 1) if number > 1 else "",
        "next": address(path, **kept, page=number + 1) if len(found) > PER_PAGE else "",
        "number": number,
    }
    return render(request, "cover/difficulties.html", context)


@require_POST
@needs(Deed.COVER_READ)
def seen(request: ActorRequest, number: int) -> HttpResponse:
    """Note that one has read a difficulty, and come back where one was."""
    mark_seen(actor=request.actor, difficulty_id=min(number, 2**63 - 1), at=clock.now())
    return redirect(back_to(request, usual=reverse("cover:difficulties")))
