"""`manage check_rollups [--rebuild]`: prove that the roll-ups of cover are the sums of their rows."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.domain.declarations.queries.cover import discrepancies
from distrilog.domain.declarations.services.rolling import rebuild_stale
from distrilog.kernel import clock


class Command(BaseCommand):
    help = (
        "Vérifie les cumuls de couverture : chaque semaine est additionnée à nouveau depuis ses déclarations. "
        "Les semaines qui attendent leur calcul sont passées. Sortie 0 ou 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--rebuild", action="store_true", help="calculer d’abord les semaines qui attendent"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        at = clock.now()
        if options["rebuild"]:
            self.stdout.write(f"{rebuild_stale(at=at)} semaine(s) calculée(s).")
        found = discrepancies(at=at)
        for each in found:
            self.stdout.write(str(each))
        if found:
            raise CommandError(f"{len(found)} écart(s) dans les cumuls.")
        self.stdout.write("Cumuls justes.")
