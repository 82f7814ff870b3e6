"""`manage export_facilities FILE`: the register, or a part of it, in our own layout."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from distrilog.domain.facilities import queries
from distrilog.integrations.finess import own_csv_writer
from distrilog.integrations.finess.readers.own_csv import read_perimeter
from distrilog.kernel import clock
from distrilog.kernel.weeks import PARIS


class Command(BaseCommand):
    help = "Écrit les établissements ouverts dans le format CSV de Distrilog."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--scope", default="pays", help="pays, region:76 ou departement:31")

    def handle(self, *_: Any, **options: Any) -> None:
        today = clock.now().astimezone(PARIS).date()
        try:
            perimeter = read_perimeter(options["scope"])
        except ValueError:
            raise CommandError(
                "Périmètre inconnu : écrire pays, region:76 ou departement:31."
            ) from None
        register = queries.register(perimeter=perimeter, on=today)
        with options["file"].open("w", encoding="utf-8", newline="") as stream:
            own_csv_writer.write(
                stream=stream,
                states=register.states,
                registries=register.closable,
                scope=options["scope"],
                on=today,
            )
        self.stdout.write(f"{len(register.closable)} établissements écrits.")
