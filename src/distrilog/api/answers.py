"""Answers: plain values written as JSON once, without a second model to go through."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpResponse


JSON = "application/json"

Body = Mapping[str, Any] | Sequence[Any]


def _plain(value: object) -> str:
    """Return dates and moments in ISO 8601, moments in UTC; nothing else is told apart from plain values."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value)} has no place in an answer")


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=_plain, separators=(",", ":"))


def answer(body: Body, *, status: int = 200, **headers: str) -> HttpResponse:
    """Return a JSON response; `ETag=` and the like become headers."""
    response = HttpResponse(_ENCODER.encode(body).encode(), status=status, content_type=JSON)
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response
