"""Our own CSV: documented in docs/facility-import.md."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TextIO

from distrilog.domain.facilities.rules import Offer, Perimeter, Record, Value
from distrilog.integrations.finess.files import Inspected, UnreadableFile
from distrilog.integrations.finess.readers import cells
from distrilog.kernel.refusals import Fault
from distrilog.kernel.scopes import Scope, ScopeKind


LAYOUT = "csv"
SIGNATURE = "distrilog;etablissements;"
VERSION = "1"
FIRST_LINE = "distrilog;etablissements;1;AAAA-MM-JJ;périmètre;nombre de lignes"
SCOPES = {"region": ScopeKind.REGION, "departement": ScopeKind.DEPARTMENT}
STATUSES = {"public": "public", "prive_non_lucratif": "non_profit", "prive": "private", "": ""}


def _text(text: str) -> Value:
    return text


def _status(text: str) -> Value:
    return STATUSES.get(text, text)


Reader = Callable[[str], Value]
COLUMNS: Mapping[str, tuple[str, Reader]] = {
    "nom": ("name", _text),
    "categorie": ("category", _text),
    "departement": ("department", _text),
    "code_commune": ("commune_code", _text),
    "commune": ("commune", _text),
    "latitude": ("latitude", cells.decimal_number),
    "longitude": ("longitude", cells.decimal_number),
    "entite_juridique": ("legal_entity", _text),
    "siret": ("siret", _text),
    "statut": ("status", _status),
    "ouvert_le": ("opened_on", cells.day),
    "ferme_le": ("closed_on", cells.day),
    "voie": ("address.street", _text),
    "code_postal": ("address.postcode", _text),
    "ville": ("address.city", _text),
    "mco": ("places.acute", cells.whole_number),
    "ssr": ("places.rehabilitation", cells.whole_number),
    "psychiatrie": ("places.psychiatry", cells.whole_number),
    "usld": ("places.long_stay", cells.whole_number),
    "soins_critiques": ("places.intensive", cells.whole_number),
    "urgences": ("places.emergency", cells.whole_number),
    "had": ("places.home", cells.whole_number),
    "places": ("places.places", cells.whole_number),
    "medecins": ("staff.physician", cells.whole_number),
    "soignants": ("staff.caregiver", cells.whole_number),
    "domicile": ("staff.home_carer", cells.whole_number),
    "equipages": ("staff.crew", cells.whole_number),
    "techniciens": ("staff.technician", cells.whole_number),
    "agents_service": ("staff.cleaner", cells.whole_number),
    "autres_personnels": ("staff.other", cells.whole_number),
}
NUMBER = "numero"
REQUIRED = (NUMBER, "nom", "categorie", "departement")


def offer(inspected: Inspected) -> Offer:
    """Return a file of ours as an offer; refuses at once what makes all its lines doubtful."""
    if not inspected.utf8:
        raise UnreadableFile(
            Fault(
                where=f"ligne {inspected.odd_line}",
                message="Le fichier n’est pas en UTF-8 (Latin-1 ou Windows, sans doute).",
                remedy="Enregistrez-le au format « CSV UTF-8 ».",
            )
        )
    if not inspected.ends_with_newline:
        raise UnreadableFile(
            Fault(
                where="dernière ligne",
                message="La dernière ligne n’est pas terminée : le fichier est sans doute tronqué.",
                remedy="Transférez-le de nouveau, en entier.",
            )
        )
    with _opened(inspected) as stream:
        first = stream.readline().rstrip("\r\n;").split(";")
        header = next(csv.reader(stream, delimiter=";"), [])
    dated, perimeter, declared = _read_first_line(first)
    columns = _read_header(header)
    return Offer(
        file_name=inspected.path.name,
        digest=inspected.digest,
        layout=LAYOUT,
        dated=dated,
        perimeter=perimeter,
        items=_items(inspected, columns=columns, declared=declared),
    )


@contextmanager
def _opened(inspected: Inspected) -> Iterator[TextIO]:
    with inspected.path.open(encoding=inspected.encoding, newline="") as stream:
        yield stream


def _read_first_line(first: Sequence[str]) -> tuple[date, Perimeter, int]:
    """Read `distrilog;etablissements;1;2020-11-02;region:76;1234`."""
    try:
        _, _, version, dated, scope, declared = first
        if version == VERSION:
            return date.fromisoformat(dated), read_perimeter(scope), cells.whole_number(declared)
    except ValueError:
        pass  # said below, like another version
    raise UnreadableFile(
        Fault(
            where="ligne 1",
            message="La première ligne n’est pas celle du format.",
            remedy=f"Écrivez : {FIRST_LINE}",
        )
    )


def read_perimeter(text: str) -> Perimeter:
    """Read `pays`, `region:76`, `departement:31`, or `partiel` for a file that closes nothing."""
    if text in {"pays", "partiel"}:
        return Perimeter(
            scope=Scope(kind=ScopeKind.COUNTRY), closes=text == "pays", adds=True, official=False
        )
    kind, _, code = text.partition(":")
    if kind not in SCOPES or not code:
        raise ValueError(text)
    return Perimeter(
        scope=Scope(kind=SCOPES[kind], code=code), closes=True, adds=True, official=False
    )


def _read_header(header: Sequence[str]) -> Sequence[str]:
    """Return the columns of a file, or refuse what is missing, unknown or doubled, all at once."""
    names = [name.strip().lower() for name in header]
    faults = [
        Fault(where="ligne 2", message=f"Colonne manquante : {name}.", remedy="Ajoutez-la.")
        for name in REQUIRED
        if name not in names
    ]
    for place, name in enumerate(names):
        if name != NUMBER and name not in COLUMNS:
            faults.append(
                Fault(
                    where="ligne 2",
                    message=f"Colonne inconnue : « {name[:40]} ».",
                    remedy=f"Colonnes possibles : {', '.join([NUMBER, *COLUMNS])}.",
                )
            )
        elif name in names[:place]:
            faults.append(
                Fault(
                    where="ligne 2", message=f"Colonne en double : {name}.", remedy="Gardez-en une."
                )
            )
    if faults:
        raise UnreadableFile(*faults)
    return names


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    place: int
    key: str
    read: Reader


def _items(
    inspected: Inspected, *, columns: Sequence[str], declared: int
) -> Iterator[Record | Fault]:
    """Yield a record or its faults for each line, then check how many there were."""
    number_place = columns.index(NUMBER)
    readers = [
        _Column(name, place, *COLUMNS[name]) for place, name in enumerate(columns) if name != NUMBER
    ]
    count = 0
    with _opened(inspected) as stream:
        rows = csv.reader(stream, delimiter=";", strict=True)
        try:
            next(rows)
            next(rows)
            for row in rows:
                if not row:
                    continue
                count += 1
                where = f"ligne {rows.line_num}"
                if len(row) != len(columns):
                    yield _width_fault(where, len(row), len(columns))
                    continue
                yield from _record(where, row, number_place=number_place, readers=readers)
        except csv.Error as error:
            yield Fault(
                where=f"ligne {rows.line_num}",
                message=f"Ligne illisible : {error}.",
                remedy="Vérifiez les guillemets.",
            )
    if count != declared:
        yield Fault(
            where="fichier",
            message=f"{declared} lignes annoncées, {count} lues : le fichier est sans doute tronqué.",
            remedy="Transférez-le de nouveau, ou corrigez le nombre de la première ligne.",
        )


def _width_fault(where: str, width: int, expected: int) -> Fault:
    return Fault(
        where=where,
        message=f"{width} cellules au lieu de {expected}.",
        remedy="Vérifiez les points-virgules et la fin de la ligne.",
    )


def _record(
    where: str, row: Sequence[str], *, number_place: int, readers: Sequence[_Column]
) -> Iterator[Record | Fault]:
    """Yield one record, or each cell that cannot be read."""
    values: dict[str, Value] = {}
    bad = False
    for column in readers:
        try:
            values[column.key] = column.read(row[column.place])
        except cells.BadCellError as error:
            bad = True
            yield Fault(
                where=where,
                message=f"Colonne {column.name} : {error}",
                remedy="Corrigez la cellule.",
            )
    if not bad:
        yield Record(where=where, registry=row[number_place], values=values)
