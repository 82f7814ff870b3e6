"""Contacts: who is missing, who answers, naming one, ending one."""

from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.facilities import queries as facilities, services
from distrilog.domain.facilities.models import Category, Referent
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound
from distrilog.web.beneficiaries.forms import AppointForm, EndForm, starting
from distrilog.web.beneficiaries.page import act, today
from distrilog.web.shared.rights import ActorRequest, needs


PAGE: Final = 30
# Alerts beyond these are folded: an agency has a few, the country hundreds on its first day.
SHOWN: Final = 12
_PARENT: Final = "Référents"


@require_GET
@needs(Deed.PERIMETER_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """Show the alerts first, then who answers, then the facilities without a contact."""
    on = today()
    scope = request.actor.scope
    missing = facilities.missing_referents(scope=scope, on=on)
    group = request.GET.get("groupe", "")
    lacking = facilities.without_contact(scope=scope, on=on)
    if group in Category.Group.values:
        lacking = lacking.filter(category__group=group)
    rows = lacking.select_related("category").order_by("name", "pk")
    kinds = dict(Referent.Kind.choices)
    groups = dict(Category.Group.choices)
    context = {
        "tab": "referents",
        "alerts": [(kinds[alert.kind], alert) for alert in missing.alerts[:SHOWN]],
        "more_alerts": [(kinds[alert.kind], alert) for alert in missing.alerts[SHOWN:]],
        "rows": facilities.referents(scope=scope, on=on),
        "groups": [(code, groups[code], count) for code, count in missing.facilities.items()],
        "group": group,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "today": on,
        "may_manage": request.actor.may(Deed.PERIMETER_MANAGE),
    }
    return render(request, "beneficiaries/referents.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.PERIMETER_MANAGE)
def appoint(request: ActorRequest, nature: str) -> HttpResponse:
    """Name a contact of one kind; `pour` in the address fills in for what."""
    if nature not in Referent.Kind.values:
        raise NotFound
    wanted = request.GET.get("pour", "")[:40]
    initial = starting(today()) | {"reach": wanted, "registries": wanted}
    form = AppointForm(
        request.POST if request.method == "POST" else None,
        kind=nature,
        scope=request.actor.scope,
        initial=initial,
    )

    def do(values: Any) -> None:
        services.appoint_referent(
            actor=request.actor,
            appointment=services.Appointment(
                kind=nature,
                reach=values.get("reach", ""),
                registries=values.get("registries", "").split(),
                name=values["name"],
                email=values["email"],
                phone=values["phone"],
                starts_on=values["starts_on"],
            ),
            at=clock.now(),
        )

    return act(
        request,
        form,
        do=do,
        done="Le référent est nommé.",
        back=reverse("beneficiaries:referents"),
        words={
            "title": f"Nommer un {Referent.Kind(nature).label}",
            "parent": _PARENT,
            "button": "Nommer",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.PERIMETER_MANAGE)
def end(request: ActorRequest, number: int) -> HttpResponse:
    """Say the last day of a contact."""
    row = facilities.referents_within(scope=request.actor.scope).filter(pk=number).first()
    if row is None:
        raise NotFound
    form = EndForm(request.POST if request.method == "POST" else None, initial=starting(today()))

    def do(values: Any) -> None:
        services.end_referent(
            actor=request.actor, referent_id=number, on=values["on"], at=clock.now()
        )

    return act(
        request,
        form,
        do=do,
        done=f"{row.name} ne répondra plus après ce jour.",
        back=reverse("beneficiaries:referents"),
        words={
            "title": f"Fin de fonction : {row.name}",
            "lead": "Sans successeur, une alerte reste ouverte : nommez plutôt qui le remplace.",
            "parent": _PARENT,
            "button": "Mettre fin",
        },
    )
