"""
Seals: canonical files, their hash chain and its signature.

A sealed folder holds a manifest that names every other file with its SHA-256, and a signature of
the manifest's own SHA-256, the *head*. There is exactly one way to write anything, so that whoever
holds the same facts writes the same bytes. The format is told in `docs/fair-share.md`; the
verifier reads it without sharing this code.
"""

import json
import os
import stat
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from numpy.typing import NDArray


FORMAT: Final = 1
FIRST: Final = "0" * 64
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "signature.json"
# Said before the head in what is signed, so that no signature made for anything else fits here.
SIGNED_PREFIX: Final = b"distrilog quota run 1\n"
_SEED_BYTES: Final = 32
_CODE_BYTES: Final = (string.ascii_letters + string.digits + "-_./").encode()

Column = Sequence[object] | NDArray[Any]


class KeyFileUnsafe(Exception):  # noqa: N818 - names what is wrong with the file
    """The signing key file is not a private regular file of 64 hexadecimal digits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a sealed folder says of itself; `previous` is the head of the run before, or `FIRST`."""

    run: str
    week: str
    doctrine: str
    previous: str = FIRST


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key that signs heads; kept outside the repository and outside every export."""

    private: Ed25519PrivateKey

    @property
    def public_hex(self) -> str:
        """The public key, in hexadecimal: what a verifier is given."""
        return self.private.public_key().public_bytes_raw().hex()

    @property
    def identity(self) -> str:
        """The key's short name: the first 16 digits of its SHA-256."""
        return key_identity(public_hex=self.public_hex)

    @classmethod
    def generate(cls) -> "SigningKey":
        """Make a new key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed_hex: str) -> "SigningKey":
        """Read a key from its 64 hexadecimal digits."""
        return cls(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed_hex)))


def key_identity(*, public_hex: str) -> str:
    """Return the short name of a public key."""
    return sha256(bytes.fromhex(public_hex)).hexdigest()[:16]


def load_or_create_key(path: Path) -> SigningKey:
    """
    Read the signing key, or make one where there is no file; only its owner may read it.

    Raises KeyFileUnsafe where others could read it or it is no key; it is never replaced.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return _load_key(path)
    key = SigningKey.generate()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.private.private_bytes_raw().hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """
    Return the one way to write a value: keys sorted, no spaces, UTF-8, one line ended by LF.

    Raises ValueError or TypeError for what has no single spelling: a float, a key that is no string.
    """
    _refuse_floats(value)
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return f"{text}\n".encode()


def canonical_table(*, header: Sequence[str], columns: Sequence[Column]) -> bytes:
    """
    Return the one way to write a table: CSV without quotes, each line ended by LF, lines sorted.

    The header stays first; the others stand in the order of their bytes, so that the first columns
    are the key. Cells are integers or codes of letters, digits, `-`, `_`, `.` and `/`; a column
    holds the one or the other. Raises ValueError for any other cell.
    """
    if len(header) != len(columns):
        raise ValueError(f"{len(columns)} columns do not fit the header {','.join(header)}.")
    cells = [_cells(column) for column in columns]
    pattern = b",".join(b"%d" if column and type(column[0]) is int else b"%b" for column in cells)
    lines = [pattern % row for row in zip(*cells, strict=True)]
    lines.sort()
    return b"\n".join([",".join(header).encode(), *lines, b""])


def seal(*, manifest: Manifest, files: Mapping[str, bytes]) -> bytes:
    """Return the manifest that names the files with their lengths and SHA-256."""
    return canonical_json(
        {
            "format": FORMAT,
            "run": manifest.run,
            "week": manifest.week,
            "doctrine": manifest.doctrine,
            "previous": manifest.previous,
            "files": {
                name: {"bytes": len(content), "sha256": sha256(content).hexdigest()}
                for name, content in files.items()
            },
        }
    )


def head_of(manifest: bytes) -> str:
    """Return the head: the manifest's SHA-256 in hexadecimal."""
    return sha256(manifest).hexdigest()


def sign(*, head: str, key: SigningKey) -> bytes:
    """Return the signature file over a head."""
    return canonical_json(
        {
            "algorithm": "Ed25519",
            "head": head,
            "key": key.identity,
            "signature": key.private.sign(SIGNED_PREFIX + head.encode("ascii")).hex(),
        }
    )


def is_signed(*, head: str, signature: bytes, public_hex: str) -> bool:
    """Tell whether a signature file is the canonical signature of this head by this key."""
    try:
        content = json.loads(signature)
        signed = bytes.fromhex(content["signature"])
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex)).verify(
            signed, SIGNED_PREFIX + head.encode("ascii")
        )
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return False
    return signature == canonical_json(
        {
            "algorithm": "Ed25519",
            "head": head,
            "key": key_identity(public_hex=public_hex),
            "signature": signed.hex(),
        }
    )


def write_folder(*, folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a run into a new folder; raises FileExistsError if there is one already."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _load_key(path: Path) -> SigningKey:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise KeyFileUnsafe(f"{path}: {error.strerror}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077:
            raise KeyFileUnsafe(f"{path}: others than its owner can read it.")
        text = os.read(descriptor, 2 * _SEED_BYTES + 2)
    finally:
        os.close(descriptor)
    try:
        return SigningKey.from_seed(text.decode("ascii").removesuffix("\n"))
    except ValueError as error:
        raise KeyFileUnsafe(f"{path}: no key of 64 hexadecimal digits.") from error


def _cells(column: Column) -> list[Any]:
    """Return integers, or codes as bytes: Python's own, far quicker to write than an array's."""
    values: list[Any] = column.tolist() if isinstance(column, np.ndarray) else list(column)
    kinds = set(map(type, values))
    if kinds <= {int}:
        return values
    if kinds == {str}:
        values = [value.encode() for value in values]
    elif kinds != {bytes}:
        raise TypeError("A column holds integers or codes.")
    # All at once: a cell that needs quoting would have more than one spelling.
    strange = b"".join(values).translate(None, delete=_CODE_BYTES)
    if strange or b"" in values:
        raise ValueError(f"Cells may not be empty or hold {bytes(sorted(set(strange)))!r}.")
    return values


def _refuse_floats(value: object) -> None:
    match value:
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                raise TypeError("Keys are strings.")
            for each in value.values():
                _refuse_floats(each)
        case list() | tuple():
            for each in value:
                _refuse_floats(each)
        case None | bool() | int() | str():
            pass
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical spelling.")
