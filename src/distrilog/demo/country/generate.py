"""
The country as rows ready for COPY: pure, and the same bytes for the same seed.

Hospitals are the real ones. Everything else is fictitious, on real totals by department, numbered in
the range that can meet nobody (`facilities.rules.in_reserved_range`).
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, count
from random import Random

from distrilog.demo.country import naming
from distrilog.demo.country.facts import Commune, Department, Facts, Kind, read_facts
from distrilog.demo.country.shares import share, share_with_floor
from distrilog.domain.facilities.rules import RESERVED_PREFIX, finess_number, own_number


DEFAULT_SEED = 2020
SPF_FACILITIES = 251
MEAN_POPULATION = 675_000  # of a department, rounded
FIRST_DAY = date(2020, 1, 1)
SMALLEST_FACILITY = 5
STATUS = {"1": "public", "2": "non_profit", "3": "private"}
ACTIVITIES = (
    "acute", "rehabilitation", "psychiatry", "long_stay", "intensive", "emergency", "home"
)  # fmt: skip
# Critical care and emergencies are counted within acute beds.
OWN_BEDS = ("acute", "rehabilitation", "psychiatry", "long_stay", "home")
HOSPITAL_ROLES = ("physician", "caregiver", "cleaner", "other")
AP_HP_TERRITORY = "APHP"
# Paris and its inner ring: hospitals of no group go to AP-HP's platform.
AP_HP_DEPARTMENTS = frozenset({"75", "92", "93", "94"})
# A pharmacy may open from 2,500 inhabitants, and one more for each 4,500 (code de la santé
# publique, L. 5125-4).
FIRST_PHARMACY, NEXT_PHARMACY = 2_500, 4_500
# Of the temporary sites: 24 for the first wave, 20 for the second, the others still open.
FIRST_WAVE_SITES, SECOND_WAVE_SITES = 24, 20
FIRST_WAVE, SECOND_WAVE = date(2020, 3, 20), date(2020, 10, 15)

Cell = str | int | float | bool | date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows for one table of the register, columns named."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One facility before it becomes rows; `near` is where it counts as being, `places` by activity."""

    registry: str
    name: str
    category: str
    group: str
    department: Department
    commune_code: str
    commune: str
    postcode: str
    latitude: float | None
    longitude: float | None
    near: tuple[float, float]
    status: str
    places: Mapping[str, int]
    staff: Mapping[str, int]
    fictitious: bool
    origin: str
    legal_entity: str = ""
    siret: str = ""
    territory: str = ""
    street: str = ""
    opened_on: date | None = None
    closed_on: date | None = None

    @property
    def beds(self) -> int:
        """Beds and places, each counted once."""
        return sum(self.places.get(activity, 0) for activity in OWN_BEDS)


def generate(*, seed: int = DEFAULT_SEED) -> tuple[Table, ...]:
    """Return every table of the register, in an order that suits loading; takes a few seconds."""
    facts = read_facts()
    departments = {department.code: department for department in facts.departments}
    sites = [*_hospitals(facts, departments), *_fictitious(facts, seed=seed)]
    ids = {site.registry: number for number, site in enumerate(sites, start=1)}
    routes = _routes(sites, facts)
    return (
        _zones(facts),
        Table(name="region", columns=["code", "name"], rows=[(row["code"], row["name"]) for row in facts.regions]),
        _departments(facts),
        _categories(facts),
        Table(
            name="facility",
            columns=[
                "id", "registry", "name", "category_id", "department_id", "commune_code",
                "commune", "latitude", "longitude", "legal_entity", "siret", "status", "route",
                "opened_on", "closed_on", "fictitious", "origin",
            ],
            rows=[_facility_row(site, ids[site.registry], routes[site.registry]) for site in sites],
        ),
        _territories(facts, ids),
        _values("capacity", ["facility_id", "activity", "places"], ((ids[site.registry], site.places) for site in sites)),
        _values("staff", ["facility_id", "role", "headcount"], ((ids[site.registry], site.staff) for site in sites)),
        _attachments(sites, ids, facts),
        _addresses(sites, ids, seed=seed),
    )  # fmt: skip


def digest(*, seed: int = DEFAULT_SEED) -> str:
    """Return a fingerprint (SHA-256) of every row, the same on any machine for the same seed."""
    return fingerprint(generate(seed=seed))


def fingerprint(tables: Iterable[Table]) -> str:
    """Return the SHA-256 of tables, names and columns included."""
    found = hashlib.sha256()
    for table in tables:
        found.update(json.dumps([table.name, *table.columns]).encode())
        for row in table.rows:
            found.update(json.dumps(row, default=str, ensure_ascii=False).encode() + b"\n")
    return found.hexdigest()


