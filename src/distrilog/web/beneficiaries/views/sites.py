"""Temporary COVID sites: opened and closed in days."""

from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.facilities import queries as facilities, services
from distrilog.kernel import clock
from distrilog.web.beneficiaries.forms import EndForm, SiteForm, starting
from distrilog.web.beneficiaries.page import act, today
from distrilog.web.shared.rights import ActorRequest, needs


MOST_SHOWN: Final = 200
SHOWN_AFTER: Final = timedelta(days=90)
_PARENT: Final = "Sites temporaires"


@require_GET
@needs(Deed.PERIMETER_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """List the sites that are open or to come, then those closed lately."""
    on = today()
    rows = facilities.sites(scope=request.actor.scope, since=on - SHOWN_AFTER)
    context = {
        "tab": "sites",
        "rows": rows[:MOST_SHOWN],
        "today": on,
        "may_manage": request.actor.may(Deed.PERIMETER_MANAGE),
    }
    return render(request, "beneficiaries/sites.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.PERIMETER_MANAGE)
def open_one(request: ActorRequest) -> HttpResponse:
    """Open a site; it gets a number of our own and a platform at once."""
    form = SiteForm(
        request.POST if request.method == "POST" else None,
        scope=request.actor.scope,
        initial=starting(today()),
    )

    def do(values: Any) -> None:
        services.open_site(actor=request.actor, site=services.Site(**values), at=clock.now())

    return act(
        request,
        form,
        do=do,
        done="Le site est ouvert : le prochain plan le compte.",
        back=reverse("beneficiaries:sites"),
        words={
            "title": "Ouvrir un site temporaire",
            "lead": (
                "Pour des patients COVID qui ne relèvent pas d’une hospitalisation. Il reçoit un numéro à nous, "
                "et ce que la doctrine donne par lit ou place."
            ),
            "parent": _PARENT,
            "button": "Ouvrir le site",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.PERIMETER_MANAGE)
def close(request: ActorRequest, registry: str) -> HttpResponse:
    """Close a site from a day on."""
    facility = facilities.get(registry=registry, scope=request.actor.scope)
    form = EndForm(request.POST if request.method == "POST" else None, initial=starting(today()))
    form.fields["on"].label = "Fermé à partir du"
    form.fields["on"].help_text = ""

    def do(values: Any) -> None:
        services.close_site(actor=request.actor, registry=registry, on=values["on"], at=clock.now())

    return act(
        request,
        form,
        do=do,
        done=f"{facility.name} ferme ce jour-là.",
        back=reverse("beneficiaries:sites"),
        words={
            "title": f"Fermer {facility.name}",
            "lead": "Ce qu’il a reçu reste dans son historique.",
            "parent": _PARENT,
            "button": "Fermer le site",
        },
    )
