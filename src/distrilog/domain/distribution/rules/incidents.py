"""
Who deals with what went wrong at a platform, and until when, unless somebody says otherwise.

That agencies alert the national cell of anomalies is instruction of 2 March 2020's; the delays are ours: a day for what stops
a hand-out or may be dangerous, three days for what only has to be put right.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What went wrong; the words of `Incident.Kind`."""

    NOT_ARRIVED = "not_arrived"
    SHORT = "short"
    QUALITY = "quality"
    NOT_COLLECTED = "not_collected"
    OTHER = "other"


_NATIONAL: Final = frozenset({Kind.NOT_ARRIVED, Kind.SHORT, Kind.QUALITY})
_URGENT: Final = frozenset({Kind.NOT_ARRIVED, Kind.QUALITY})


def dealt_with_by(*, kind: Kind) -> str:
    """Return the role that deals with a kind of incident: what comes from upstream is the cell's, the rest the agency's."""
    return "national_cell" if kind in _NATIONAL else "ars"


def due(*, kind: Kind, at: datetime) -> datetime:
    """Return until when an incident told at a moment is to be dealt with."""
    return at + timedelta(days=1 if kind in _URGENT else 3)
