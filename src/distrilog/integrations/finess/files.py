"""A file as it comes: its size, digest, encoding and end, before anything of it is believed."""

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path

from distrilog.kernel.refusals import Fault, Invalid


# The national file of establishments is about 40 MB as CSV and 250 MB as XML.
LARGEST_FILE_BYTES = 400 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024
HEAD_BYTES = 16 * 1024
BYTE_ORDER_MARK = codecs.BOM_UTF8


class UnreadableFile(Invalid):
    """Ce fichier ne peut pas être lu."""

    slug = "unreadable-file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What a file is made of; `utf8` is false when some byte is not UTF-8, first seen on `odd_line`."""

    path: Path
    digest: str
    head: bytes
    utf8: bool
    odd_line: int
    ends_with_newline: bool

    @property
    def encoding(self) -> str:
        """How to read it: UTF-8 with or without mark, else the Windows form of Latin-1."""
        return "utf-8-sig" if self.utf8 else "cp1252"


def inspect(path: Path) -> Inspected:
    """Read a file once, in pieces; refuses one that is missing, empty, too large or binary."""
    size = _size(path)
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8, odd_line, lines, head, chunk = True, 0, 1, b"", b""
    with path.open("rb") as stream:
        while block := stream.read(CHUNK_BYTES):
            chunk = block
            head = head or chunk[:HEAD_BYTES]
            digest.update(chunk)
            if b"\0" in chunk:
                raise _refusal(
                    "Le fichier n’est pas du texte.", "Donnez un fichier CSV ou XML décompressé."
                )
            if utf8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    utf8, odd_line = False, lines + chunk[: error.start].count(b"\n")
            lines += chunk.count(b"\n")
    if not head.strip():
        raise _refusal(f"Le fichier est vide ({size} octets).", "Exportez-le de nouveau.")
    return Inspected(
        path=path,
        digest=digest.hexdigest(),
        head=head,
        utf8=utf8,
        odd_line=odd_line,
        ends_with_newline=chunk.endswith(b"\n"),
    )


def _size(path: Path) -> int:
    """Return a file's size in bytes, or refuse it before it is read."""
    try:
        size = path.stat().st_size
    except OSError:
        raise _refusal(f"Fichier introuvable : {path.name}.", "Vérifiez le chemin.") from None
    if not path.is_file():
        raise _refusal(f"{path.name} n’est pas un fichier.", "Vérifiez le chemin.")
    if size > LARGEST_FILE_BYTES:
        raise _refusal(
            f"Le fichier fait {size // 1024**2} Mio, la limite est de {LARGEST_FILE_BYTES // 1024**2} Mio.",
            "Découpez-le par région, ou donnez l’extraction CSV.",
        )
    return size


def _refusal(message: str, remedy: str) -> UnreadableFile:
    return UnreadableFile(Fault(where="fichier", message=message, remedy=remedy))
