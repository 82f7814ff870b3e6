"""Circuits: through which chain each category is served, and who counts it."""

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities import queries as facilities, services
from distrilog.domain.facilities.models import Category, Circuit
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound
from distrilog.web.beneficiaries.forms import CircuitForm, EndForm, starting
from distrilog.web.beneficiaries.page import act, today
from distrilog.web.shared.people import names_of
from distrilog.web.shared.rights import ActorRequest, needs


MOST_SHOWN: Final = 200
_PARENT: Final = "Circuits"


@require_GET
@needs(Deed.PERIMETER_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """Show how each group is served today, then every circuit that was decided."""
    on = today()
    groups, chains = dict(Category.Group.choices), dict(Circuit.Chain.choices)
    rows = list(facilities.circuits()[:MOST_SHOWN])
    context = {
        "tab": "circuits",
        "served": [
            (groups[each.group], chains[each.chain], [chains[one] for one in each.completed_by])
            for each in facilities.served(on=on, family="")
        ],
        "rows": rows,
        "families": {family.code: family.plural for family in Family.objects.all()},
        "names": names_of(row.by for row in rows),
        "today": on,
        "may_manage": request.actor.may(Deed.CIRCUIT_MANAGE),
    }
    return render(request, "beneficiaries/circuits.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.CIRCUIT_MANAGE)
def decide(request: ActorRequest) -> HttpResponse:
    """Decide a circuit from a day on."""
    form = CircuitForm(
        request.POST if request.method == "POST" else None, initial=starting(today())
    )

    def do(values: Any) -> None:
        services.set_circuit(
            actor=request.actor, proposal=services.CircuitProposal(**values), at=clock.now()
        )

    return act(
        request,
        form,
        do=do,
        done="Le circuit est décidé : les plans qui commencent après lui le suivent.",
        back=reverse("beneficiaries:circuits"),
        words={
            "title": "Décider d’un circuit",
            "lead": "Le plus précis l’emporte : la catégorie, puis l’article, puis le plus récent.",
            "parent": _PARENT,
            "button": "Décider",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.CIRCUIT_MANAGE)
def end(request: ActorRequest, number: int) -> HttpResponse:
    """End a circuit: what it replaced holds again."""
    row = Circuit.objects.filter(pk=number).first()
    if row is None:
        raise NotFound
    form = EndForm(request.POST if request.method == "POST" else None, initial=starting(today()))

    def do(values: Any) -> None:
        services.end_circuit(
            actor=request.actor, circuit_id=number, on=values["on"], at=clock.now()
        )

    return act(
        request,
        form,
        do=do,
        done="Le circuit prend fin ; celui qu’il remplaçait reprend.",
        back=reverse("beneficiaries:circuits"),
        words={
            "title": f"Fin du circuit : {row.get_group_display()}, {row.get_chain_display()}",
            "parent": _PARENT,
            "button": "Mettre fin",
        },
    )
