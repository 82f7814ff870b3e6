"""The country's tables of facts, read from the package (sources: `tables/ATTRIBUTION.md`)."""

import csv
import gzip
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources


Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commune:
    """Where facilities may be; the position is approximate, in degrees."""

    code: str
    name: str
    department: str
    postcode: str
    population: int
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department, its weight and its centre in degrees."""

    code: str
    name: str
    region: str
    zone: str
    population: int
    nursing_home_places: int
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """
    A kind of facility of which there are only totals.

    `staff` maps a role to a ratio and what it multiplies (`place` or `site`); `public` and
    `non_profit` are in hundredths, the rest is private.
    """

    code: str
    name: str
    group: str
    finess: bool
    label: str
    facilities: int
    places: int
    by: str
    public: int
    non_profit: int
    staff: Mapping[str, tuple[float, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the country is made from."""

    zones: Sequence[Row]
    regions: Sequence[Row]
    territories: Sequence[Row]
    hospitals: Sequence[Row]
    hospital_categories: Sequence[Row]
    departments: Sequence[Department]
    kinds: Sequence[Kind]
    communes: Mapping[str, Sequence[Commune]]


@cache
def read_facts() -> Facts:
    """Read every table once."""
    communes: dict[str, list[Commune]] = {}
    for row in _read("communes.csv.gz"):
        communes.setdefault(row["department"], []).append(_commune(row))
    return Facts(
        zones=_read("zones.csv"),
        regions=_read("regions.csv"),
        territories=_read("territories.csv"),
        hospitals=_read("hospitals.csv.gz"),
        hospital_categories=_read("hospital_categories.csv"),
        departments=[_department(row) for row in _read("departments.csv")],
        kinds=[_kind(row) for row in _read("kinds.csv")],
        communes=communes,
    )


def _read(name: str) -> list[Row]:
    content = (resources.files(__package__) / "tables" / name).read_bytes()
    text = gzip.decompress(content) if name.endswith(".gz") else content
    return list(csv.DictReader(io.StringIO(text.decode())))


def _commune(row: Row) -> Commune:
    return Commune(
        code=row["code"],
        name=row["name"],
        department=row["department"],
        postcode=row["postcode"],
        population=int(row["population"]),
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
    )


def _department(row: Row) -> Department:
    return Department(
        code=row["code"],
        name=row["name"],
        region=row["region"],
        zone=row["zone"],
        population=int(row["population"]),
        nursing_home_places=int(row["nursing_home_places"]),
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
    )


def _kind(row: Row) -> Kind:
    staff = {}
    for part in row["staff"].split():
        role, _, rest = part.partition(":")
        ratio, _, unit = rest.partition("/")
        staff[role] = (float(ratio), unit)
    return Kind(
        code=row["code"],
        name=row["name"],
        group=row["group"],
        finess=row["numbers"] == "finess",
        label=row["label"],
        facilities=int(row["facilities"]),
        places=int(row["places"]),
        by=row["by"],
        public=int(row["public"]),
        non_profit=int(row["non_profit"]),
        staff=staff,
    )
