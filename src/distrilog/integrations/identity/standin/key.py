"""The stand-in's own secrets: a key drawn once, and a hasher that does not slow a demonstration."""

import os
from pathlib import Path
from tempfile import mkstemp

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """Few iterations: what it protects is a constant of the demonstration."""

    iterations = 1000


def private_key(path: Path) -> str:
    """Return the PEM of the signing key, drawn the first time. Two processes may ask at once: one wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "w") as file:
            file.write(_draw())
        Path(name).replace(path)
    return path.read_text()


def _draw() -> str:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - once, and slow
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