def _zones(facts: Facts) -> Table:
    columns = ["code", "name", "time_zone", "overseas", "lead_time_days", "closed_days"]
    rows = [
        (
            row["code"],
            row["name"],
            row["time_zone"],
            row["overseas"] == "1",
            int(row["lead_time_days"]),
            json.dumps(row["closed_days"].split()),
        )
        for row in facts.zones
    ]
    return Table(name="zone", columns=columns, rows=rows)


def _departments(facts: Facts) -> Table:
    return Table(
        name="department",
        columns=["code", "name", "region_id", "zone_id"],
        rows=[(row.code, row.name, row.region, row.zone) for row in facts.departments],
    )


def _categories(facts: Facts) -> Table:
    hospitals = [(row["code"], row["name"], row["group"]) for row in facts.hospital_categories]
    others = [(kind.code, kind.name, kind.group) for kind in facts.kinds]
    return Table(name="category", columns=["code", "name", "group"], rows=[*hospitals, *others])


def _territories(facts: Facts, ids: Mapping[str, int]) -> Table:
    return Table(
        name="territory",
        columns=["code", "name", "region_id", "platform_id"],
        rows=[
            (row["code"], row["name"], row["region"], ids[row["platform"]])
            for row in facts.territories
        ],
    )


def _values(
    name: str, columns: Sequence[str], found: Iterable[tuple[int, Mapping[str, int]]]
) -> Table:
    """Return one row for each value that is not zero."""
    return Table(
        name=name,
        columns=columns,
        rows=[
            (facility, key, value)
            for facility, values in found
            for key, value in values.items()
            if value
        ],
    )


def _facility_row(site: Site, number: int, route: str) -> Sequence[Cell]:
    return (
        number, site.registry, site.name, site.category, site.department.code, site.commune_code,
        site.commune, site.latitude, site.longitude, site.legal_entity, site.siret, site.status,
        route, site.opened_on, site.closed_on, site.fictitious, site.origin,
    )  # fmt: skip


def _hospitals(facts: Facts, departments: Mapping[str, Department]) -> Iterator[Site]:
    """Yield the real hospital sites; what the statistics do not say stays empty."""
    groups = {row["code"]: row["group"] for row in facts.hospital_categories}
    communes = {commune.code: commune for found in facts.communes.values() for commune in found}
    for row in facts.hospitals:
        department = departments[row["department"]]
        known = row["latitude"] != ""
        centre = communes.get(row["commune_code"], department)
        latitude, longitude = (
            (float(row["latitude"]), float(row["longitude"])) if known else (None, None)
        )
        yield Site(
            registry=row["registry"],
            name=row["name"],
            category=row["category"],
            group=groups[row["category"]],
            department=department,
            commune_code=row["commune_code"],
            commune=row["commune"],
            postcode=row["postcode"],
            latitude=latitude,
            longitude=longitude,
            near=(
                centre.latitude if latitude is None else latitude,
                centre.longitude if longitude is None else longitude,
            ),
            status=STATUS[row["status"]],
            places={activity: int(row[activity]) for activity in ACTIVITIES},
            staff={role: int(row[role]) for role in HOSPITAL_ROLES},
            fictitious=False,
            origin="DREES, SAE 2023",
            legal_entity=row["legal_entity"],
            siret=row["siret"],
            territory=row["territory"],
        )


def _fictitious(facts: Facts, *, seed: int) -> Iterator[Site]:
    """Yield the fictitious facilities, kind by kind, department by department."""
    finess_ranks, own_ranks = count(1), count(1)
    temporary = count()
    for kind in facts.kinds:
        per_department = _facilities_by_department(kind, facts)
        places = _places_by_department(kind, facts, per_department)
        for department, facilities, total in zip(
            facts.departments, per_department, places, strict=True
        ):
            draw = Random(f"{seed}/{kind.code}/{department.code}")  # noqa: S311 - repeatable
            communes = _communes(kind, facts.communes[department.code], facilities, draw)
            sizes = share_with_floor(
                total=total,
                weights=[draw.randint(30, 170) for _ in communes],
                floor=SMALLEST_FACILITY,
            )
            for commune, size in zip(communes, sizes, strict=True):
                number = (
                    finess_number(prefix=RESERVED_PREFIX, rank=next(finess_ranks))
                    if kind.finess
                    else own_number(rank=next(own_ranks), fictitious=True)
                )
                days = _days(next(temporary), draw) if kind.group == "covid_site" else (None, None)
                yield _fictitious_site(
                    kind, department, commune, number=number, places=size, days=days, draw=draw
                )


