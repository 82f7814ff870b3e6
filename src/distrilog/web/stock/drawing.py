"""The pictures of the stock: from purchase to door, and by expiry. Geometry and words; templates draw."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from distrilog.domain.stock.queries import ExpiryLine, Flow, PlaceFlow
from distrilog.web.shared import format as french


WIDTH: Final = 960
TOP: Final = 40  # room for the figure above the highest bar
BASE: Final = 240  # where bars stand; their words lie below
WIDEST: Final = 120
LEAST: Final = 3  # whatever is there is seen
BAR: Final = 1000
MOST_QUARTERS: Final = 8

# key → words, in the order of the way to the door; the key is the class of the colour.
PART_WORDS: Final[Mapping[str, str]] = {
    "awaited": "acheté, attendu",
    "free": "libre",
    "reserved": "réservé aux contingents et commandes",
    "strategic": "stock stratégique",
    "quarantine": "en quarantaine",
    "to_places": "en route vers un autre lieu",
    "to_doors": "en route vers les établissements",
    "delivered": "livré",
    "disputed": "en litige",
    "gone": "sorti des comptes, ou manquant",
}
PLACE_PARTS: Final = ("free", "reserved", "strategic", "quarantine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One colour of a bar: its words, units, its rectangle standing up, and lying down in thousandths."""

    key: str
    words: str
    units: int
    top: int
    height: int
    start: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A bar of parts, its words on one or two lines."""

    words: Sequence[str]
    units: int
    parts: Sequence[Part]
    left: int
    width: int
    top: int
    link: str = ""

    @property
    def middle(self) -> int:
        """Where its words are centred."""
        return self.left + self.width // 2

    @property
    def above(self) -> int:
        """Where its figure stands."""
        return self.top - 8

    @property
    def name(self) -> str:
        """Its words on one line."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Bars on one scale; `links` are the bands between neighbours; the legend names the parts that appear."""

    columns: Sequence[Column]
    links: Sequence[str] = ()

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Key and words of each part, once, in their order."""
        return list(
            dict.fromkeys((part.key, part.words) for each in self.columns for part in each.parts)
        )

    @property
    def width(self) -> int:
        """Of the drawing."""
        return WIDTH


Stack = tuple[Sequence[str], Sequence[tuple[str, str, int]]]


def picture_of(stacks: Sequence[Stack], *, linked: bool = False, gap: int = 64) -> Picture:
    """Draw stacks (words; key, words and units of each part) side by side on one scale."""
    highest = max((sum(units for *_, units in parts) for _, parts in stacks), default=0)
    step = WIDTH // max(1, len(stacks))
    width = min(step - gap, WIDEST)
    columns = [
        _column(words, parts, highest=highest, left=rank * step + (step - width) // 2, width=width)
        for rank, (words, parts) in enumerate(stacks)
    ]
    return Picture(columns=columns, links=_links(columns) if linked else ())


def _column(
    words: Sequence[str],
    parts: Sequence[tuple[str, str, int]],
    *,
    highest: int,
    left: int,
    width: int,
) -> Column:
    drawn, top, start = [], BASE, 0
    for key, told, units in parts:
        if units <= 0:
            continue
        height = max(LEAST, (BASE - TOP) * units // highest)
        length = max(LEAST, BAR * units // highest)
        top -= height
        drawn.append(
            Part(
                key=key, words=told, units=units, top=top, height=height, start=start, length=length
            )
        )
        start += length
    total = sum(units for *_, units in parts)
    return Column(words=words, units=total, parts=drawn, left=left, width=width, top=top)


def _links(columns: Sequence[Column]) -> list[str]:
    return [
        f"{one.left + one.width},{one.top} {two.left},{two.top} "
        f"{two.left},{BASE} {one.left + one.width},{BASE}"
        for one, two in pairwise(columns)
    ]


# ------------------------------------------------------------------ from purchase to door


def flow_picture(flow: Flow, *, main: str) -> Picture:
    """Draw a family's way from purchase to door; `main` is the place where purchases arrive first."""
    at_main = [each for each in flow.places if each.place == main]
    elsewhere = [each for each in flow.places if each.place != main]
    stacks: list[Stack] = [
        (("Achats", "attendus"), _parts({"awaited": flow.awaited})),
        (("Santé publique", "France"), _parts(_sums(at_main, PLACE_PARTS))),
        (("Opérateur et", "outre-mer"), _parts(_sums(elsewhere, PLACE_PARTS))),
        (("En route",), _parts(_sums(flow.places, ("to_places", "to_doors")))),
        (("Livré",), _parts({"delivered": flow.delivered})),
        (
            ("Litiges", "et sorties"),
            _parts({"disputed": flow.disputed, "gone": flow.written_off + flow.missing}),
        ),
    ]
    return picture_of(stacks, linked=True)


