"""Questions: one facility's weeks and cover; the picture of many is in `cover`, `rollout` and `counted`."""

from distrilog.domain.declarations.queries.facts import (
    DelegateView,
    delegates,
    last_declared_at,
    responsible_for,
)
from distrilog.domain.declarations.queries.weeks import (
    CoverView,
    HistoryWeek,
    LineView,
    SaidView,
    TroubleView,
    VersionView,
    WeekView,
    cover_of,
    history,
    of_facility,
)


__all__ = [
    "CoverView",
    "DelegateView",
    "HistoryWeek",
    "LineView",
    "SaidView",
    "TroubleView",
    "VersionView",
    "WeekView",
    "cover_of",
    "delegates",
    "history",
    "last_declared_at",
    "of_facility",
    "responsible_for",
]
