"""`manage release_orders [--reference REF | --week WEEK]`: close orders before their cut-off, and hand them over."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.domain.orders.services import release
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week


class Command(BaseCommand):
    help = "Clôt des commandes avant l’heure : plus personne ne peut les modifier, elles partent en préparation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--reference", default="")
        which.add_argument("--week", default="")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            week = Week.parse(options["week"]) if options["week"] else None
        except ValueError as error:
            raise CommandError(f"Semaine illisible : {options['week']}.") from error
        released = release(
            at=clock.now(),
            by="release_orders",
            week=week,
            reference=options["reference"],
            before_cut_off=True,
        )
        self.stdout.write(f"{released} commande(s) transmise(s) pour préparation.")