def _facilities_by_department(kind: Kind, facts: Facts) -> list[int]:
    """Return how many facilities of a kind each department has; they sum to the kind's total."""
    match kind.by:
        case "one_each":
            return [1] * len(facts.departments)
        case "nursing_home_places":
            weights = [department.nursing_home_places for department in facts.departments]
            return share(total=kind.facilities, weights=weights)
        case "pharmacy_rule":
            return _pharmacies_by_department(kind, facts)
        case _:
            weights = [department.population for department in facts.departments]
            return share(total=kind.facilities, weights=weights)


def _places_by_department(kind: Kind, facts: Facts, per_department: Sequence[int]) -> list[int]:
    """Return how many places each department has: the real ones, or in proportion to facilities."""
    if kind.by == "nursing_home_places":
        return [department.nursing_home_places for department in facts.departments]
    return share(total=kind.places, weights=per_department)


def _entitled(commune: Commune) -> int:
    """Return how many pharmacies the law lets a commune have."""
    if commune.population < FIRST_PHARMACY:
        return 0
    return 1 + (commune.population - FIRST_PHARMACY) // NEXT_PHARMACY


def _pharmacies_by_department(kind: Kind, facts: Facts) -> list[int]:
    """Return the lawful number by department, and share the rest (older licences) by population."""
    lawful = [sum(map(_entitled, facts.communes[row.code])) for row in facts.departments]
    rest = share(
        total=kind.facilities - sum(lawful), weights=[row.population for row in facts.departments]
    )
    return [some + more for some, more in zip(lawful, rest, strict=True)]


def _communes(
    kind: Kind, communes: Sequence[Commune], facilities: int, draw: Random
) -> list[Commune]:
    """Return the commune of each facility: by the pharmacy rule, else drawn by population."""
    placed: list[Commune] = []
    if kind.by == "pharmacy_rule":
        placed = [commune for commune in communes for _ in range(_entitled(commune))]
    if kind.by == "one_each":
        return [max(communes, key=lambda commune: (commune.population, commune.code))]
    totals = list(accumulate(commune.population for commune in communes))
    return placed + draw.choices(communes, cum_weights=totals, k=facilities - len(placed))


def _days(rank: int, draw: Random) -> tuple[date, date | None]:
    """Return when a temporary site opened and closed; the last ones are still open."""
    first, rank = rank < FIRST_WAVE_SITES, rank - FIRST_WAVE_SITES
    opened = (FIRST_WAVE if first else SECOND_WAVE) + timedelta(days=draw.randrange(30))
    if not first and rank >= SECOND_WAVE_SITES:
        return opened, None
    return opened, opened + timedelta(
        days=draw.randint(40, 90) if first else draw.randint(140, 230)
    )


def _fictitious_site(
    kind: Kind,
    department: Department,
    commune: Commune,
    *,
    number: str,
    places: int,
    days: tuple[date | None, date | None],
    draw: Random,
) -> Site:
    """Return one facility that exists nowhere."""
    name = naming.place_name(draw)
    near = (
        round(commune.latitude + draw.gauss(0, 0.006), 5),
        round(commune.longitude + draw.gauss(0, 0.008), 5),
    )
    opened_on, closed_on = days
    return Site(
        registry=number,
        name=_name(kind, department, name),
        category=kind.code,
        group=kind.group,
        department=department,
        commune_code=commune.code,
        commune=commune.name,
        postcode=commune.postcode,
        latitude=near[0],
        longitude=near[1],
        near=near,
        status=_status(kind, draw),
        places={"places": places} if places else {},
        staff=_staff(kind, department, places, draw),
        fictitious=True,
        origin="généré",
        street=naming.street(draw),
        opened_on=opened_on,
        closed_on=closed_on,
    )


def _name(kind: Kind, department: Department, name: str) -> str:
    match kind.group:
        case "fire":
            return f"{kind.label} – {department.name}"
        case "nursing_home":
            return f"{kind.label} {naming.titled(name)}"
        case _:
            return f"{kind.label} {naming.of(name)}"


def _status(kind: Kind, draw: Random) -> str:
    ticket = draw.randrange(100)
    if ticket < kind.public:
        return "public"
    return "non_profit" if ticket < kind.public + kind.non_profit else "private"


