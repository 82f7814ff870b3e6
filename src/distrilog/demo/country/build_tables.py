"""
Make the country's tables of facts from a folder of public data sets.

Run by hand when a source changes, never by the product:

    python -m distrilog.demo.country.build_tables FOLDER

`FOLDER` holds one folder a source, as `tables/ATTRIBUTION.md` lists them: `cog`, `sae_2023`,
`ght_2022`, `ehpad_departements`, `geo`. The tables are written beside this file.
"""

import csv
import gzip
import io
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


TABLES = Path(__file__).parent / "tables"
SMALLEST_COMMUNE = 500
POSTCODE_ROUND = 4
# The hospital statistics write overseas departments with a letter.
OVERSEAS = {"9A": "971", "9B": "972", "9C": "973", "9D": "974", "9F": "976"}
ZONES = {
    "971": "guadeloupe",
    "972": "martinique",
    "973": "guyane",
    "974": "reunion",
    "976": "mayotte",
}
AP_HP = "750712184"
AP_HP_TERRITORY = "APHP"

Row = Mapping[str, str]
Point = tuple[float, float]
Ring = Sequence[Sequence[float]]


def main() -> None:
    """Read the folder given as the only argument and write every table."""
    folder = Path(sys.argv[1])
    geography = _read_geography(folder)
    hospitals = _hospitals(folder, geography)
    departments = list(_departments(folder, geography))
    _write("regions.csv", _regions(folder))
    _write("departments.csv", departments)
    _write("hospitals.csv.gz", [hospital.row for hospital in hospitals])
    _write("territories.csv", list(_territories(folder, hospitals)))
    _write("communes.csv.gz", list(_communes(geography, hospitals)))


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _write(name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows, the same bytes for the same rows."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    (TABLES / name).write_bytes(
        gzip.compress(content, mtime=0) if name.endswith(".gz") else content
    )
    sys.stdout.write(f"{name}: {len(rows)} rows\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Geography:
    """Communes by code, with the arrondissements of the three large cities in their place, and outlines."""

    communes: Mapping[str, Row]
    outlines: Mapping[str, Sequence[Ring]]


def _read_geography(folder: Path) -> Geography:
    """Read communes of the 101 departments, and each department's outer rings."""
    districts = _read(folder / "cog" / "arrondissements_municipaux.csv")
    split = {row["commune"] for row in districts}
    communes = {
        row["code_insee"]: row
        for row in [*_read(folder / "cog" / "communes.csv"), *districts]
        if row["code_insee"] not in split
    }
    with gzip.open(folder / "geo" / "departements-avec-outre-mer.geojson.gz") as stream:
        shapes = json.load(stream)["features"]
    return Geography(
        communes=communes,
        outlines={shape["properties"]["code"]: _rings(shape["geometry"]) for shape in shapes},
    )


def _rings(geometry: Mapping[str, Any]) -> list[Ring]:
    """Return the outer rings of a polygon or of several."""
    many = geometry["coordinates"]
    return [polygon[0] for polygon in ([many] if geometry["type"] == "Polygon" else many)]


def _area_and_centre(ring: Ring) -> tuple[float, Point]:
    """Return a ring's area in square degrees and its centre of gravity, as longitude and latitude."""
    area = east = north = 0.0
    for (x, y), (next_x, next_y) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = x * next_y - next_x * y
        area += cross
        east += (x + next_x) * cross
        north += (y + next_y) * cross
    return abs(area) / 2, (east / (3 * area), north / (3 * area))


def _inside(rings: Sequence[Ring], x: float, y: float) -> bool:
    """Tell whether a point lies in one of the rings (even-odd rule)."""
    crossings = 0
    for ring in rings:
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                crossings += 1
    return crossings % 2 == 1


def _regions(folder: Path) -> list[dict[str, str]]:
    return [
        {"code": row["code"], "name": row["nom"].replace("'", "’")}
        for row in _read(folder / "cog" / "regions.csv")
        if row["zone"] in {"metro", "drom"}
    ]


def _departments(folder: Path, geography: Geography) -> Iterator[dict[str, Any]]:
    """Yield the 101 departments with their population, centre and places in nursing homes."""
    places = {
        row["departement"]: int(row["places"])
        for row in _read(folder / "ehpad_departements" / "ehpad_places_residents_departement.csv")
    }
    # Three small islands are counted with Guadeloupe, whose agency serves two of them.
    places["971"] += places.pop("975-977-978")
    for row in _read(folder / "cog" / "departements.csv"):
        if row["zone"] not in {"metro", "drom"}:
            continue
        code = row["code"]
        _, (longitude, latitude) = max(_area_and_centre(ring) for ring in geography.outlines[code])
        yield {
            "code": code,
            "name": row["nom"].replace("'", "’"),
            "region": row["region"],
            "zone": ZONES.get(code, "metropole"),
            "population": row["population"],
            "nursing_home_places": places.get(code, 0),
            "latitude": round(latitude, 4),
            "longitude": round(longitude, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    """A line of the hospital statistics: what the table keeps, and what placing it needs."""

    row: dict[str, Any]
    postcode: str
    size: int


def _hospitals(folder: Path, geography: Geography) -> list[Hospital]:
    source = _read(folder / "sae_2023" / "etablissements_sae_2023.csv")
    return [_hospital(row, geography) for row in source]


def _hospital(row: Row, geography: Geography) -> Hospital:
    """Keep of a site what the register holds; beds and full-time equivalents as whole numbers."""
    department = OVERSEAS.get(row["departement"], row["departement"])
    commune_code = row["commune_insee"]
    if row["departement"] in OVERSEAS:
        commune_code = "97" + commune_code[2:]
    commune = geography.communes.get(commune_code)
    capacity = {
        "acute": _sum(row, "lit_mco", "pla_mco"),
        "rehabilitation": _sum(row, "lit_ssr", "pla_ssr"),
        "psychiatry": _sum(row, "cap_complet_tot", "cap_hdj_tot", "cap_hdn_tot"),
        "long_stay": _sum(row, "lit_usld"),
        "home": _sum(row, "platot_had"),
    }
    part_of_acute = {
        "intensive": _sum(row, "lit_rea", "lit_si", "lit_surv_continue"),
        "emergency": int(row["urgences"]),
    }
    staff = {
        "physician": _sum(row, "efflib_tot", "etpsal_tot", "etpint"),
        "caregiver": _sum(row, "etp_soins", minus="etp_ash"),
        "cleaner": _sum(row, "etp_ash"),
        "other": _sum(row, "etp_tot_pnm", minus="etp_soins"),
    }
    kept = {
        "registry": row["finess_et"],
        "name": " ".join(row["raison_sociale"].split()).replace("'", "’"),
        "category": row["categorie"],
        "department": department,
        "commune_code": commune_code,
        "commune": commune["nom"] if commune else row["commune"].title(),
        "postcode": row["code_postal"],
        "latitude": _rounded(row["lat"]),
        "longitude": _rounded(row["lon"]),
        "legal_entity": row["finess_ej"],
        "siret": row["siret"] if len(row["siret"]) == len("00000000000000") else "",
        "status": row["statut_3"],
        "territory": AP_HP_TERRITORY if row["finess_ej"] == AP_HP else row["ght_code_2022"],
        **capacity,
        **part_of_acute,
        **staff,
    }
    return Hospital(row=kept, postcode=row["code_postal"], size=sum(capacity.values()))


def _sum(row: Row, *names: str, minus: str = "") -> int:
    """Return the sum of columns, rounded half up to a whole number."""
    total = sum(float(row[name] or 0) for name in names)
    return int(total - (float(row[minus] or 0) if minus else 0) + 0.5)


def _rounded(degrees: str) -> float | str:
    return round(float(degrees), 5) if degrees else ""


def _territories(folder: Path, hospitals: Sequence[Hospital]) -> Iterator[dict[str, str]]:
    """
    Yield the groups of hospitals (GHT) of 2022 and AP-HP, each with its platform.

    The platform is the inferred support's main site; its largest site where the statistics do not
    have that one. AP-HP's is its largest site.
    """
    sites = {hospital.row["registry"]: hospital for hospital in hospitals}
    for row in _read(folder / "ght_2022" / "ght_136.csv"):
        platform = row["support_infere_et_principal"]
        if platform not in sites:
            platform = _largest(hospitals, legal_entity=row["support_infere_ej"])
        name = row["nom"].replace("'", "’")
        yield {
            "code": row["code_ght"],
            "name": name if name.startswith("GHT") else f"GHT {name}",
            "region": row["code_ght"][:2],
            "platform": platform,
        }
    yield {
        "code": AP_HP_TERRITORY,
        "name": "Assistance publique – Hôpitaux de Paris",
        "region": "11",
        "platform": _largest(hospitals, legal_entity=AP_HP),
    }


def _largest(hospitals: Sequence[Hospital], *, legal_entity: str) -> str:
    """Return the registry number of a legal entity's largest site."""
    own = [hospital for hospital in hospitals if hospital.row["legal_entity"] == legal_entity]
    return str(
        max(own, key=lambda hospital: (hospital.size, hospital.row["registry"])).row["registry"]
    )


def _communes(geography: Geography, hospitals: Sequence[Hospital]) -> Iterator[dict[str, Any]]:
    """Yield the communes that get facilities, each with a position that may be approximate."""
    known = _known_positions(hospitals)
    for code, row in sorted(geography.communes.items()):
        department = row["departement"]
        if department not in geography.outlines or int(row["population"]) < SMALLEST_COMMUNE:
            continue
        postcode = row["codes_postaux"].split("|")[0].split(";")[0].split(" ")[0]
        latitude, longitude = _position(
            code, department=department, postcode=postcode, known=known, geography=geography
        )
        yield {
            "code": code,
            "name": row["nom"].replace("'", "’"),
            "department": department,
            "postcode": postcode,
            "population": row["population"],
            "latitude": round(latitude, 3),
            "longitude": round(longitude, 3),
        }


def _known_positions(hospitals: Iterable[Hospital]) -> dict[tuple[str, str], Point]:
    """Return the mean position of hospitals by commune, by postcode and by the start of the postcode."""
    points: dict[tuple[str, str], list[Point]] = defaultdict(list)
    for hospital in hospitals:
        row = hospital.row
        if row["latitude"] == "":
            continue
        point = (row["latitude"], row["longitude"])
        points["commune", row["commune_code"]].append(point)
        points["postcode", hospital.postcode].append(point)
        points["round", hospital.postcode[:POSTCODE_ROUND]].append(point)
    return {
        key: (
            sum(latitude for latitude, _ in found) / len(found),
            sum(longitude for _, longitude in found) / len(found),
        )
        for key, found in points.items()
    }


def _position(
    code: str,
    *,
    department: str,
    postcode: str,
    known: Mapping[tuple[str, str], Point],
    geography: Geography,
) -> Point:
    """
    Return where to put what is fictitious in a commune: latitude, longitude.

    The mean of the commune's hospitals; else near those of its postcode or of its delivery round;
    else a point drawn in the department. No open table of commune centres was at hand.
    """
    if ("commune", code) in known:
        return known["commune", code]
    draw = random.Random(code)  # noqa: S311 - repeatable on purpose
    rings = geography.outlines[department]
    start = known.get(("postcode", postcode)) or known.get(("round", postcode[:POSTCODE_ROUND]))
    for _ in range(20 if start else 0):
        latitude, longitude = start[0] + draw.gauss(0, 0.05), start[1] + draw.gauss(0, 0.07)  # type: ignore[index]
        if _inside(rings, longitude, latitude):
            return latitude, longitude
    _, _, ring = max((*_area_and_centre(ring), ring) for ring in rings)
    east, north = [point[0] for point in ring], [point[1] for point in ring]
    while True:
        longitude = draw.uniform(min(east), max(east))
        latitude = draw.uniform(min(north), max(north))
        if _inside([ring], longitude, latitude):
            return latitude, longitude


if __name__ == "__main__":
    main()
