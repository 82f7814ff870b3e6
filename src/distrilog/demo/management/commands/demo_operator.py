"""`manage demo_operator silent|back|report`: have the demonstration's operator fall silent, come back, or report its stock."""

from argparse import ArgumentParser
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


TIMEOUT_SECONDS = 10
_ORDERS = {"silent": {"silent": True}, "back": {"silent": False}, "report": {"report": True}}
_SAID = {
    "silent": "L’opérateur ne répond plus.",
    "back": "L’opérateur répond de nouveau.",
    "report": "L’opérateur envoie son état de stock.",
}


class Command(BaseCommand):
    help = "Commande l’opérateur de la démonstration : silent, back ou report."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=sorted(_ORDERS))

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Seule la démonstration a un opérateur que l’on commande.")
        try:
            answer = httpx.post(
                f"{settings.OPERATOR_URL}/control",
                json=_ORDERS[options["what"]],
                headers={"Authorization": f"Bearer {settings.OPERATOR_TOKEN}"},
                timeout=TIMEOUT_SECONDS,
                trust_env=False,
            )
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise CommandError(
                f"L’opérateur de la démonstration ne répond pas : {error}"
            ) from error
        self.stdout.write(_SAID[options["what"]])
