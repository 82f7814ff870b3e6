"""
What a replay finds, week by week, and how it stands beside what the sources print. Pure.

A replay is kept as JSON: `Replayed.as_json` and `replayed_from` are each other's inverse. Quantities are units.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final


VERSION: Final = 1
HUNDRED: Final = 100
# Closer than this, in thousandths of what is printed, two figures are said to be alike.
ALIKE_PER_MILLE: Final = 50


class Chain(StrEnum):
    """How a week served the country."""

    PUSH = "push"
    PULL = "pull"


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """
    A figure of a source: units of some families in some weeks, of a region or of some groups (empty: of all).

    It is for a `times`-th of what is computed: 7 for a day of a week.
    """

    code: str
    first: str
    last: str
    region: str
    groups: tuple[str, ...]
    families: tuple[str, ...]
    times: int
    units: int
    label: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """What a replay supposes from a week to another, both included, because no source says it, or where one does."""

    code: str
    first: str
    last: str
    value: int
    sentence: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """Units that went to the pharmacies of a region in a week."""

    week: str
    region: str
    units: int
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekOfFamily:
    """
    What a week gave of one family. `pushes` counts its plans; in a pull week `given` is what quotas opened.

    `volume` is what the sources had, `ordered` what a sample of facilities ordered. `regions` and `groups` split `given`.
    """

    week: str
    chain: str
    doctrine: str
    family: str
    need: int
    volume: int
    given: int
    ordered: int = 0
    facilities: int = 0
    pushes: int = 0
    short: bool = False
    sources: Mapping[str, int] = field(default_factory=dict)
    regions: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTerritory:
    """Units of one family that a platform received in the week of the reference case."""

    territory: str
    name: str
    family: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionalLine:
    """A line of the region's printed stock, and what the ledger's entries add up to. Units."""

    label: str
    family: str
    printed: int
    computed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that the replay met on a day, in words."""

    on: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A replay: its weeks, the territories of the reference week, what went to pharmacies, the proof of its books."""

    first: str
    last: str
    facilities: int
    platforms: int
    whole: bool
    weeks: Sequence[WeekOfFamily]
    territories: Sequence[OfTerritory] = ()
    pharmacies: Sequence[Delivered] = ()
    regional: Sequence[RegionalLine] = ()
    events: Sequence[Event] = ()
    discrepancies: int = 0
    seconds: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {"version": VERSION, **asdict(self)}

    @property
    def digest(self) -> str:
        """A fingerprint (SHA-256) of its figures; how long it took is none of them."""
        figures = {key: value for key, value in self.as_json().items() if key != "seconds"}
        return hashlib.sha256(json.dumps(figures, sort_keys=True).encode()).hexdigest()


class OtherVersion(ValueError):  # noqa: N818 - says what it is
    """A replay kept by another version of the software."""


def replayed_from(content: Mapping[str, Any]) -> Replayed:
    """Return a replay from its JSON. Raises `OtherVersion`."""
    if content.get("version") != VERSION:
        raise OtherVersion(f"version {content.get('version')!r}")
    values = {key: value for key, value in content.items() if key != "version"}
    kinds: dict[str, type] = {
        "weeks": WeekOfFamily,
        "territories": OfTerritory,
        "pharmacies": Delivered,
        "regional": RegionalLine,
        "events": Event,
    }
    for name, kind in kinds.items():
        values[name] = [kind(**each) for each in values[name]]
    return Replayed(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A printed figure and the replay's; `computed` is None where the replay does not reach that far."""

    printed: Printed
    computed: int | None
    sentence: str

    @property
    def difference(self) -> int | None:
        """What the replay gives, less what is printed."""
        return None if self.computed is None else self.computed - self.printed.units


def compare(*, replayed: Replayed, printed: Iterable[Printed]) -> list[Comparison]:
    """Put each printed figure beside the replay's, and say the difference in words."""
    return [_comparison(each, replayed) for each in printed]


def _comparison(printed: Printed, replayed: Replayed) -> Comparison:
    if not replayed.whole:
        sentence = "Le rejeu porte sur une partie du pays : son volume ne se compare pas."
        return Comparison(printed=printed, computed=None, sentence=sentence)
    rows = [
        row
        for row in replayed.weeks
        if printed.first <= row.week <= printed.last and row.family in printed.families
    ]
    if not rows:
        sentence = "Le rejeu ne couvre pas cette semaine."
        return Comparison(printed=printed, computed=None, sentence=sentence)
    computed = round(sum(_part(row, printed) for row in rows) / printed.times)
    return Comparison(
        printed=printed,
        computed=computed,
        sentence=difference_in_words(computed=computed, printed=printed.units),
    )


def _part(row: WeekOfFamily, printed: Printed) -> int:
    if printed.region:
        return row.regions.get(printed.region, 0)
    if printed.groups:
        return sum(row.groups.get(group, 0) for group in printed.groups)
    return row.given


def difference_in_words(*, computed: int, printed: int) -> str:
    """Say how far what is computed is from what is printed."""
    if computed == printed:
        return "Le rejeu donne exactement ce chiffre."
    if not printed:
        return "La source imprime zéro."
    way = "de plus" if computed > printed else "de moins"
    gap = abs(computed - printed)
    if computed >= 2 * printed:
        times = f"{computed / printed:.1f}".replace(".", ",")
        return f"Le rejeu donne {times} fois ce chiffre."
    percent = f"{HUNDRED * gap / printed:.1f}".replace(".", ",")
    near = "À peu près : " if 1000 * gap <= ALIKE_PER_MILLE * printed else ""
    said = f"le rejeu donne {percent}\u202f% {way}."
    return f"{near}{said}" if near else f"{said[0].upper()}{said[1:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOfTerritory:
    """What a platform's part of its region is, printed and replayed, in tenths of a percent."""

    name: str
    printed_units: int
    computed_units: int
    printed: int
    computed: int

    @property
    def points(self) -> int:
        """How far apart, in tenths of a point."""
        return self.computed - self.printed


def shares_of_territories(
    *, printed: Mapping[str, int], computed: Mapping[str, int], names: Mapping[str, str]
) -> list[ShareOfTerritory]:
    """Return both parts of each territory of a region, the largest printed first. Units by territory code."""
    all_printed, all_computed = sum(printed.values()), sum(computed.values())
    return [
        ShareOfTerritory(
            name=names[code],
            printed_units=units,
            computed_units=computed.get(code, 0),
            printed=_per_mille(units, all_printed),
            computed=_per_mille(computed.get(code, 0), all_computed),
        )
        for code, units in sorted(printed.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def _per_mille(part: int, whole: int) -> int:
    return round(1000 * part / whole) if whole else 0


def said_by(
    *, hypotheses: Iterable[Hypothesis], code: str, week: str, absent: int | None = None
) -> int:
    """Return the value of a hypothesis in a week; `absent` where none reaches it. Raises LookupError without one."""
    for each in hypotheses:
        if each.code == code and each.first <= week <= each.last:
            return each.value
    if absent is None:
        raise LookupError(f"{code} {week}")
    return absent
