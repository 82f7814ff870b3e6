"""`manage check_table FILE`: a circular's table, checked against the totals and shares that it prints."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from distrilog.domain.distribution.rules.printed_files import check_sheet, read_sheet
from distrilog.kernel.tables import FileRefused


class Command(BaseCommand):
    help = (
        "Relit un tableau (CSV ou XLSX) : totaux imprimés et parts contre ses lignes. Rien n’est corrigé."
        " Sortie 0 s’il se tient, 1 sinon."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            report = check_sheet(read_sheet(name=path.name, content=path.read_bytes()))
        except OSError as error:
            raise CommandError(f"Fichier illisible : {path} ({error.strerror}).") from error
        except FileRefused as refused:
            raise CommandError(f"{refused.message} {refused.remedy}") from refused
        for unread in report.unread:
            self.stdout.write(f"ligne {unread.row}, « {unread.column} » : {unread.sentence}")
        for each in report.disagreements:
            self.stdout.write(each.sentence)
        if not report.agrees:
            raise CommandError(
                f"{report.rows} lignes : désaccords {len(report.disagreements)},"
                f" cellules non lues {len(report.unread)}."
            )
        self.stdout.write(f"{report.rows} lignes : tout se tient.")
