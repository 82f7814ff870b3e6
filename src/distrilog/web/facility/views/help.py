"""Help: how things work, with the figures of the rules in force today, never written by hand."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from distrilog.domain.catalogue.models import Family
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.doctrines.queries import NoDoctrine
from distrilog.domain.facilities.models import Region
from distrilog.domain.orders import rules as ordering
from distrilog.domain.shipping import rules as shipping
from distrilog.kernel import clock
from distrilog.kernel.weeks import PARIS
from distrilog.web.facility.rules_in_force import regimes_of, windows
from distrilog.web.shared.rights import PUBLIC, actor_of, needs


# Address → title, in the order of the list.
TOPICS: Final[Mapping[str, str]] = {
    "commander": "Commander, modifier, annuler",
    "livraisons": "Recevoir une livraison, signaler un écart",
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
        "regimes": regimes_of(families=families, region=actor.region if actor else "", at=at),
        "region": Region.objects.filter(code=actor.region).first() if actor else None,
        "windows": windows(at=at),
        "doctrine": doctrine,
        "most_lines": ordering.MOST_LINES,
        "silence_days": shipping.SILENCE_DAYS,
        "claim_days": shipping.CLAIM_DAYS,
        "short_rule": shipping.SHORT_RULE,
    }
