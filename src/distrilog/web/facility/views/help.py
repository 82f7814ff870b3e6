"""Help: how things work, with the figures of the rules in force today, never written by hand."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.rules import (
    ALERT_DAYS,
    BAND_NAMES,
    DAYS_A_WEEK,
    SAFETY_WEEKS,
    SMALL_BOXES_A_WEEK,
    WATCH_DAYS,
    WEEKS_CORRECTABLE,
)
from distrilog.domain.declarations.rules.forecast import METHOD
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.doctrines.queries import NoDoctrine
from distrilog.domain.facilities.models import Region
from distrilog.domain.orders import rules as ordering
from distrilog.domain.resupply import rules as resupply
from distrilog.domain.shipping import rules as shipping
from distrilog.kernel import clock
from distrilog.kernel.weeks import PARIS
from distrilog.web.facility.rules_in_force import regimes_of, windows
from distrilog.web.shared.rights import PUBLIC, actor_of, needs


# Address → title, in the order of the list.
TOPICS: Final[Mapping[str, str]] = {
    "commander": "Commander, modifier, annuler",
    "livraisons": "Recevoir une livraison, signaler un écart",
    "dotation": "Recevoir une dotation sans commander",
    "plateforme": "Ma tournée : recevoir, remettre, rendre compte",
    "stock-regional": "Le stock de la région, et les dons",
    "declaration": "Déclarer mon stock, avec ou sans réseau",
    "depannage": "Demander un dépannage, aider un voisin",
    "couverture": "Lire la couverture : jours, seuils, prévision",
    "perimetre": "Qui est servi, par qui, à quel prix",
    "contingents": "Comment mon contingent est calculé",
    "regimes": "Tension ou achat libre : ce qui change",
    "fenetres": "Quand commander et quand je suis livré",
    "doctrine": "Ce que disent les textes",
    "api": "Brancher mon logiciel",
}
_HOUR: Final = timedelta(hours=1)


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
        "safety_days": SAFETY_WEEKS * DAYS_A_WEEK,
        "safety_weeks": SAFETY_WEEKS,
        "days_a_week": DAYS_A_WEEK,
        "weeks_correctable": WEEKS_CORRECTABLE,
        "small_boxes": SMALL_BOXES_A_WEEK,
        "alert_days": ALERT_DAYS,
        "watch_days": WATCH_DAYS,
        "cover_method": METHOD,
        "band_names": list(BAND_NAMES.values()),
        **_resupply(on=at.astimezone(PARIS).date()),
    }


# What each source of urgent help is, in a sentence for whoever asks.
_SOURCES: Final[Mapping[resupply.Kind, str]] = {
    resupply.Kind.NEIGHBOUR: "Des établissements proches qui ont accepté d’être sollicités. Chacun dit oui ou non.",
    resupply.Kind.DEPARTMENT: "Une réserve que la délégation départementale remet elle-même.",
    resupply.Kind.POT: "Une part de l’enveloppe de la semaine, que l’ARS garde pour l’imprévu.",
    resupply.Kind.STATE: "Livré par Santé publique France ou son opérateur.",
}


def _resupply(*, on: date) -> dict[str, Any]:
    """Return the procedure of urgent help on a day: its sources in order, and the hours each step may take."""
    procedure = resupply.procedure(on=on)
    # Under the older procedure nobody next door is asked, and nothing is validated.
    unused = {
        resupply.Step.ANSWER: resupply.Kind.NEIGHBOUR not in procedure.kinds,
        resupply.Step.VALIDATE: not procedure.validated,
    }
    return {
        "procedure": procedure,
        "sources": [(resupply.KIND_NAMES[kind], _SOURCES[kind]) for kind in procedure.kinds],
        "urgencies": list(resupply.URGENCY_NAMES.values()),
        "clocks": [
            (
                resupply.STEP_NAMES[step],
                [procedure.due(step, each) // _HOUR for each in resupply.Urgency],
            )
            for step in resupply.Step
            if not unused.get(step)
        ],
    }
