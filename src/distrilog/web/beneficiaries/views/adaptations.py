"""Seasonal adaptations: a facility’s need for a while, which ends by itself (row B17)."""

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Override
from distrilog.domain.facilities.models import Facility
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound
from distrilog.web.beneficiaries.forms import AdaptForm, EndForm, starting
from distrilog.web.beneficiaries.page import act, today
from distrilog.web.beneficiaries.periods import last_day
from distrilog.web.shared.rights import ActorRequest, needs


MOST_SHOWN: Final = 200
_PARENT: Final = "Adaptations"


def _rows(request: ActorRequest) -> Any:
    seen = Facility.objects.within(request.actor.scope)
    return Override.objects.filter(facility__in=seen).select_related("facility")


def _percent(per_mille: int) -> float:
    """Return per cent, whole where it is."""
    whole, rest = divmod(per_mille, 10)
    return per_mille / 10 if rest else whole


@require_GET
@needs(Deed.PERIMETER_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """List the adaptations that run or will, the first to end first."""
    on = today()
    families = {family.code: family.plural for family in Family.objects.all()}
    rows = _rows(request).filter(period__endswith__gt=on).order_by("period__endswith", "pk")
    context = {
        "tab": "adaptations",
        "rows": [
            {
                "row": row,
                "what": families.get(row.family, "tous les articles"),
                "percent": _percent(row.per_mille),
                "last": last_day(row.period),
                "to_come": row.period.lower > on,
            }
            for row in rows[:MOST_SHOWN]
        ],
        "may_manage": request.actor.may(Deed.PERIMETER_MANAGE),
    }
    return render(request, "beneficiaries/adaptations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.PERIMETER_MANAGE)
def decide(request: ActorRequest) -> HttpResponse:
    """Adapt the need of a facility for a while."""
    initial = starting(today()) | {"registry": request.GET.get("pour", "")[:20]}
    form = AdaptForm(request.POST if request.method == "POST" else None, initial=initial)

    def do(values: Any) -> None:
        given = dict(values)
        given["per_mille"] = given.pop("percent") * 10
        services.set_override(actor=request.actor, at=clock.now(), **given)

    return act(
        request,
        form,
        do=do,
        done="L’adaptation est enregistrée : elle finira d’elle-même.",
        back=reverse("beneficiaries:adaptations"),
        words={
            "title": "Adapter le besoin d’un établissement",
            "lead": "Recensement des flux d’été, fermeture de saison, afflux : ce que la doctrine ne sait pas.",
            "parent": _PARENT,
            "button": "Enregistrer",
        },
        names={"per_mille": "percent"},
        unknown="registry",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.PERIMETER_MANAGE)
def end(request: ActorRequest, number: int) -> HttpResponse:
    """End an adaptation sooner."""
    row = _rows(request).filter(pk=number).first()
    if row is None:
        raise NotFound
    form = EndForm(request.POST if request.method == "POST" else None, initial=starting(today()))

    def do(values: Any) -> None:
        services.end_override(
            actor=request.actor, override_id=number, on=values["on"], at=clock.now()
        )

    return act(
        request,
        form,
        do=do,
        done="L’adaptation prend fin.",
        back=reverse("beneficiaries:adaptations"),
        words={
            "title": f"Fin de l’adaptation : {row.facility.name}",
            "lead": "Un jour d’avant son début la retire.",
            "parent": _PARENT,
            "button": "Mettre fin",
        },
    )
