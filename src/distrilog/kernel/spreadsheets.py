"""Text that no spreadsheet takes for a formula: what every CSV file goes through."""

from collections.abc import Sequence
from typing import Final


# What begins a formula, or hides one, in the common spreadsheets.
_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def safe(cell: object) -> object:
    """Return a cell that a spreadsheet shows as it is: a text that looks like a formula gets an apostrophe."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_STARTS):
        return f"'{cell}"
    return cell


def safe_row(cells: Sequence[object]) -> list[object]:
    """Return a row of such cells."""
    return [safe(cell) for cell in cells]
