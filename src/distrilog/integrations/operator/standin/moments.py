"""How the warehouse's moments, seconds since 1970, become days and the moments of messages."""

from datetime import date, datetime
from zoneinfo import ZoneInfo


PARIS = ZoneInfo("Europe/Paris")


def day_of(at: float) -> date:
    """Return the day of a moment, where the warehouse is."""
    return datetime.fromtimestamp(at, PARIS).date()


def moment(at: float) -> datetime:
    """Return a moment as messages carry it: aware, without the fractions that EDIFACT cannot write."""
    return datetime.fromtimestamp(int(at), PARIS)


def day_in(text: str | None) -> date | None:
    """Return a day as it is kept, or none."""
    return None if text is None else date.fromisoformat(text)
