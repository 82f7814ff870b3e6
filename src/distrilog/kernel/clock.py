"""The one place that reads the clock: views, tasks and commands ask here, nobody else does."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return timezone.now()  # noqa: TID251 - the only reader
