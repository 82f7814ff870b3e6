"""`manage check_books`: prove that balances are their entries, and reservations the quotas behind them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.domain.quotas import queries
from distrilog.domain.stock import queries as stock


class Command(BaseCommand):
    help = "Vérifie les comptes : soldes contre écritures, réservations contre contingents. Sortie 0 ou 1."

    def handle(self, *_args: Any, **_options: Any) -> None:
        found = [*stock.discrepancies(), *queries.discrepancies()]
        for discrepancy in found:
            self.stdout.write(str(discrepancy))
        if found:
            raise CommandError(f"{len(found)} écart(s) dans les comptes.")
        self.stdout.write("Comptes justes.")
