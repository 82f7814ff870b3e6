"""`manage check_books`: prove balances by their entries, reservations by quotas, quotas by live orders."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.domain.orders import queries as orders
from distrilog.domain.stock import queries as stock


class Command(BaseCommand):
    help = (
        "Vérifie les comptes : soldes contre écritures, réservations contre contingents, "
        "contingents contre commandes. Sortie 0 ou 1."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        found = [*stock.discrepancies(), *orders.broken_promises(), *orders.discrepancies()]
        for discrepancy in found:
            self.stdout.write(str(discrepancy))
        if found:
            raise CommandError(f"{len(found)} écart(s) dans les comptes.")
        self.stdout.write("Comptes justes.")
