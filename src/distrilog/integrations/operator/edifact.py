"""
EDIFACT's syntax (ISO 9735 versions 3 and 4): characters, segments, and the envelopes that count them. Pure.

Written by pydifact. Read here: pydifact's parser walks character by character (seventeen seconds for the
largest body we take), skips all that stands before a UNA in the middle of a text, and checks no count.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydifact.control.characters import Characters
from pydifact.segments import Segment as WrittenSegment
from pydifact.serializer import Serializer

from distrilog.integrations.operator.faults import Faults, quoted, unreadable


# GS1's qualifier for a GLN in UNB (0007).
GLN_QUALIFIER: Final = "14"
LATIN: Final = ("UNOC", "3")
UNICODE: Final = ("UNOW", "4")
MAX_SEGMENTS: Final = 500_000
_DEFAULTS: Final = ":+.? '"
_ENCODINGS: Final = {"UNOA": "ascii", "UNOB": "ascii", "UNOC": "latin-1", "UNOW": "utf-8"}
_CONTROLS: Final = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_OUTERMOST: Final = frozenset(("UNA", "UNB", "UNZ", "UNG", "UNE"))
_TAG: Final = re.compile("[A-Z]{3}")
# What stands for a released character while the text is split: controls, which no text may hold.
_HELD: Final = "\x01\x02\x03\x04"

Element = str | Sequence[str]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as read: its tag, its elements as lists of components, its rank in the interchange."""

    tag: str
    elements: Sequence[Sequence[str]]
    rank: int

    def get(self, element: int, component: int = 0) -> str:
        """Return a component, counted from 0 after the tag; empty where there is none."""
        if element < len(self.elements) and component < len(self.elements[element]):
            return self.elements[element][component]
        return ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message between its UNH and its UNT, both left out."""

    header: Segment
    segments: Sequence[Segment]

    @property
    def where(self) -> str:
        """Where faults of this message stand."""
        return f"UNH {self.header.get(0)[:14]}"


def segment(tag: str, *elements: Element) -> WrittenSegment:
    """Return a segment to write, without the empty elements at its end."""
    kept = list(elements)
    while kept and not any(kept[-1]):
        kept.pop()
    return WrittenSegment(tag, *(each if isinstance(each, str) else list(each) for each in kept))


def encode(segments: Sequence[WrittenSegment], *, syntax: tuple[str, str]) -> bytes:
    """Return the bytes of an interchange, its service string advice first."""
    text: str = Serializer(Characters.from_str(f"UNA{_DEFAULTS}")).serialize(list(segments))
    return text.encode(_ENCODINGS[syntax[0]])


def syntax_for(texts: Iterator[str]) -> tuple[str, str]:
    """Return Latin-1 where it can say all the texts, Unicode otherwise (for ’ and œ)."""
    try:
        for text in texts:
            text.encode("latin-1")
    except UnicodeEncodeError:
        return UNICODE
    return LATIN


def read_segments(body: bytes) -> list[Segment]:
    """Return the segments of an interchange; raises Unreadable where the syntax is broken."""
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n \t")
    advice = body[3:9].decode("latin-1") if body.startswith(b"UNA") else _DEFAULTS
    body = body[9:].lstrip(b"\r\n ") if body.startswith(b"UNA") else body
    component, data, release, terminator = _marks(advice)
    text = _decoded(body, f"UNB{data}")
    if text.count(terminator) > MAX_SEGMENTS:
        raise unreadable("", f"Plus de {MAX_SEGMENTS} segments.", "Faites plusieurs envois.")
    if release != " ":
        text = _hold_released(text, release, component + data + terminator + release)
    raw = text.split(terminator)
    if raw.pop().strip("\r\n "):
        raise unreadable("", "Le dernier segment n’est pas terminé : le message est tronqué.")
    returned = str.maketrans(_HELD, component + data + terminator + release)
    return [
        _segment(each.lstrip("\r\n"), rank, (component, data), returned)
        for rank, each in enumerate(raw)
    ]


def open_envelopes(segments: Sequence[Segment], faults: Faults) -> list[Envelope]:
    """Return the messages between UNB and UNZ, their counts and references verified."""
    if not segments or segments[0].tag != "UNB":
        raise unreadable("UNB", "Le segment UNB manque au début.")
    if segments[-1].tag != "UNZ":
        raise unreadable("UNZ", "Le segment UNZ manque à la fin : le message est tronqué.")
    start, end = segments[0], segments[-1]
    found = _envelopes(segments[1:-1], faults)
    if not _says(end.get(0), len(found)):
        faults.add("UNZ", f"UNZ annonce {quoted(end.get(0))} messages, {len(found)} lus.")
    if end.get(1) != start.get(4):
        faults.add("UNZ", f"UNZ porte {quoted(end.get(1))} et UNB {quoted(start.get(4))}.")
    return found


def _envelopes(segments: Sequence[Segment], faults: Faults) -> list[Envelope]:
    found: list[Envelope] = []
    header: Segment | None = None
    inside: list[Segment] = []
    for each in segments:
        if each.tag in _OUTERMOST or (header is None) != (each.tag == "UNH"):
            raise unreadable(
                each.tag,
                f"{each.tag} n’a pas sa place au segment {each.rank} : un message commence par UNH"
                " et finit par UNT.",
            )
        if header is None:
            header, inside = each, []
        elif each.tag == "UNT":
            found.append(_closed(Envelope(header, inside), each, faults))
            header = None
        else:
            inside.append(each)
    if header is not None:
        raise unreadable("UNT", "Le segment UNT manque au dernier message.")
    return found


def _closed(envelope: Envelope, end: Segment, faults: Faults) -> Envelope:
    counted = len(envelope.segments) + 2
    if not _says(end.get(0), counted):
        faults.add(envelope.where, f"UNT annonce {quoted(end.get(0))} segments, {counted} lus.")
    if end.get(1) != envelope.header.get(0):
        faults.add(envelope.where, f"UNT porte la référence {quoted(end.get(1))}.")
    return envelope


def _says(text: str, counted: int) -> bool:
    return text.isascii() and text.isdigit() and text.lstrip("0") == str(counted)


def _marks(advice: str) -> Sequence[str]:
    """Return the four marks of a service string advice; a space says that nothing is released."""
    marks = [advice[at : at + 1] for at in (0, 1, 3, 5)]
    usable = all(mark.isprintable() and not mark.isalnum() for mark in marks)
    if not usable or "" in marks or len(set(marks)) != len(marks) or " " in marks[:2] + marks[3:]:
        raise unreadable("UNA", "Le segment UNA ne donne pas six caractères utilisables.")
    return marks


def _decoded(body: bytes, start: str) -> str:
    if not body.startswith(start.encode("latin-1")):
        raise unreadable("UNB", "Ce n’est pas de l’EDIFACT : le segment UNB manque au début.")
    syntax = body[4:8].decode("latin-1")
    encoding = _ENCODINGS.get(syntax)
    if encoding is None:
        raise unreadable(
            "UNB", f"Le jeu de caractères {quoted(syntax)} n’est pas traité.", "UNOC ou UNOW."
        )
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise unreadable(
            "UNB", f"L’octet {error.start} n’existe pas dans le jeu de caractères {syntax}."
        ) from error
    if found := _CONTROLS.search(text):
        raise unreadable("", f"Un caractère interdit est à la position {found.start()}.")
    return text


def _hold_released(text: str, release: str, marks: str) -> str:
    """Replace each released character so that the text can be split at those that are not."""
    # The release itself first: what releases and is released in turn stands from left to right.
    for mark, held in reversed(list(zip(marks, _HELD, strict=True))):
        text = text.replace(release + mark, held)
    if text.endswith(release):
        raise unreadable("", "Le message finit sur un caractère d’échappement.")
    return text.replace(release, "")


def _segment(raw: str, rank: int, marks: tuple[str, str], returned: dict[int, int]) -> Segment:
    component, data = marks
    if "\r" in raw or "\n" in raw:
        raise unreadable(raw[:3], f"Une fin de ligne coupe le segment {rank}.")
    parts: list[list[str]] = [each.split(component) for each in raw.split(data)]
    if any(mark in raw for mark in _HELD):
        parts = [[each.translate(returned) for each in components] for components in parts]
    tag = parts.pop(0)
    if len(tag) != 1 or not _TAG.fullmatch(tag[0]):
        raise unreadable("", f"{quoted(':'.join(tag))} n’est pas un segment (au rang {rank}).")
    return Segment(tag[0], parts, rank)
