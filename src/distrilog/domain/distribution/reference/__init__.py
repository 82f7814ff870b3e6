"""
What circulars print, kept as printed: the cases that the engine is compared with. Figures are never corrected here.

Source: ARS Occitanie, « Gestion des masques : état des lieux », 24 April 2020 (a public document). Headings are ours where the
table prints none; every number is in the characters of the document.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from distrilog.domain.distribution.rules.statements import Part, Statement


FOLDER: Final = Path(__file__).parent
SOURCE: Final = "ARS Occitanie, « Gestion des masques : état des lieux », 24 avril 2020"
TERRITORIES: Final = FOLDER / "occitanie_2020-04-24.csv"
_STATEMENTS: Final = FOLDER / "occitanie_2020-04-24_statements.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedTable:
    """A table as printed: its heading, and rows of texts, totals among them."""

    heading: Sequence[str]
    rows: Sequence[Sequence[str]]


@cache
def territories() -> PrintedTable:
    """Return the split of one delivery between the fourteen GHT of Occitanie (§ 2.2.1)."""
    with TERRITORIES.open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file, delimiter=";")
    return PrintedTable(heading=heading, rows=rows)


@cache
def statements() -> Sequence[Statement]:
    """Return the wholes that the document prints, each with its parts as printed elsewhere in it."""
    with _STATEMENTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    found = []
    for code, (whole, *parts) in (
        (k, list(g)) for k, g in groupby(rows, lambda row: row["statement"])
    ):
        found.append(
            Statement(
                code=code,
                label=whole["label"],
                text=whole["printed"],
                where=whole["where"],
                parts=[
                    Part(
                        label=part["label"],
                        times=int(part["times"]),
                        text=part["printed"],
                        where=part["where"],
                    )
                    for part in parts
                ],
            )
        )
    return found
