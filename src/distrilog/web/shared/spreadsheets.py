"""Files for spreadsheets: downloads, and text that none takes for a formula."""

from typing import Final

from django.http import HttpResponse

from distrilog.kernel.spreadsheets import safe, safe_row


__all__ = ["CSV", "XLSX", "attachment", "safe", "safe_row"]

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"


def attachment(*, content: bytes | str, name: str, kind: str) -> HttpResponse:
    """Answer with a file to keep; `name` is ASCII."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
