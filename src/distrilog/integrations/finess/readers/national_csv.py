"""The national register's CSV extractions: `;`, no header, a section name first on each line."""

from collections.abc import Iterator

from distrilog.integrations.finess.files import Inspected
from distrilog.integrations.finess.readers.national import REMEDY, Entry
from distrilog.kernel.refusals import Fault


SIGNATURE = "finess;etalab;"
COLUMNS = {
    "structureet": [
        "nofinesset",
        "nofinessej",
        "rs",
        "rslongue",
        "complrs",
        "compldistrib",
        "numvoie",
        "typvoie",
        "voie",
        "compvoie",
        "lieuditbp",
        "commune",
        "departement",
        "libdepartement",
        "ligneacheminement",
        "telephone",
        "telecopie",
        "categetab",
        "libcategetab",
        "categagretab",
        "libcategagretab",
        "siret",
        "codeape",
        "codemft",
        "libmft",
        "codesph",
        "libsph",
        "dateouv",
        "dateautor",
        "datemaj",
        "numuai",
    ],
    "geolocalisation": ["nofinesset", "coordxet", "coordyet", "sourcecoordet", "datemaj"],
    # The first fifteen are enough: later columns have changed over the years.
    "equipementsocial": [
        "nofinesset",
        "de",
        "libde",
        "ta",
        "libta",
        "client",
        "libclient",
        "sourceinfo",
        "capinstot",
        "capinsth",
        "capinstf",
        "capinsthab",
        "ageminiinst",
        "agemaxiinst",
        "indsupinst",
    ],
}


def entries(inspected: Inspected) -> Iterator[Entry | Fault]:
    """Yield each line as named fields, or what is wrong with it."""
    line = ""
    with inspected.path.open(encoding=inspected.encoding, newline="\n", errors="replace") as stream:
        stream.readline()
        for number, line in enumerate(stream, start=2):
            row = line.rstrip("\r\n").split(";")
            if row == [""]:
                continue
            yield _entry(f"ligne {number}", row)
    if not line.endswith("\n"):
        yield Fault(
            where="dernière ligne",
            message="La dernière ligne n’est pas terminée : le fichier est sans doute tronqué.",
            remedy="Téléchargez-le de nouveau, en entier.",
        )


def _entry(where: str, row: list[str]) -> Entry | Fault:
    section = row[0]
    columns = COLUMNS.get(section)
    if columns is None:
        return Fault(where=where, message=f"Section inconnue : « {section[:30]} ».", remedy=REMEDY)
    found = len(row) - 1
    if found != len(columns) and (section != "equipementsocial" or found < len(columns)):
        return Fault(
            where=where,
            message=f"{len(row)} cellules au lieu de {len(columns) + 1} pour {section}.",
            remedy=REMEDY,
        )
    return Entry(where, section, dict(zip(columns, row[1:], strict=False)))
