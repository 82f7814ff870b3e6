"""`manage verify_run FOLDER`: re-check an export with the verifier that shares no code with the engine."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.domain.quotas import queries, services
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.seals import MANIFEST
from distrilog.verifier import verify


# A manifest is a page; what is longer is not one, and the verifier will say so.
_MANIFEST_LIMIT = 1_000_000


class Command(BaseCommand):
    help = (
        "Vérifie un export : fichiers, chaîne, signature, puis recalcul complet. Sortie 0 ou 1. "
        "Sans --key ni --head, la clé et l’empreinte attendues sont celles de ce serveur."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="dossier exporté")
        parser.add_argument("--key", help="clé publique Ed25519, en hexadécimal")
        parser.add_argument("--head", help="empreinte attendue, en hexadécimal")

    def handle(self, *_args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        key = options["key"] or services.signing_key().public_hex
        head, previous = options["head"], None
        if head is None:
            head, previous = _expected(folder)
        faults = verify(folder, public_key_hex=key, expected_head=head, expected_previous=previous)
        for fault in faults:
            self.stdout.write(fault)
        if faults:
            raise CommandError("REFUSÉ")
        self.stdout.write("CONFORME")


def _expected(folder: Path) -> tuple[str, str]:
    """Return the head and the head before that this server keeps for the run the folder says it is."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            name = json.loads(file.read(_MANIFEST_LIMIT))["run"]
        run = queries.named_run(name=str(name))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CommandError(f"REFUSÉ : {MANIFEST} ne se lit pas.") from error
    except Refusal as refusal:
        raise CommandError(f"REFUSÉ : {refusal}") from refusal
    return run.head, run.previous_head
