"""Help: how things work, with the figures of the rules in force today, never written by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.catalogue.models import Family
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.doctrines.queries import NoDoctrine
from distrilog.domain.facilities.models import Region, Zone
from distrilog.domain.orders import rules as ordering
from distrilog.domain.regimes import queries as regimes
from distrilog.domain.regimes.rules import ROUTINE, Span, Standing, window_in
from distrilog.kernel import clock
from distrilog.kernel.weeks import PARIS
from distrilog.web.shared.rights import PUBLIC, actor_of, needs


# Address → title, in the order of the list.
TOPICS: Final[Mapping[str, str]] = {
    "commander": "Commander, modifier, annuler",
    "contingents": "Comment mon contingent est calculé",
    "regimes": "Tension ou achat libre : ce qui change",
    "fenetres": "Quand commander et quand je suis livré",
    "doctrine": "Ce que disent les textes",
    "api": "Brancher mon logiciel",
}


@needs(PUBLIC)
def topics(request: HttpRequest) -> HttpResponse:
    """List the topics and the frequent questions."""
    return render(request, "facility/help.html", {"topics": TOPICS, **_rules(request)})


@needs(PUBLIC)
def topic(request: HttpRequest, name: str) -> HttpResponse:
    """Explain one topic."""
    if name not in TOPICS:
        raise Http404
    context = {"topics": TOPICS, "name": name, "heading": TOPICS[name], **_rules(request)}
    return render(request, f"facility/help/{name}.html", context)


@needs(PUBLIC)
def accessibility(request: HttpRequest) -> HttpResponse:
    """State how accessible the service is, and whom to tell when it is not."""
    return render(request, "facility/accessibility.html")


def _rules(request: HttpRequest) -> dict[str, Any]:
    """Read the rules in force: regimes, windows, lead times, doctrine, limits."""
    at = clock.now()
    actor = actor_of(request)
    families = list(Family.objects.order_by("position", "code"))
    try:
        doctrine = doctrines.in_force(on=at.astimezone(PARIS).date())
    except NoDoctrine:
        doctrine = None
    return {
        "families": families,
        "regimes": _regimes(families, actor, at),
        "region": Region.objects.filter(code=actor.region).first() if actor else None,
        "windows": _windows(at),
        "doctrine": doctrine,
        "most_lines": ordering.MOST_LINES,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRegime:
    """A family and where it is in tension: in the reader's region, or in how many regions."""

    family: Family
    here: Standing | None
    regions: int


def _regimes(families: Sequence[Family], actor: Actor | None, at: datetime) -> list[FamilyRegime]:
    standings = regimes.in_force(at=at)
    region = actor.region if actor else ""
    return [
        FamilyRegime(
            family=family,
            here=standings.get((family.code, region), ROUTINE) if region else None,
            regions=sum(
                standing.regime == "tension"
                for (code, _region), standing in standings.items()
                if code == family.code
            ),
        )
        for family in families
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneWindow:
    """A zone, its clocks, and its window of the week, if any."""

    zone: Zone
    clocks: ZoneInfo
    span: Span | None


def _windows(at: datetime) -> list[ZoneWindow]:
    rules = regimes.window_rules()
    found = []
    for zone in Zone.objects.order_by("overseas", "name"):
        week = regimes.current_week(zone=zone, at=at)
        of_zone = rules.get(zone.code, [])
        span = window_in(week=week, time_zone=zone.time_zone, rules=of_zone)
        found.append(ZoneWindow(zone=zone, clocks=ZoneInfo(zone.time_zone), span=span))
    return found
