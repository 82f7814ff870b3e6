"""`manage enrol_wave [CODE]`: list the waves, or ask the facilities of one to declare."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.declarations.models import Wave
from distrilog.domain.declarations.services.enrolling import enrol, seed_rollout
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.scopes import Scope, ScopeKind


class Command(BaseCommand):
    help = (
        "Demande aux établissements d’une vague de déclarer chaque semaine ; recommencer ne demande qu’aux "
        "nouveaux. Sans code : la liste des vagues."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", nargs="?", default="", help="par exemple 2020-supports")
        parser.add_argument(
            "--since",
            type=date.fromisoformat,
            help="à partir du jour (AAAA-MM-JJ) ; sinon, celui de la vague",
        )
        parser.add_argument("--by", default="command", help="qui enrôle")

    def handle(self, *_args: Any, **options: Any) -> None:
        seed_rollout()
        if not options["code"]:
            self._list()
            return
        actor = Actor(
            person=options["by"],
            profile=0,
            role=Role.NATIONAL_CELL,
            scope=Scope(kind=ScopeKind.COUNTRY),
            through="command",
        )
        try:
            done = enrol(actor=actor, wave=options["code"], since=options["since"], at=clock.now())
        except Refusal as refusal:
            raise CommandError(f"{refusal.title} {refusal}") from refusal
        self.stdout.write(
            f"Vague {done.wave}, à partir du {done.since:%d/%m/%Y} : {done.added} établissements "
            f"enrôlés, {done.already} l’étaient déjà."
        )

    def _list(self) -> None:
        waves = Wave.objects.annotate(count=Count("enrolments")).order_by("position", "code")
        for wave in waves:
            self.stdout.write(
                f"{wave.code:<20} {wave.starts_on:%d/%m/%Y} {wave.count:>7} enrôlés  "
                f"{wave.name} ({wave.get_reach_display()})"
            )
