"""`manage demo_accounts [--json]`: who to log in as in the demonstration."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.demo import people
from distrilog.kernel import clock
from distrilog.kernel.models import Mark


class Command(BaseCommand):
    help = "Donne les comptes et les clés d’API de la démonstration ; remplace les clés dont le secret est perdu."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="un objet JSON sur une ligne")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not Mark.objects.filter(name="demo").exists():
            raise CommandError("Cette base n’est pas celle de la démonstration.")
        people.load_people(at=clock.now(), say=self.stderr.write)
        found = json.loads(people.accounts_file().read_text())
        accounts = [
            {name: account[name] for name in ("login", "password", "role", "facility")}
            for account in found["accounts"]
        ]
        if options["json"]:
            answer = {"accounts": accounts, "tokens": found["tokens"]}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        for account in accounts:
            facility = account["facility"] or ""
            self.stdout.write(
                f"{account['login']:<24} {account['password']:<16} {account['role']:<20} {facility}"
            )
