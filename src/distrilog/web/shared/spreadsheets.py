"""Files for spreadsheets: downloads, and text that none takes for a formula."""

from collections.abc import Sequence
from typing import Final

from django.http import HttpResponse


XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"
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


def attachment(*, content: bytes | str, name: str, kind: str) -> HttpResponse:
    """Answer with a file to keep; `name` is ASCII."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
