"""The register as a file of our own layout: what it writes, the importer reads back unchanged."""

import csv
from collections.abc import Collection, Mapping
from datetime import date
from typing import TextIO

from distrilog.domain.facilities.rules import State, Value, default, neutralised
from distrilog.integrations.finess.readers.own_csv import (
    COLUMNS,
    NUMBER,
    SIGNATURE,
    STATUSES,
    VERSION,
)


FRENCH_STATUSES = {code: word for word, code in STATUSES.items()}


def write(
    *,
    stream: TextIO,
    states: Mapping[str, State],
    registries: Collection[str],
    scope: str,
    on: date,
) -> None:
    """Write facilities of a scope (`pays`, `region:76`…) as of a day, in the order of their numbers."""
    stream.write(f"{SIGNATURE}{VERSION};{on};{scope};{len(registries)}\n")
    writer = csv.writer(stream, delimiter=";", lineterminator="\n")
    writer.writerow([NUMBER, *COLUMNS])
    for registry in sorted(registries):
        state = states[registry]
        cells = [_cell(key, state.get(key, default(key))) for key, _ in COLUMNS.values()]
        writer.writerow([registry, *cells])


def _cell(key: str, value: Value) -> str:
    """Return a value as text; a text that a spreadsheet would compute loses its first sign."""
    if key == "status":
        return FRENCH_STATUSES[str(value)]
    if value is None or value == 0:
        return "" if value is None or key not in {"latitude", "longitude"} else "0"
    return neutralised(value) if isinstance(value, str) else str(value)
