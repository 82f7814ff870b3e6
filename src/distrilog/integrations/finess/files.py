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
    """What a file is made of; `odd_line` is the first that is not UTF-8, or zero."""

    path: Path
    digest: str
    head: bytes
    odd_line: int
    ends_with_newline: bool

    @property
    def utf8(self) -> bool:
        """Whether the whole file is UTF-8."""
        return not self.odd_line

    @property
    def encoding(self) -> str:
        """How to read it: UTF-8 with or without mark, else the Windows form of Latin-1."""
        return "utf-8-sig" if self.utf8 else "cp1252"


def inspect(path: Path) -> Inspected:
    """Read a file once, in pieces; refuses one that is missing, empty, too large or binary."""
    size = _size(path)
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    odd_line, lines, head, last = 0, 1, b"", b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            if b"\0" in chunk:
                raise _refusal(
                    "Le fichier n’est pas du texte.", "Donnez un fichier CSV ou XML décompressé."
                )
            digest.update(chunk)
            head += chunk[: max(0, HEAD_BYTES - len(head))]
            odd_line = odd_line or _odd_line(decoder, chunk, lines)
            lines += chunk.count(b"\n")
            last = chunk
    odd_line = odd_line or _odd_line(decoder, b"", lines)
    if not head.strip():
        raise _refusal(f"Le fichier est vide ({size} octets).", "Exportez-le de nouveau.")
    return Inspected(
        path=path,
        digest=digest.hexdigest(),
        head=head,
        odd_line=odd_line,
        ends_with_newline=last.endswith(b"\n"),
    )


def _odd_line(decoder: codecs.IncrementalDecoder, chunk: bytes, lines: int) -> int:
    """Return the line of the first byte that is not UTF-8 in a piece (empty at the end), or zero."""
    try:
        decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        return lines + error.object[: error.start].count(b"\n")
    return 0


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
