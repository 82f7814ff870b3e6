"""
The national register's XML flows, read as they stream by.

Expat rather than a tree: elements are dropped once read, and faults name their line. A document type
is refused, so that no entity can be declared, expanded or fetched.
"""

from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

from distrilog.integrations.finess.files import CHUNK_BYTES, Inspected
from distrilog.integrations.finess.readers.national import Entry
from distrilog.kernel.refusals import Fault


ROOT = "fluxfiness"
ENTRY_DEPTH, FIELD_DEPTH = 2, 3
LONGEST_FIELD = 1000


class _RefusedError(Exception):
    """The document holds what a flow never holds."""


class _Flow:
    """What expat calls: keeps the entries of one section, forgets all else."""

    def __init__(self, section: str) -> None:
        self.found: list[Entry] = []
        self.dated = ""
        self._section = section
        self._path: list[str] = []
        self._fields: dict[str, str] = {}
        self._text: list[str] = []
        self._line = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise _RefusedError(
            "Le fichier déclare un type de document, ce qu’un flux FINESS ne fait pas."
        )

    def _start(self, name: str, _: object) -> None:
        if not self._path and name != ROOT:
            raise _RefusedError(f"La racine est « {name[:30]} » au lieu de « {ROOT} ».")
        self._path.append(name)
        self._text = []
        if len(self._path) == ENTRY_DEPTH:
            self._fields, self._line = {}, self.parser.CurrentLineNumber

    def _data(self, text: str) -> None:
        if len(self._path) == FIELD_DEPTH:
            self._text.append(text)

    def _end(self, name: str) -> None:
        depth = len(self._path)
        self._path.pop()
        if depth == FIELD_DEPTH:
            self._fields[name] = "".join(self._text).strip()[:LONGEST_FIELD]
            if name == "datemaj" and self._path[-1] == "horodatage":
                self.dated = self._fields[name]
        elif depth == ENTRY_DEPTH and name == self._section:
            self.found.append(Entry(f"ligne {self._line}", name, self._fields))


def entries(inspected: Inspected, *, section: str) -> Iterator[Entry | Fault]:
    """Yield each element of a section; a document that is cut, malformed or armed ends in a fault."""
    flow = _Flow(section)
    with inspected.path.open("rb") as stream:
        try:
            for _ in _pieces(stream, flow):
                yield from flow.found
                flow.found.clear()
        except expat.ExpatError as error:
            yield Fault(
                where=f"ligne {error.lineno}",
                message="Le XML s’arrête ou se rompt ici : le fichier est sans doute tronqué.",
                remedy="Téléchargez-le de nouveau, en entier.",
            )
        except _RefusedError as error:
            yield Fault(
                where=f"ligne {flow.parser.CurrentLineNumber}",
                message=str(error),
                remedy="Vérifiez l’origine du fichier.",
            )


def _pieces(stream: BinaryIO, flow: _Flow) -> Iterator[None]:
    while piece := stream.read(CHUNK_BYTES):
        flow.parser.Parse(piece, False)  # noqa: FBT003 - expat's own signature
        yield
    flow.parser.Parse(b"", True)  # noqa: FBT003 - expat's own signature
    yield


def dated(head: bytes) -> str:
    """Return the day a flow says it is of, from its first bytes; empty when it does not."""
    flow = _Flow("")
    try:
        flow.parser.Parse(head, False)  # noqa: FBT003 - expat's own signature
    except (expat.ExpatError, _RefusedError):
        return ""  # said again, with its line, when the file is read
    return flow.dated
