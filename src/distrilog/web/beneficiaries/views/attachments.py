"""Attachments: who has no platform, who may be counted twice, moving a facility to another territory."""

from datetime import timedelta
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.facilities import queries as facilities, services
from distrilog.kernel import clock
from distrilog.web.beneficiaries.forms import AttachForm, starting
from distrilog.web.beneficiaries.page import act, today
from distrilog.web.shared.rights import ActorRequest, needs


PAGE: Final = 30
FOUND: Final = 20
RECENT: Final = timedelta(days=60)


@require_GET
@needs(Deed.PERIMETER_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """Show the orphans, the twins and what moved lately; find a facility to move."""
    on = today()
    scope = request.actor.scope
    search = request.GET.get("q", "").strip()[:80]
    orphans = facilities.unattached(scope=scope, on=on).select_related("category")
    context = {
        "tab": "attachments",
        "page": Paginator(orphans.order_by("name", "pk"), PAGE).get_page(request.GET.get("page")),
        "twins": facilities.twice(scope=scope, on=on),
        "moved": facilities.moved(scope=scope, since=on - RECENT),
        "search": search,
        "found": facilities.listing(
            scope=scope, search=search, open_on=on, order="name", size=FOUND
        ).facilities
        if search
        else [],
        "may_manage": request.actor.may(Deed.PERIMETER_MANAGE),
    }
    return render(request, "beneficiaries/attachments.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.PERIMETER_MANAGE)
def attach(request: ActorRequest, registry: str) -> HttpResponse:
    """Attach a facility to a territory from a day on."""
    on = today()
    facility = facilities.get(registry=registry, scope=request.actor.scope)
    present = facilities.territory_of(facility=facility, on=on)
    form = AttachForm(
        request.POST if request.method == "POST" else None,
        scope=request.actor.scope,
        initial=starting(on),
    )

    def do(values: Any) -> None:
        services.attach(actor=request.actor, registry=registry, at=clock.now(), **values)

    return act(
        request,
        form,
        do=do,
        done=f"{facility.name} est rattaché.",
        back=reverse("beneficiaries:attachments"),
        words={
            "title": f"Rattacher {facility.name}",
            "lead": (
                f"Aujourd’hui : {present.name if present else 'aucun territoire'}. Les plans lisent le "
                "rattachement du lundi : ceux qui sont déjà faits ne bougent pas."
            ),
            "parent": "Rattachements",
            "button": "Rattacher",
        },
    )
