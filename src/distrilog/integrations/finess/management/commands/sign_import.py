"""`manage sign_import ID --by NAME`: apply, or turn down, an import that waits."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from distrilog.domain.facilities.services import sign_import, turn_down_import
from distrilog.integrations.finess.management.commands.import_facilities import told
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal


class Command(BaseCommand):
    help = "Signe un import du répertoire en attente ; il faut une autre personne que celle qui l’a déposé."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("import_id", type=int)
        parser.add_argument("--by", required=True, help="qui signe")
        parser.add_argument("--refuse", action="store_true", help="refuse au lieu de signer")

    def handle(self, *_: Any, **options: Any) -> None:
        given = {"import_id": options["import_id"], "by": options["by"], "at": clock.now()}
        try:
            if options["refuse"]:
                turn_down_import(**given)
                self.stdout.write(f"Import n° {options['import_id']} refusé : rien n’a changé.")
                return
            outcome = sign_import(**given)
        except Refusal as refusal:
            raise CommandError(told(refusal)) from None
        self.stdout.write(f"Import n° {outcome.import_id} signé et appliqué.")
