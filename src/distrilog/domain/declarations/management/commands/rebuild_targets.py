"""`manage rebuild_targets`: give each facility its weekly crisis need under the doctrine in force."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.domain.declarations.services import rebuild_targets
from distrilog.domain.doctrines.queries import NoDoctrine
from distrilog.kernel import clock


class Command(BaseCommand):
    help = "Recalcule les cibles de stock de tous les établissements selon la doctrine en vigueur."

    def handle(self, *_: Any, **__: Any) -> None:
        try:
            changed = rebuild_targets(at=clock.now())
        except NoDoctrine as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"{changed} cible(s) changée(s).")