def _staff(kind: Kind, department: Department, places: int, draw: Random) -> dict[str, int]:
    """Return full-time equivalents by role: a ratio to places, or so many a site, large or small."""
    if kind.by == "one_each":
        # Fire services grow with who they protect: the ratio holds for a mean department.
        size = department.population / MEAN_POPULATION
    else:
        size = draw.uniform(0.3, 1.7)
    found = {}
    for role, (ratio, unit) in kind.staff.items():
        base = places * draw.uniform(0.85, 1.15) if unit == "place" else size
        found[role] = max(1, round(ratio * base))
    return found


def _routes(sites: Sequence[Site], facts: Facts) -> dict[str, str]:
    """
    Return who serves each facility.

    Overseas: the zone's own stock. Santé publique France: 251 of the mainland, the platforms first,
    then the largest hospitals by beds. The operator: all others.
    """
    overseas = {row["code"] for row in facts.zones if row["overseas"] == "1"}
    platforms = {row["platform"] for row in facts.territories}
    routes = {
        site.registry: "overseas" if site.department.zone in overseas else "operator"
        for site in sites
    }
    mainland = [
        site for site in sites if not site.fictitious and routes[site.registry] == "operator"
    ]
    mainland.sort(key=lambda site: (site.registry not in platforms, -site.beds, site.registry))
    routes.update((site.registry, "spf") for site in mainland[:SPF_FACILITIES])
    return routes


def _attachments(sites: Sequence[Site], ids: Mapping[str, int], facts: Facts) -> Table:
    """
    Return one attachment for each facility but pharmacies, which wholesalers serve.

    A hospital's own group; AP-HP around Paris; else the nearest platform of the department, else of
    the region, else of all (Mayotte has none).
    """
    nearest = _NearestPlatform(sites, facts)
    rows: list[Sequence[Cell]] = []
    for site in sites:
        if site.group == "pharmacy":
            continue
        if site.territory:
            territory, reason = site.territory, "Membre du groupement"
        elif not site.fictitious and site.department.code in AP_HP_DEPARTMENTS:
            territory, reason = AP_HP_TERRITORY, "Paris et petite couronne, hors groupement"
        else:
            territory, reason = nearest.to(site), "Plateforme la plus proche"
        start = site.opened_on or FIRST_DAY
        rows.append((ids[site.registry], territory, f"[{start},)", reason))
    return Table(
        name="attachment", columns=["facility_id", "territory_id", "period", "reason"], rows=rows
    )


class _NearestPlatform:
    """Platforms by department and region, to find the nearest."""

    def __init__(self, sites: Sequence[Site], facts: Facts) -> None:
        by_registry = {site.registry: site for site in sites}
        self._all = [(row["code"], by_registry[row["platform"]]) for row in facts.territories]
        self._by_department: dict[str, list[tuple[str, Site]]] = {}
        self._by_region: dict[str, list[tuple[str, Site]]] = {}
        for code, platform in self._all:
            department = platform.department
            self._by_department.setdefault(department.code, []).append((code, platform))
            self._by_region.setdefault(department.region, []).append((code, platform))

    def to(self, site: Site) -> str:
        """Return the code of the territory whose platform is nearest."""
        department = site.department
        candidates = (
            self._by_department.get(department.code)
            or self._by_region.get(department.region)
            or self._all
        )
        latitude, longitude = site.near
        narrow = math.cos(math.radians(latitude))

        def distance(candidate: tuple[str, Site]) -> tuple[float, str]:
            code, platform = candidate
            north, east = platform.near[0] - latitude, platform.near[1] - longitude
            return round(north * north + east * narrow * east * narrow, 9), code

        return min(candidates, key=distance)[0]


def _addresses(sites: Sequence[Site], ids: Mapping[str, int], *, seed: int) -> Table:
    """
    Return a main address for each facility but pharmacies.

    Hours and telephone are fictitious for all; a real hospital has no street here, since the
    statistics do not give it.
    """
    columns = [
        "facility_id", "label", "street", "postcode", "city", "main", "opening_hours", "contact", "phone"
    ]  # fmt: skip
    rows: list[Sequence[Cell]] = []
    for site in sites:
        if site.group == "pharmacy":
            continue
        draw = Random(f"{seed}/address/{site.registry}")  # noqa: S311 - repeatable
        rows.append((
            ids[site.registry], "Adresse principale", site.street, site.postcode, site.commune, True,
            draw.choice(naming.RECEIVING_HOURS), naming.GOODS_IN,
            naming.phone(draw, region=site.department.region),
        ))  # fmt: skip
    return Table(name="address", columns=columns, rows=rows)
