"""What the picture of cover is made of: areas, sums, judged by level, and facilities. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Self

from distrilog.domain.declarations.rules.cover import Level, cover_tenths, level
from distrilog.domain.declarations.rules.forecast import RunOut, Use, area_run_out
from distrilog.domain.declarations.rules.thresholds import Threshold


TREND_WEEKS: Final = 12
MOST_WEEKS: Final = 60
PER_PAGE: Final = 50
MOST_PER_PAGE: Final = 500


WORST_FIRST: Final = (
    Level.EMPTY,
    Level.ALERT,
    Level.WATCH,
    Level.SILENT,
    Level.COVERED,
    Level.NO_NEED,
)


class Width(StrEnum):
    """How wide an area is; `PART` is a department's part of a territory."""

    COUNTRY = "country"
    REGION = "region"
    DEPARTMENT = "department"
    TERRITORY = "territory"
    PART = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """
    A part of the country. `code`: empty for the country, a region’s, a department’s or a territory’s code.

    A part is coded `department:territory`; `75:` is what no territory serves in 75.
    """

    width: Width
    code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Sums over the facilities of an area for one family, as `RollUp` says them. Units, and counts of facilities."""

    facilities: int = 0
    asked: int = 0
    declared: int = 0
    stock: int = 0
    consumption: int = 0
    need: int = 0
    told_need: int = 0
    alert: int = 0
    watch: int = 0
    covered: int = 0
    empty: int = 0
    questioned: int = 0

    def plus(self, other: Self) -> "Figures":
        """Return both together."""
        return Figures(
            **{
                name: getattr(self, name) + getattr(other, name)
                for name in Figures.__dataclass_fields__
            }
        )

    def level(self, threshold: Threshold) -> Level:
        """Judge the declared stock as that of one facility; silent when nobody declared."""
        if not self.facilities:
            return Level.NO_NEED
        return level(
            stock=self.stock if self.declared else None,
            need=self.need if self.declared else 1,
            watch_days=threshold.watch_days,
            alert_days=threshold.alert_days,
        )

    @property
    def silent(self) -> int:
        """How many said nothing."""
        return self.facilities - self.declared

    @property
    def cover_tenths(self) -> int | None:
        """Tenths of a day that the declared stock lasts those who declared it; None when nobody did."""
        return cover_tenths(stock=self.stock, need=self.need)

    @property
    def share_declared(self) -> int | None:
        """Percents of the facilities that declared, rounded down; None without any."""
        return self.declared * 100 // self.facilities if self.facilities else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyCover:
    """How an area stands for a family: this week and the one before, judged by the area's own thresholds."""

    figures: Figures
    previous: Figures
    level: Level
    threshold: Threshold
    run_out: RunOut | None


def family_cover(*, weeks: Iterable[Figures], threshold: Threshold, middle: date) -> FamilyCover:
    """Judge an area's last weeks for a family, the latest first; `middle` is the day its stock is taken to be of."""
    figures, previous, *older = weeks
    uses = [
        Use(consumption=each.consumption, need=each.told_need)
        for each in (figures, previous, *older)
    ]
    return FamilyCover(
        figures=figures,
        previous=previous,
        level=figures.level(threshold),
        threshold=threshold,
        run_out=area_run_out(stock=figures.stock, need=figures.need, uses=uses, said_on=middle)
        if figures.need
        else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaCover:
    """How an area stands, by family code in the catalogue's order."""

    area: Area
    families: Mapping[str, FamilyCover]

    @property
    def worst(self) -> Level:
        """The worst level of its families."""
        found = {cover.level for cover in self.families.values()}
        return next((level for level in WORST_FIRST if level in found), Level.NO_NEED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendWeek:
    """An area's sums of a week, by family code."""

    week: str
    families: Mapping[str, Figures]


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyName:
    """A family as a page names it."""

    code: str
    name: str
    box_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """
    An area's week: itself, its parts (which add up to it), and its last weeks, the oldest first.

    `path` leads from the widest area that may be seen down to it, itself last. `built_at`: when the sums were made;
    `stale_since`: since when something said is not in them yet.
    """

    week: str
    path: tuple[Area, ...]
    families: tuple[FamilyName, ...]
    total: AreaCover
    children: tuple[AreaCover, ...]
    trend: tuple[TrendWeek, ...]
    built_at: datetime | None
    stale_since: datetime | None


class Sort(StrEnum):
    """By what facilities are ordered; ties by name, registry number and family."""

    RUN_OUT = "run_out"
    NAME = "name"
    COVER = "cover"
    STOCK = "stock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which facilities are looked at, in which order, and which page of them; an empty text chooses all."""

    family: str = ""
    group: str = ""
    level: str = ""
    search: str = ""
    sort: Sort = Sort.RUN_OUT
    descending: bool = False
    page: int = 1
    per_page: int = PER_PAGE

    def __post_init__(self) -> None:
        if self.page < 1 or not 1 <= self.per_page <= MOST_PER_PAGE:
            raise ValueError(f"pages start at 1 and hold 1 to {MOST_PER_PAGE} rows")

    @property
    def offset(self) -> int:
        """Rows before the page."""
        return (self.page - 1) * self.per_page


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityCover:
    """
    One facility and family in a week; units. `stock` is None where it said nothing, `said_on` then too.

    `difficulty`: it told one, of this family or of none in particular. `on_the_way` is filled above (reporting).
    """

    facility_id: int
    registry: str
    facility: str
    commune: str
    group: str
    region: str
    department: str
    territory: str
    family: str
    family_name: str
    box_units: int
    need: int
    stock: int | None
    consumption: int | None
    questioned: bool
    asked: bool
    level: Level
    watch_days: int
    alert_days: int
    said_on: date | None
    run_out: RunOut | None
    difficulty: bool
    on_the_way: int = 0

    @property
    def cover_tenths(self) -> int | None:
        """Tenths of a day that its stock lasts; None when it said nothing."""
        return None if self.stock is None else cover_tenths(stock=self.stock, need=self.need)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityPage:
    """A page of facilities and how many rows the choice has in all."""

    rows: tuple[FacilityCover, ...]
    matching: int
    choice: Choice = field(default_factory=Choice)
