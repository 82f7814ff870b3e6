"""The seals of a run: the chain, the hashes, the signature."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from distrilog.verifier.reading import SEALED, Unreadable, digest, is_code, read_json


_SIGNED_PREFIX: Final = b"distrilog quota run 1\n"
_HEAD: Final = re.compile(r"[0-9a-f]{64}")
_WEEK: Final = re.compile(r"([0-9]{4})-W([0-9]{2})")


def chain_faults(
    content: bytes, manifest: Mapping[str, Any], head: str, previous: str | None
) -> Iterable[str]:
    """Check the manifest against the expected head, and the head of the run before it."""
    if not _HEAD.fullmatch(head) or digest(content) != head:
        yield "manifest.json : l’empreinte n’est pas celle attendue."
    if set(manifest) != {"doctrine", "files", "format", "previous", "run", "week"}:
        raise Unreadable("manifest.json : les rubriques ne sont pas celles du format 1.")
    if manifest["format"] != 1 or isinstance(manifest["format"], bool):
        yield "manifest.json : le format n’est pas le format 1."
    if not all(is_code(manifest[name]) for name in ("doctrine", "run")):
        yield "manifest.json : la doctrine ou le numéro du calcul n’est pas un code."
    if not _is_week(manifest["week"]):
        yield "manifest.json : la semaine n’en est pas une."
    if not isinstance(manifest["previous"], str) or not _HEAD.fullmatch(manifest["previous"]):
        yield "manifest.json : l’empreinte du calcul précédent est illisible."
    elif previous is not None and manifest["previous"] != previous:
        yield "manifest.json : le calcul précédent n’est pas celui attendu."


def _is_week(text: object) -> bool:
    match = _WEEK.fullmatch(text) if isinstance(text, str) else None
    if not match:
        return False
    try:
        date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        return False
    return True


def signature_faults(content: bytes, public_key_hex: str, head: str) -> Iterable[str]:
    """Check that the given key signed the expected head, and nothing else is said."""
    signature = read_json("signature.json", content)
    try:
        public = bytes.fromhex(public_key_hex)
        key = Ed25519PublicKey.from_public_bytes(public)
    except ValueError:
        yield "La clé publique donnée n’est pas une clé Ed25519 de 64 chiffres hexadécimaux."
        return
    expected = {"algorithm": "Ed25519", "head": head, "key": digest(public)[:16]}
    said = {name: value for name, value in signature.items() if name != "signature"}
    if said != expected or "signature" not in signature:
        yield "signature.json : elle ne porte pas sur cette empreinte, ou vient d’une autre clé."
    signed = signature.get("signature")
    if not isinstance(signed, str) or not re.fullmatch(r"[0-9a-f]{128}", signed):
        yield "signature.json : la signature est illisible."
        return
    try:
        key.verify(bytes.fromhex(signed), _SIGNED_PREFIX + head.encode())
    except InvalidSignature:
        yield "signature.json : la signature est fausse."


def hash_faults(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterable[str]:
    """Check that the manifest names exactly the files there, as they are."""
    named = manifest["files"]
    if not isinstance(named, dict) or set(named) != SEALED:
        yield "manifest.json : les fichiers nommés ne sont pas ceux du format 1."
        return
    for name in sorted(SEALED):
        content = files[name]
        if named[name] != {"bytes": len(content), "sha256": digest(content)}:
            yield f"{name} : le contenu n’est pas celui que le manifeste a scellé."
