"""What the national register's layouts share: from named fields to records, whatever the carrier."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from distrilog.domain.facilities.rules import Perimeter, Record, Value
from distrilog.integrations.finess import projections
from distrilog.integrations.finess.readers import cells
from distrilog.kernel.refusals import Fault
from distrilog.kernel.scopes import Scope, ScopeKind


STRUCTURES = "finess-structureet"
POSITIONS = "finess-geolocalisation"
EQUIPMENT = "finess-equipementsocial"
SECTIONS = {
    "structureet": STRUCTURES,
    "geolocalisation": POSITIONS,
    "equipementsocial": EQUIPMENT,
}
# Participation in the public hospital service: 1 public, 6 and 7 private non-profit.
STATUSES = {"1": "public", "6": "non_profit", "7": "non_profit"}
DECIMALS = 5
REMEDY = "Signalez-le à l’émetteur du fichier, ou retirez la ligne."
# Longer names and streets are cut: the file cannot be corrected by who imports it.
LONGEST_NAME, LONGEST_STREET, LONGEST_TOWN = 160, 160, 80


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of a national file: its section, its fields by official name, where it is."""

    where: str
    section: str
    fields: Mapping[str, str]


def perimeter(layout: str) -> Perimeter:
    """Return what a layout is complete for: only the stock of establishments adds and closes."""
    whole = layout == STRUCTURES
    return Perimeter(scope=Scope(kind=ScopeKind.COUNTRY), closes=whole, adds=whole, official=True)


def records(entries: Iterable[Entry | Fault], *, layout: str) -> Iterator[Record | Fault]:
    """
    Yield a record for each facility; the lines of one facility are summed, or laid together.

    A stock with positions says each facility twice: the second time completes the first.
    """
    if layout == EQUIPMENT:
        yield from _equipment(entries)
        return
    read = _structure if layout == STRUCTURES else _position
    positions: dict[str, Mapping[str, Value]] = {}
    kept: dict[str, Record] = {}
    for entry in entries:
        if isinstance(entry, Fault):
            yield entry
            continue
        try:
            if layout == STRUCTURES and entry.section == "geolocalisation":
                positions[entry.fields["nofinesset"]] = _position(entry).values
                continue
            record = read(entry)
        except cells.BadCellError as error:
            yield Fault(where=entry.where, message=str(error), remedy=REMEDY)
            continue
        if record.registry in kept:
            yield record  # a number given twice: the comparison says so
        kept.setdefault(record.registry, record)
    for registry, record in kept.items():
        values = {**record.values, **positions.get(registry, {})}
        yield Record(where=record.where, registry=registry, values=values)


def _structure(entry: Entry) -> Record:
    """Return an establishment of `structureet`."""
    fields = entry.fields
    department = fields.get("departement", "")
    postcode, _, city = fields.get("ligneacheminement", "").partition(" ")
    street = " ".join(
        filter(None, (fields.get(name, "") for name in ("numvoie", "typvoie", "voie")))
    )
    values: dict[str, Value] = {
        "name": cells.plain(fields.get("rs", "").removeprefix(cells.CLOSED_PREFIX))[:LONGEST_NAME],
        "category": fields.get("categetab", ""),
        "department": cells.department(department),
        "commune_code": cells.commune(department_code=department, number=fields.get("commune", "")),
        "commune": cells.plain(fields.get("libcommune", "") or city.partition(" CEDEX")[0])[
            :LONGEST_TOWN
        ],
        "legal_entity": fields.get("nofinessej", ""),
        "siret": fields.get("siret", ""),
        "opened_on": cells.day(fields.get("dateouv", "")),
        "closed_on": cells.day(fields.get("datefermeture", "")),
        "address.street": cells.plain(street)[:LONGEST_STREET],
        "address.postcode": postcode[:5],
        "address.city": cells.plain(city)[:LONGEST_TOWN],
    }
    if fields.get("codesph", "") in STATUSES:
        values["status"] = STATUSES[fields["codesph"]]
    return Record(where=entry.where, registry=fields.get("nofinesset", ""), values=values)


def _position(entry: Entry) -> Record:
    """Return a position of `geolocalisation`, in degrees; empty coordinates say nothing."""
    fields = entry.fields
    registry = fields.get("nofinesset", "")
    east = cells.decimal_number(fields.get("coordxet", ""))
    north = cells.decimal_number(fields.get("coordyet", ""))
    if east is None or north is None:
        return Record(where=entry.where, registry=registry, values={})
    latitude, longitude = projections.degrees(registry=registry, east=east, north=north)
    return Record(
        where=entry.where,
        registry=registry,
        values={"latitude": round(latitude, DECIMALS), "longitude": round(longitude, DECIMALS)},
    )


def _equipment(entries: Iterable[Entry | Fault]) -> Iterator[Record | Fault]:
    """Yield the installed places of each facility: the sum of its lines that are not struck out."""
    places: dict[str, int] = {}
    first: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, Fault):
            yield entry
            continue
        fields = entry.fields
        installed = fields.get("capinstot", "")
        if not installed or fields.get("indsupinst") == "O":
            continue
        registry = fields.get("nofinesset", "")
        try:
            places[registry] = places.get(registry, 0) + cells.whole_number(installed)
        except cells.BadCellError as error:
            yield Fault(where=entry.where, message=str(error), remedy=REMEDY)
        first.setdefault(registry, entry.where)
    for registry, total in places.items():
        yield Record(where=first[registry], registry=registry, values={"places.places": total})
