"""People in training: supplied by one facility, wherever they work, and so counted once (row B18)."""

from typing import Any, Final

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Trainees
from distrilog.domain.facilities.models import Facility
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound
from distrilog.web.beneficiaries.forms import EndForm, TraineesForm, starting
from distrilog.web.beneficiaries.page import act, today
from distrilog.web.beneficiaries.periods import last_day
from distrilog.web.shared.rights import ActorRequest, needs


MOST_SHOWN: Final = 200
_PARENT: Final = "Personnes en formation"


def _rows(request: ActorRequest) -> Any:
    seen = Facility.objects.within(request.actor.scope)
    return Trainees.objects.filter(facility__in=seen).select_related("facility")


@require_GET
@needs(Deed.PERIMETER_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """List the cohorts that are or will be supplied, facility by facility."""
    on = today()
    running = Q(period__endswith__isnull=True) | Q(period__endswith__gt=on)
    rows = _rows(request).filter(running).order_by("facility__name", "cohort", "pk")
    context = {
        "tab": "trainees",
        "rows": [
            {"row": row, "last": last_day(row.period), "to_come": row.period.lower > on}
            for row in rows[:MOST_SHOWN]
        ],
        "may_manage": request.actor.may(Deed.PERIMETER_MANAGE),
    }
    return render(request, "beneficiaries/trainees.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.PERIMETER_MANAGE)
def register(request: ActorRequest) -> HttpResponse:
    """Say which facility supplies a cohort; one counted elsewhere is refused, with who counts it."""
    initial = starting(today()) | {"registry": request.GET.get("pour", "")[:20]}
    form = TraineesForm(request.POST if request.method == "POST" else None, initial=initial)

    def do(values: Any) -> None:
        services.register_trainees(actor=request.actor, at=clock.now(), **values)

    return act(
        request,
        form,
        do=do,
        done="La promotion est inscrite.",
        back=reverse("beneficiaries:trainees"),
        words={
            "title": "Inscrire une promotion",
            "lead": "Les internes sont dotés par leur CHU, les autres étudiants par leur établissement de rattachement.",
            "parent": _PARENT,
            "button": "Inscrire",
        },
        unknown="registry",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.PERIMETER_MANAGE)
def end(request: ActorRequest, number: int) -> HttpResponse:
    """Say the last day a facility supplies a cohort."""
    row = _rows(request).filter(pk=number).first()
    if row is None:
        raise NotFound
    form = EndForm(request.POST if request.method == "POST" else None, initial=starting(today()))

    def do(values: Any) -> None:
        services.end_trainees(
            actor=request.actor, trainees_id=number, on=values["on"], at=clock.now()
        )

    return act(
        request,
        form,
        do=do,
        done="La promotion ne sera plus dotée après ce jour.",
        back=reverse("beneficiaries:trainees"),
        words={
            "title": f"Fin de dotation : {row.cohort}",
            "lead": f"Dotée par {row.facility.name}.",
            "parent": _PARENT,
            "button": "Mettre fin",
        },
    )
