"""`manage import_facilities FILE`: bring the register to what a file says."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from distrilog.domain.facilities.rules import Change, Kind
from distrilog.domain.facilities.services import Outcome, import_delta
from distrilog.integrations.finess.layouts import AUTO, LAYOUTS, read_offer
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.weeks import PARIS


SHOWN_CHANGES = 200
VERBS = {Kind.ADDED: "ajout", Kind.CHANGED: "modification", Kind.CLOSED: "fermeture"}


class Command(BaseCommand):
    help = "Importe un fichier du répertoire des établissements (différences seulement)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--layout", choices=[AUTO, *LAYOUTS], default=AUTO)
        parser.add_argument("--dry-run", action="store_true", help="montre sans rien écrire")
        parser.add_argument("--by", default="console", help="qui importe")

    def handle(self, *_: Any, **options: Any) -> None:
        at = clock.now()
        try:
            offer = read_offer(
                path=options["file"], layout=options["layout"], today=at.astimezone(PARIS).date()
            )
            outcome = import_delta(offer=offer, by=options["by"], at=at, dry_run=options["dry_run"])
        except Refusal as refusal:
            raise CommandError(told(refusal)) from None
        self._tell(outcome, show=options["dry_run"])

    def _tell(self, outcome: Outcome, *, show: bool) -> None:
        if show:
            for change in outcome.changes[:SHOWN_CHANGES]:
                self.stdout.write(_line(change))
            if len(outcome.changes) > SHOWN_CHANGES:
                self.stdout.write(f"  … et {len(outcome.changes) - SHOWN_CHANGES} autres")
        counts = ", ".join(f"{outcome.count(kind)} {verb}(s)" for kind, verb in VERBS.items())
        self.stdout.write(f"{counts}.")
        for reason, lines in sorted(outcome.skipped.items()):
            self.stdout.write(f"Lignes laissées de côté : {lines} ({reason}).")
        for reason in outcome.reasons:
            self.stdout.write(f"À signer : {reason}")
        self.stdout.write(_ending(outcome))


def _ending(outcome: Outcome) -> str:
    match outcome.state:
        case "dry_run":
            return "Essai : rien n’a été écrit."
        case "nothing":
            return "Le répertoire est déjà à jour : rien n’a changé."
        case "waiting":
            return (
                f"Import n° {outcome.import_id} en attente : une autre personne le signe par "
                f"« sign_import {outcome.import_id} --by NOM »."
            )
        case _:
            return f"Import n° {outcome.import_id} appliqué."


def _line(change: Change) -> str:
    """Return one change as a line: number, verb, and each value before and after."""
    values = ", ".join(
        f"{key} : {_shown(change.before.get(key))} → {_shown(value)}"
        for key, value in change.after.items()
    )
    return f"  {change.registry} {VERBS[change.kind]} : {values}"


def _shown(value: object) -> str:
    return "∅" if value in {None, ""} else str(value)


def told(refusal: Refusal) -> str:
    """Return a refusal as text: its title, then each fault with its place and remedy."""
    lines = [refusal.title]
    lines += [
        f"  {fault.where} : {fault.message} {fault.remedy}".rstrip() for fault in refusal.faults
    ]
    return "\n".join(lines)
