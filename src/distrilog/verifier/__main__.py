"""`python -m distrilog.verifier FOLDER --key HEX --head HEX`: exit 0 if the run holds, else 1."""

import argparse
import sys
from pathlib import Path

from distrilog.verifier.verification import verify


def main() -> int:
    """Verify the folder named on the command line and print every fault found, in French."""
    parser = argparse.ArgumentParser(
        prog="python -m distrilog.verifier",
        description="Vérifie un calcul des contingents exporté : forme, chaîne, signature, calcul.",
    )
    parser.add_argument("folder", type=Path, help="dossier exporté")
    parser.add_argument("--key", required=True, help="clé publique Ed25519, en hexadécimal")
    parser.add_argument("--head", required=True, help="empreinte attendue, en hexadécimal")
    parser.add_argument("--previous", help="empreinte attendue du calcul précédent")
    arguments = parser.parse_args()
    faults = verify(
        arguments.folder,
        public_key_hex=arguments.key,
        expected_head=arguments.head,
        expected_previous=arguments.previous,
    )
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write("REFUSÉ\n" if faults else "CONFORME\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
