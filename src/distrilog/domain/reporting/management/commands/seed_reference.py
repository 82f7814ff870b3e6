"""`manage seed_reference`: what every installation starts from: articles, places and owners of stock, waves of enrolment."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.domain.catalogue.services import seed_catalogue
from distrilog.domain.declarations.services.enrolling import seed_rollout
from distrilog.domain.stock.services.places import seed_places


class Command(BaseCommand):
    help = "Ajoute ce qui manque des familles, articles, lieux, propriétaires, vagues et envois ; ne change rien de ce qui existe."

    def handle(self, *_args: Any, **_options: Any) -> None:
        seed_catalogue()
        seed_rollout()
        try:
            seed_places()
        except LookupError as error:
            raise CommandError(
                "Aucune zone d’approvisionnement : importez d’abord le registre des établissements."
            ) from error
        self.stdout.write("Familles, articles, lieux, propriétaires et vagues en place.")