def _sums(rows: Iterable[PlaceFlow], names: Sequence[str]) -> dict[str, int]:
    found = list(rows)
    return {name: sum(getattr(each, name) for each in found) for name in names}


def _parts(units: Mapping[str, int]) -> list[tuple[str, str, int]]:
    return [(key, PART_WORDS[key], value) for key, value in units.items()]


# ------------------------------------------------------------------ by expiry


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A time of expiry: its words, whether it asks for something, and units by group of places."""

    words: str
    tag: str
    units: Mapping[str, int]

    @property
    def total(self) -> int:
        """Units of all places."""
        return sum(self.units.values())


def buckets_of(lines: Sequence[ExpiryLine], *, group_of: Mapping[str, str]) -> list[Bucket]:
    """Return what expired, expires within three months, by quarter after that, much later, never."""
    found: dict[tuple[int, str, str], dict[str, int]] = {}
    for line in lines:
        for key, units in _shares(line):
            if units:
                groups = found.setdefault(key, {})
                group = group_of[line.place]
                groups[group] = groups.get(group, 0) + units
    ordered = sorted(found.items())
    quarters = [key for key, _ in ordered if 1 < key[0] < _NEVER]
    cut = set(quarters[MOST_QUARTERS:])
    kept = [
        Bucket(words=key[1], tag=key[2], units=units) for key, units in ordered if key not in cut
    ]
    if cut:
        rest: dict[str, int] = {}
        for key in cut:
            for group, units in found[key].items():
                rest[group] = rest.get(group, 0) + units
        at = len(kept) - (1 if kept and kept[-1].words == "Sans date" else 0)
        kept.insert(at, Bucket(words="Plus tard", tag="", units=rest))
    return kept


_NEVER: Final = 10**6


def _shares(line: ExpiryLine) -> Iterator[tuple[tuple[int, str, str], int]]:
    yield (0, "Périmé", "late"), line.expired
    yield (1, "Moins de 3 mois", "tension"), line.soon
    rest = line.units - line.expired - line.soon
    if line.month is None:
        yield (_NEVER, "Sans date", ""), rest
    else:
        yield (_quarter(line.month), _quarter_words(line.month), ""), rest


def _quarter(month: date) -> int:
    return month.year * 4 + (month.month - 1) // 3


def _quarter_words(month: date) -> str:
    rank = (month.month - 1) // 3 + 1
    return f"{rank}{'er' if rank == 1 else 'e'}{french.HARD}trim. {month.year}"


def expiry_picture(buckets: Sequence[Bucket], *, groups: Mapping[str, str]) -> Picture:
    """Draw buckets side by side, a colour a group of places (key → words)."""
    stacks: list[Stack] = [
        (
            _two_lines(each.words),
            [(key, words, each.units.get(key, 0)) for key, words in groups.items()],
        )
        for each in buckets
    ]
    return picture_of(stacks, gap=16)


def _two_lines(words: str) -> Sequence[str]:
    first, space, last = words.rpartition(" ")
    return (first, last) if space else (words,)
