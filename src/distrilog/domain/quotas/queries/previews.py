"""What a run would give, before anyone signs: plain values that the run keeps in `fairness`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, kw_only=True, slots=True)
class SharePreview:
    """
    One family from one source. Units; the level as an exact fraction of a week's need.

    `histogram` counts facilities in need by tenths of their need: from 0 to 9 %, …, 100 % and more. Where
    cover was read, `reported` facilities in need had declared, `counted` units of stock count, and `moved` units
    go to others than if no stock counted.
    """

    family: str
    source: str
    envelope: int
    need: int
    shared: int
    pots: int
    unallocated: int
    level: Sequence[int]
    floors_short: bool
    needing: int
    served: int
    got_nothing: int
    longest_weeks_without: int
    distance_to_optimum: int
    cover_min: int
    cover_median: int
    cover_max: int
    shortfall: int
    histogram: Sequence[int]
    reported: int = 0
    counted: int = 0
    moved: int = 0

    @property
    def level_tenths(self) -> int:
        """The level in tenths of a percent, rounded down."""
        return self.level[0] * 1000 // self.level[1]

    @property
    def silent(self) -> int:
        """Facilities in need that had declared nothing that was read."""
        return self.needing - self.reported


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionPreview:
    """What a region's facilities would get of one family, beside their need and last week. Units."""

    region: str
    family: str
    need: int
    shared: int
    before: int
    pots: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One facility's quota of one family, against the last week that shared out this family. Units."""

    registry: str
    name: str
    family: str
    before: int
    now: int


@dataclass(frozen=True, kw_only=True, slots=True)
class WithoutBox:
    """How many facilities in need have had no box of a family for so many weeks, this one included."""

    family: str
    weeks: int
    facilities: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """
    All a signer looks at. `served` facilities get at least one box of something.

    `against` is the week that winners and losers are compared with, empty when there is none.
    `undivided` is what a total leaves, by family, once split between sources in whole boxes. `reads_cover`: the
    stock that facilities declared counts. Units.
    """

    week: str
    facilities: int
    served: int
    against: str
    undivided: Mapping[str, int]
    shares: Sequence[SharePreview]
    regions: Sequence[RegionPreview]
    winners: Sequence[Change]
    losers: Sequence[Change]
    without: Sequence[WithoutBox]
    reads_cover: bool = False

    @property
    def distance_to_optimum(self) -> int:
        """The most that rounding to boxes moves anyone from the exact share, in units."""
        return max((share.distance_to_optimum for share in self.shares), default=0)

    @property
    def got_nothing(self) -> int:
        """How many times a facility in need gets no box of a family."""
        return sum(share.got_nothing for share in self.shares)

    @property
    def totals(self) -> dict[str, dict[str, int]]:
        """Envelope, need, shared, pots and unallocated units by family, over the sources; facilities too."""
        names = ("envelope", "need", "shared", "pots", "unallocated", "served", "got_nothing")
        found: dict[str, dict[str, int]] = {}
        for share in self.shares:
            total = found.setdefault(share.family, dict.fromkeys(names, 0))
            for name in names:
                total[name] += getattr(share, name)
        for family, units in self.undivided.items():
            found[family]["envelope"] += units
            found[family]["unallocated"] += units
        return found

    def as_json(self) -> dict[str, Any]:
        """Return what the run keeps."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        return cls(
            **{
                name: kept[name]
                for name in ("week", "facilities", "served", "against", "undivided")
            },
            shares=[SharePreview(**each) for each in kept["shares"]],
            regions=[RegionPreview(**each) for each in kept["regions"]],
            winners=[Change(**each) for each in kept["winners"]],
            losers=[Change(**each) for each in kept["losers"]],
            without=[WithoutBox(**each) for each in kept["without"]],
            reads_cover=kept.get("reads_cover", False),
        )
