"""What the replay is given: figures that the sources print, and hypotheses where they print none, each with its source."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from distrilog.domain.simulation.rules import Delivered, Hypothesis, Printed


_FOLDER: Final = Path(__file__).parent


@cache
def printed() -> Sequence[Printed]:
    """Return the printed figures that the replay computes too."""
    return [
        Printed(
            code=row["code"],
            first=row["first"],
            last=row["last"],
            region=row["region"],
            groups=tuple(row["groups"].split()),
            families=tuple(row["families"].split()),
            times=int(row["times"]),
            units=int(row["printed"]),
            label=row["label"],
            source=row["source"],
        )
        for row in _rows("printed.csv")
    ]


@cache
def hypotheses() -> Sequence[Hypothesis]:
    """Return what the replay supposes, in the order of time."""
    return [
        Hypothesis(
            code=row["code"],
            first=row["first"],
            last=row["last"],
            value=int(row["value"]),
            sentence=row["sentence"],
            source=row["source"],
        )
        for row in _rows("hypotheses.csv")
    ]


@cache
def pharmacies() -> Sequence[Delivered]:
    """Return the printed deliveries to the pharmacies of a region (row N3)."""
    return [
        Delivered(
            week=row["week"],
            region=row["region"],
            units=int(row["units"]),
            source=row["source"],
        )
        for row in _rows("pharmacies.csv")
    ]


def _rows(name: str) -> Iterator[Mapping[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";", strict=True):
            if None in row or None in row.values():
                raise ValueError(f"{name}: a row of another width than its heading: {row}")
            yield row
