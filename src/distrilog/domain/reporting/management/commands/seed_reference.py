"""`manage seed_reference`: the families and articles, and the places and owners of stock, that every installation starts from."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.domain.catalogue.services import seed_catalogue
from distrilog.domain.stock.services.places import seed_places


class Command(BaseCommand):
    help = "Ajoute ce qui manque des familles, articles, lieux et propriétaires ; ne change rien de ce qui existe."

    def handle(self, *_args: Any, **_options: Any) -> None:
        seed_catalogue()
        try:
            seed_places()
        except LookupError as error:
            raise CommandError(
                "Aucune zone d’approvisionnement : importez d’abord le registre des établissements."
            ) from error
        self.stdout.write("Familles, articles, lieux et propriétaires en place.")
