"""What figures are made of: rows, sums and shares. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Self


PER_PAGE: Final = 50
PER_PAGE_LIMIT: Final = 500


class Standing(StrEnum):
    """What a facility did with its quota."""

    ANY = ""
    NOTHING = "nothing"
    SOMETHING = "something"
    EVERYTHING = "everything"


STANDING_NAMES: Final[Mapping[Standing, str]] = {
    Standing.ANY: "tous",
    Standing.NOTHING: "rien commandé",
    Standing.SOMETHING: "a commandé",
    Standing.EVERYTHING: "contingent épuisé",
}


class Sort(StrEnum):
    """By what a list is ordered; ties by department, facility and family."""

    FACILITY = "facility"
    QUOTA = "quota"
    ORDERED = "ordered"
    LEFT = "left"
    LAST_ORDER = "last_order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which rows of a report are looked at, in which order, and which page of them."""

    family: str = ""
    department: str = ""
    search: str = ""
    standing: Standing = Standing.ANY
    sort: Sort = Sort.FACILITY
    descending: bool = False
    page: int = 1
    per_page: int = PER_PAGE

    def __post_init__(self) -> None:
        if self.page < 1 or not 1 <= self.per_page <= PER_PAGE_LIMIT:
            raise ValueError(f"pages start at 1 and hold 1 to {PER_PAGE_LIMIT} rows")

    @property
    def offset(self) -> int:
        """Rows before the page."""
        return (self.page - 1) * self.per_page


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    One facility and family in one week; quantities in units, `box_units` to say them in boxes.

    `ordered` was charged to the facility's quota, `from_pot` to its ARS's pot.
    """

    facility_id: int
    registry: str
    facility: str
    commune: str
    department: str
    department_name: str
    category: str
    family: str
    family_name: str
    box_units: int
    quota: int
    ordered: int
    left: int
    from_pot: int
    last_order: str
    last_order_at: datetime | None

    @property
    def share(self) -> float | None:
        """The share of the quota that was ordered, from 0 to 1; None without a quota."""
        return share_of(self.ordered, self.quota)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Sums over facilities for one family. Units, and counts of facilities."""

    quota: int = 0
    ordered: int = 0
    left: int = 0
    from_pot: int = 0
    facilities: int = 0
    having_ordered: int = 0

    def plus(self, other: Self) -> "Figures":
        """Return both together."""
        return Figures(
            quota=self.quota + other.quota,
            ordered=self.ordered + other.ordered,
            left=self.left + other.left,
            from_pot=self.from_pot + other.from_pot,
            facilities=self.facilities + other.facilities,
            having_ordered=self.having_ordered + other.having_ordered,
        )

    @property
    def share(self) -> float | None:
        """The share of the quotas that was ordered, from 0 to 1; None without any quota."""
        return share_of(self.ordered, self.quota)


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFigures:
    """Figures of a department and a family."""

    department: str
    department_name: str
    region: str
    region_name: str
    family: str
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Demand of a family that was refused in a week: how often, by how many, and for how much."""

    family: str
    times: int = 0
    facilities: int = 0
    units_asked: int = 0
    units_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionWeek:
    """
    A week of one scope, as the report page and the workbook show it.

    `rows` are those of the page; `matching` counts those chosen, `total` all. `areas` are sums over
    all rows by department and family, whatever was chosen.
    """

    week: str
    choice: Choice
    rows: tuple[Row, ...]
    matching: int
    total: int
    areas: tuple[AreaFigures, ...]
    refused: tuple[Refused, ...]

    @property
    def by_family(self) -> dict[str, Figures]:
        """Sums by family."""
        return sum_by(self.areas, lambda area: area.family)

    @property
    def by_department(self) -> dict[str, dict[str, Figures]]:
        """Sums by department, then family."""
        return group_by(self.areas, lambda area: area.department)

    @property
    def pages(self) -> int:
        """How many pages the chosen rows fill; at least one."""
        return max(1, -(-self.matching // self.choice.per_page))

    @property
    def hidden(self) -> int:
        """How many rows the choice leaves out."""
        return self.total - self.matching


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyWeek:
    """
    One family over the country in one week.

    `envelope` was released, `shared` went to facilities, `pots` to agencies; `unallocated` is less
    than a box a source, or more when all are served.
    """

    family: str
    family_name: str
    box_units: int
    need: int = 0
    envelope: int = 0
    shared: int = 0
    pots: int = 0
    pots_ordered: int = 0
    figures: Figures = field(default_factory=Figures)
    refused: Refused = field(default_factory=lambda: Refused(family=""))

    @property
    def unallocated(self) -> int:
        """Units of the envelope that went to nobody."""
        return self.envelope - self.shared - self.pots

    @property
    def total_ordered(self) -> int:
        """Units ordered, from quotas and from pots."""
        return self.figures.ordered + self.pots_ordered

    @property
    def share_of_envelope(self) -> float | None:
        """The share of the envelope that was ordered, from 0 to 1; None without an envelope."""
        return share_of(self.total_ordered, self.envelope)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryWeek:
    """The country in one week: by family, and by department (of which regions are sums)."""

    week: str
    families: tuple[FamilyWeek, ...]
    areas: tuple[AreaFigures, ...]
    orders: int
    facilities_having_ordered: int

    @property
    def by_region(self) -> dict[str, dict[str, Figures]]:
        """Sums by region, then family."""
        return group_by(self.areas, lambda area: area.region)

    @property
    def by_department(self) -> dict[str, dict[str, Figures]]:
        """Sums by department, then family."""
        return group_by(self.areas, lambda area: area.department)

    @property
    def region_names(self) -> dict[str, str]:
        """Names of regions by code."""
        return {area.region: area.region_name for area in self.areas}

    @property
    def department_names(self) -> dict[str, str]:
        """Names of departments by code."""
        return {area.department: area.department_name for area in self.areas}


def share_of(part: int, whole: int) -> float | None:
    """Return a part of a whole from 0 to 1, for show; None of nothing."""
    return part / whole if whole else None


def sum_by(areas: Iterable[AreaFigures], key: Callable[[AreaFigures], str]) -> dict[str, Figures]:
    """Sum figures by what the key reads, in the order met."""
    found: dict[str, Figures] = {}
    for area in areas:
        found[key(area)] = found.get(key(area), Figures()).plus(area.figures)
    return found


def group_by(
    areas: Iterable[AreaFigures], key: Callable[[AreaFigures], str]
) -> dict[str, dict[str, Figures]]:
    """Sum figures by what the key reads, then by family."""
    found: dict[str, list[AreaFigures]] = {}
    for area in areas:
        found.setdefault(key(area), []).append(area)
    return {name: sum_by(those, lambda area: area.family) for name, those in found.items()}
