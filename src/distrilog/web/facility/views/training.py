"""Training on the demonstration's data: five exercises, ticked as they are done. Real pages, nothing delivered."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.messages import queries as messages
from distrilog.domain.orders.models import Order, RefusedDemand
from distrilog.web.shared.rights import SIGNED_IN, ActorRequest, needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """Something to try: what, how, where, and whether it has been done."""

    title: str
    how: str
    address: str
    done: bool


@needs(SIGNED_IN)
def training(request: ActorRequest) -> HttpResponse:
    """List the exercises of the role; there is nothing to train on outside the demonstration."""
    if not settings.DEMO:
        raise Http404
    exercises = _exercises(request.actor) if request.actor.may(Deed.ORDER_PLACE) else []
    context = {"exercises": exercises, "done": sum(each.done for each in exercises)}
    return render(request, "facility/training.html", context)


def _exercises(actor: Actor) -> Sequence[Exercise]:
    mine = Order.objects.filter(facility__registry=actor.registry, placed_by=actor.by)
    refused = RefusedDemand.objects.filter(facility__registry=actor.registry, by=actor.by)
    order, orders = reverse("facility:order"), reverse("facility:orders")
    return [
        Exercise(
            title="Passer une commande",
            how="Demandez deux boîtes, vérifiez, envoyez. Notez le numéro et la date de livraison.",
            address=order,
            done=mine.exists(),
        ),
        Exercise(
            title="Demander plus que le contingent",
            how="Écrivez 9999 boîtes : la page dit ce qu’il reste et à qui s’adresser. La demande est gardée.",
            address=order,
            done=refused.exists(),
        ),
        Exercise(
            title="Modifier une commande",
            how="Ouvrez-la, changez le nombre de boîtes, et regardez votre contingent bouger.",
            address=orders,
            done=mine.filter(version__gt=1).exclude(status=Order.Status.CANCELLED).exists(),
        ),
        Exercise(
            title="Annuler une commande",
            how="Les boîtes reviennent aussitôt à votre contingent.",
            address=orders,
            done=mine.filter(status=Order.Status.CANCELLED).exists(),
        ),
        Exercise(
            title="Accuser réception d’un message officiel",
            how="Lisez-le, puis confirmez.",
            address=reverse("facility:messages"),
            done=messages.inbox(actor=actor).filter(acknowledged_at__isnull=False).exists(),
        ),
    ]
