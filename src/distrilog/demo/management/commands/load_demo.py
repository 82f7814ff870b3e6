"""`manage load_demo [--fresh]`: load the demonstration country, and bring it to the current week."""

from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from distrilog.demo import people, scenario
from distrilog.demo.country.load import load_country
from distrilog.domain.catalogue.services import seed_catalogue
from distrilog.domain.doctrines.services import seed_versions
from distrilog.kernel import clock
from distrilog.kernel.models import Mark
from distrilog.kernel.weeks import Week


SEED = 2020


class Command(BaseCommand):
    help = "Charge le pays de démonstration ; ne touche qu’à une base qui porte la marque de la démonstration."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fresh", action="store_true", help="tout effacer et recommencer")
        parser.add_argument("--seed", type=int, default=SEED)

    def handle(self, *_args: Any, **options: Any) -> None:
        if settings.MODE == "serve":
            raise CommandError("La production ne charge pas de données de démonstration.")
        self.started = monotonic()
        at = clock.now()
        self._claim_database(fresh=options["fresh"])
        load_country(seed=options["seed"], say=self.say)
        seed_catalogue()
        cast = people.load_people(at=at, say=self.say)
        seed_versions(prepared_by=cast.prepares.by, signed_by=cast.signs.by)
        scenario.bring_to(
            week=Week.at(at),
            cast=scenario.Cast(prepares=cast.prepares, signs=cast.signs),
            sparing=cast.sparing,
            at=at,
            say=self.say,
        )
        self.say("Prêt")

    def say(self, text: str) -> None:
        self.stdout.write(f"[{monotonic() - self.started:5.1f} s] {text}")
        self.stdout.flush()

    def _claim_database(self, *, fresh: bool) -> None:
        marked = Mark.objects.filter(name="demo").exists()
        if fresh and not marked and self._has_rows():
            raise CommandError(
                "Cette base ne porte pas la marque de la démonstration : rien n’est effacé."
            )
        if fresh and marked:
            self.say("Base de démonstration effacée")
            with connection.cursor() as cursor:
                cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            call_command("migrate", verbosity=0)
            marked = False
        if not marked and self._has_rows():
            raise CommandError(
                "Cette base contient des données qui ne sont pas celles de la démonstration : rien n’est chargé."
            )
        Mark.objects.get_or_create(name="demo", defaults={"set_at": clock.now()})

    def _has_rows(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM facilities_facility)"
                " OR EXISTS (SELECT 1 FROM accounts_person)"
            )
            row = cursor.fetchone()
        return bool(row and row[0])
