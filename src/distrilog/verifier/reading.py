"""Reading a sealed folder: which files, which bytes, in the only form they may have."""

import json
import os
import re
import stat
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, Final


TABLES: Final = {
    "claims.csv": "source,family,registry,region,need,have,floor,cap,carried",
    "quotas.csv": "source,family,registry,units,reason,exact,carried_next",
    "pots.csv": "source,family,region,units",
    "shares.csv": "source,family,level,floors_short,units,pots,unallocated",
}
SEALED: Final = frozenset({*TABLES, "parameters.json"})
NAMES: Final = SEALED | {"manifest.json", "signature.json"}

# 3,000,000 facilities × 8 families would not fit; the country's 240,000 lines are 13 MB.
TABLE_BYTES_LIMIT: Final = 256 * 2**20
JSON_BYTES_LIMIT: Final = 16 * 2**20

_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class Unreadable(Exception):  # noqa: N818 - a verdict, told in French
    """The folder cannot be a sealed run; the message says why, in French."""


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file; raise Unreadable unless exactly the known files are there."""
    if not folder.is_dir():
        raise Unreadable(f"{folder} : ce n’est pas un dossier.")
    found = {entry.name for entry in folder.iterdir()}
    faults = [f"{name} : fichier manquant." for name in sorted(NAMES - found)]
    faults += [f"{name!r} : fichier en trop." for name in sorted(found - NAMES)]
    if faults:
        raise Unreadable("\n".join(faults))
    return {name: _read_file(folder / name) for name in sorted(NAMES)}


def _read_file(path: Path) -> bytes:
    """Read a regular file within its limit; never follow a link, never wait for a pipe."""
    limit = JSON_BYTES_LIMIT if path.suffix == ".json" else TABLE_BYTES_LIMIT
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable(f"{path.name} : lecture impossible ({error.strerror}).") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unreadable(f"{path.name} : ce n’est pas un fichier ordinaire.")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise Unreadable(f"{path.name} : plus de {limit} octets.")
    return content


def read_json(name: str, content: bytes) -> dict[str, Any]:
    """Return the object a JSON file holds; raise Unreadable unless written in the one way."""
    try:
        value = json.loads(content.decode(), parse_float=_no_float, parse_constant=_no_float)
        written = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        canonical = f"{written}\n".encode()
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{name} : JSON illisible.") from error
    if canonical != content:
        raise Unreadable(f"{name} : la forme n’est pas la forme canonique.")
    if not isinstance(value, dict):
        raise Unreadable(f"{name} : un objet est attendu.")
    return value


def _no_float(text: str) -> None:
    raise ValueError(f"{text} is no integer")


def read_lines(name: str, content: bytes) -> list[str]:
    """Return the lines of a table under its header; raise Unreadable unless in the one order."""
    header = TABLES[name]
    try:
        lines = content.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name} : un octet n’est pas de l’ASCII.") from error
    if lines[0] != header:
        raise Unreadable(f"{name} : la première ligne doit être « {header} ».")
    if len(lines) == 1 or lines.pop():
        raise Unreadable(f"{name} : la dernière ligne n’est pas terminée.")
    del lines[0]
    if any(line >= following for line, following in pairwise(lines)):
        raise Unreadable(f"{name} : les lignes ne sont pas en ordre strictement croissant.")
    return lines


def is_code(text: object) -> bool:
    """Tell whether this is a code: letters, digits, `-`, `_` and `.`, at most 40."""
    return isinstance(text, str) and _CODE.fullmatch(text) is not None


def digest(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return sha256(content).hexdigest()
