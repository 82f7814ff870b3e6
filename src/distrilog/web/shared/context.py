"""What every page knows."""

from typing import Any

from django.http import HttpRequest


def page(_request: HttpRequest) -> dict[str, Any]:
    """Return the variables of the base template."""
    return {}
