"""Periods as people say them: the last day is included."""

from datetime import date, timedelta
from typing import Any


def last_day(period: Any) -> date | None:
    """Return the last day of a range of days; None where it has no end."""
    return period.upper - timedelta(days=1) if period.upper else None
