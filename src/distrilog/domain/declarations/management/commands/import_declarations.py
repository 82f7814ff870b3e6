"""`manage import_declarations FILE [--dry-run] [--confirm] [--week WEEK]`: a file of declarations, for any facilities."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from distrilog.domain.declarations.services import Imported, import_file
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week


class Command(BaseCommand):
    help = "Importe des déclarations (CSV ou XLSX) : tout, ou rien si une ligne est refusée."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="vérifie sans rien écrire")
        parser.add_argument(
            "--confirm", action="store_true", help="accepte les quantités qui surprennent"
        )
        parser.add_argument("--week", default="", help="semaine des lignes qui n’en disent pas")
        parser.add_argument("--by", default="console", help="qui importe")

    def handle(self, *_: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            week = Week.parse(options["week"]) if options["week"] else None
            content = path.read_bytes()
        except ValueError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Fichier illisible : {path} ({error.strerror}).") from error
        imported = import_file(
            actor=None,
            name=path.name,
            content=content,
            at=clock.now(),
            dry_run=options["dry_run"],
            confirm=options["confirm"],
            week=week,
            by=options["by"],
        )
        self._say(imported, dry_run=options["dry_run"], confirmed=options["confirm"])

    def _say(self, imported: Imported, *, dry_run: bool, confirmed: bool) -> None:
        for fault in (*imported.refused, *imported.questions):
            self.stderr.write(f"{fault.message} {fault.remedy}")
        if imported.refused:
            raise CommandError(f"{len(imported.refused)} faute(s) : rien n’a été écrit.")
        if imported.questions and not confirmed:
            raise CommandError(
                f"{len(imported.questions)} quantité(s) à confirmer : rien n’a été écrit."
                " Corrigez-les, ou relancez avec --confirm."
            )
        done = "seraient écrites" if dry_run else "écrites"
        self.stdout.write(
            f"{imported.lines} lignes lues, {imported.unchanged} déjà connues,"
            f" {imported.declarations} versions de déclaration {done}."
        )
