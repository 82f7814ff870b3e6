"""`manage replay [FIRST] [LAST] [--facilities N] [--json FILE] [--keep]`: 2020 played again, in a database of its own."""

import json
from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from distrilog.demo.replay import calendar
from distrilog.demo.replay.country import load_part
from distrilog.demo.replay.database import NoDatabase, own_database
from distrilog.demo.replay.playing import replay
from distrilog.domain.simulation import services
from distrilog.domain.simulation.rules import Replayed
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week


class Command(BaseCommand):
    help = (
        "Rejoue 2020 semaine par semaine sur le pays de démonstration, dans une base à part, puis garde le résultat"
        " pour la page « Rejeu »."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("first", nargs="?", default=str(calendar.FIRST), help="2020-W12")
        parser.add_argument("last", nargs="?", default=str(calendar.LAST), help="2020-W44")
        parser.add_argument("--facilities", type=int, help="une partie du pays seulement")
        parser.add_argument("--json", type=Path, help="écrit aussi le résultat dans ce fichier")
        parser.add_argument("--keep", action="store_true", help="ne supprime pas la base du rejeu")

    def handle(self, *_args: Any, **options: Any) -> None:
        if settings.MODE == "serve":
            raise CommandError("La production ne rejoue pas le pays de démonstration.")
        self.started = monotonic()
        replayed = self._played(options)
        services.keep(replayed=replayed, at=clock.now())
        if options["json"]:
            text = json.dumps(replayed.as_json(), ensure_ascii=False, indent=1, sort_keys=True)
            options["json"].write_text(f"{text}\n", encoding="utf-8")
        self.say(
            f"{replayed.first} à {replayed.last}, {replayed.facilities} établissements :"
            f" {replayed.seconds} s ; écarts des comptes : {replayed.discrepancies}"
        )

    def _played(self, options: dict[str, Any]) -> Replayed:
        try:
            first, last = Week.parse(options["first"]), Week.parse(options["last"])
            with own_database(keep=options["keep"]) as name:
                self.say(f"Base du rejeu : {name}")
                call_command("migrate", verbosity=0)
                return replay(
                    first=first,
                    last=last,
                    load=lambda: load_part(facilities=options["facilities"], say=self.say),
                    say=self.say,
                )
        except (ValueError, NoDatabase) as error:
            raise CommandError(str(error)) from error

    def say(self, text: str) -> None:
        """Tell what is under way on the error stream: the output is for results."""
        self.stderr.write(f"[{monotonic() - self.started:6.1f} s] {text}", self.style.NOTICE)
        self.stderr.flush()
