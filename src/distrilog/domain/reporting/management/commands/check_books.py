"""`manage check_books`: prove balances by their entries, reservations by quotas, quotas by live orders."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.domain.reporting.services import prove_books
from distrilog.kernel import clock


class Command(BaseCommand):
    help = (
        "Vérifie les comptes : soldes contre écritures, réservations contre contingents, "
        "contingents contre commandes, prêts, et garde la preuve. Sortie 0 ou 1."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        proof = prove_books(at=clock.now())
        for discrepancy in proof.discrepancies:
            self.stdout.write(discrepancy)
        if proof.found:
            raise CommandError(f"{proof.found} écart(s) dans les comptes.")
        self.stdout.write("Comptes justes.")
