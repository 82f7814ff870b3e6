"""`manage seed_reference`: what every installation starts from: articles, places and owners of stock, waves of enrolment, circuits, terms, programmes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.domain.catalogue.services import seed_catalogue
from distrilog.domain.declarations.services.enrolling import seed_rollout
from distrilog.domain.distribution.services.seeding import seed_programmes
from distrilog.domain.facilities.services import seed_circuits
from distrilog.domain.regimes.services import seed_terms
from distrilog.domain.stock.services.places import seed_places
from distrilog.kernel import clock


BY = "seed_reference"


class Command(BaseCommand):
    help = "Ajoute ce qui manque des familles, articles, lieux, propriétaires, vagues, envois, circuits, conditions et programmes ; ne change rien de ce qui existe."

    def handle(self, *_args: Any, **_options: Any) -> None:
        seed_catalogue()
        seed_rollout()
        try:
            seed_places()
        except LookupError as error:
            raise CommandError(
                "Aucune zone d’approvisionnement : importez d’abord le registre des établissements."
            ) from error
        # Once the register has its zones: the texts speak of the mainland.
        seed_circuits(by=BY)
        seed_terms(by=BY, at=clock.now())
        seed_programmes(by=BY, at=clock.now())
        self.stdout.write(
            "Familles, articles, lieux, propriétaires, vagues, circuits, conditions et programmes en place."
        )
