"""`manage export_run RUN|latest FOLDER`: write the sealed files of a signed run, byte for byte."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.domain.quotas import queries, services
from distrilog.kernel.refusals import Refusal


class Command(BaseCommand):
    help = "Exporte un calcul signé dans un nouveau dossier, tel qu’il a été signé."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", help="numéro du calcul, ou « latest » : le dernier publié")
        parser.add_argument("folder", type=Path, help="dossier à créer")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            run = queries.named_run(name=options["run"])
            services.export(run=run, folder=options["folder"])
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        except OSError as error:
            raise CommandError(f"{options['folder']} : {error.strerror}.") from error
        self.stdout.write(f"Calcul n° {run.pk}, semaine {run.week} : {options['folder']}")
        self.stdout.write(f"empreinte {run.head}")
        self.stdout.write(f"clé publique {services.signing_key().public_hex}")
