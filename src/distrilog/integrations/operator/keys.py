"""The keys of the conversation with the operator: ours to sign, its own to verify."""

import time
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings

from distrilog.kernel.seals import KeyFileUnsafe, SigningKey, key_identity, load_or_create_key


# Beside ours, where no public key is set: what the demonstration's stand-in signs with.
STAND_IN_KEY: Final = "operator-key"
_TRIES: Final = 10
_SECONDS_BETWEEN_TRIES: Final = 0.05


def our_key() -> SigningKey:
    """Return the key that signs what the portal says to the operator; it is made on first use."""
    return _read(settings.OPERATOR_PORTAL_KEY_FILE)


def operator_keys() -> dict[str, str]:
    """Return the operator's public keys, in hexadecimal by their short name; several while one is replaced."""
    stated = settings.OPERATOR_PUBLIC_KEY.replace(",", " ").split()
    if not stated and settings.MODE != "serve":
        stated = [_read(settings.HOME / STAND_IN_KEY).public_hex]
    return {key_identity(public_hex=each): each for each in stated}


@lru_cache(maxsize=8)
def _read(path: Path) -> SigningKey:
    """Read a key, or make it; another process may be writing it this instant."""
    for _try in range(_TRIES):
        try:
            return load_or_create_key(path)
        except KeyFileUnsafe:
            time.sleep(_SECONDS_BETWEEN_TRIES)
    return load_or_create_key(path)
