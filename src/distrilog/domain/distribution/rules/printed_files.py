"""A circular's table as a file, CSV or XLSX, within limits: its first row is the heading. Pure: bytes in, a report out."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from distrilog.domain.distribution.rules.printed import Cell, Report, check_table
from distrilog.kernel.tables import Cell as FileCell, FileRefused, read_table


# A circular's table holds on a page or two; anyone may send one.
LARGEST: Final = 512 * 1024
LARGEST_INFLATED: Final = 4 * 1024 * 1024
MOST_ROWS: Final = 2_000
MOST_COLUMNS: Final = 40
LONGEST_CELL: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table as it was sent: its heading and its rows, each with its line in the file."""

    heading: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    lines: Sequence[int]


def read_sheet(*, name: str, content: bytes) -> Sheet:
    """Read a table, or raise `FileRefused`."""
    if len(content) > LARGEST:
        raise FileRefused(
            f"Le fichier dépasse {LARGEST // 1024} Ko.",
            remedy="Gardez le seul tableau à relire.",
            code="file-too-large",
        )
    numbered = []
    for each in read_table(name=name, content=content, most_inflated=LARGEST_INFLATED).rows:
        numbered.append(each)
        if len(numbered) > MOST_ROWS + 1:
            raise FileRefused(
                f"Le tableau dépasse {MOST_ROWS} lignes.",
                remedy="Gardez le seul tableau à relire.",
                code="too-many-rows",
            )
    width = max((len(row) for _, row in numbered), default=0)
    if width > MOST_COLUMNS:
        raise FileRefused(
            f"Le tableau dépasse {MOST_COLUMNS} colonnes.",
            remedy="Gardez les seules colonnes à relire.",
            code="too-many-columns",
        )
    if len(numbered) < len(("heading", "a row")):
        raise FileRefused(
            "Ce tableau est vide : il faut une ligne de titres et au moins une ligne.",
            remedy="La première ligne porte les titres des colonnes.",
            code="table-empty",
        )
    (_, first), *rest = numbered
    return Sheet(
        heading=_heading(first, width),
        rows=[[_cell(cell) for cell in row] for _, row in rest],
        lines=[number for number, _ in rest],
    )


def check_sheet(sheet: Sheet) -> Report:
    """Check a table that was read; its rows are told by their lines in the file."""
    return check_table(heading=sheet.heading, rows=sheet.rows, lines=sheet.lines)


def _heading(first: Sequence[FileCell], width: int) -> list[str]:
    """Name the columns, those without a name or with one already taken by their place."""
    names: list[str] = []
    for place in range(width):
        text = str(first[place] or "").strip()[:LONGEST_CELL] if place < len(first) else ""
        name = text or f"colonne {place + 1}"
        names.append(name if name not in names else f"{name} ({place + 1})")
    return names


def _cell(cell: FileCell) -> Cell:
    if isinstance(cell, bool) or cell is None:
        return str(cell or "")
    if isinstance(cell, int):
        return Decimal(cell)
    if isinstance(cell, float):
        # What a spreadsheet computed carries noise in its last digits.
        return Decimal(f"{cell:.12g}")
    return str(cell).strip()[:LONGEST_CELL]
