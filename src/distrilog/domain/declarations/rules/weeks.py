"""Which weeks may be declared, and how long a statement speaks. Pure."""

from datetime import date, timedelta
from typing import Final

from distrilog.kernel.weeks import Week


# A statement older than this says nothing any more: the facility counts as silent.
WEEKS_FRESH: Final = 2
# How far back a declaration may still be corrected.
WEEKS_CORRECTABLE: Final = 4
# How far back a form looks for what was said last, and whose mean is the usual consumption.
WEEKS_REMEMBERED: Final = 4


def selectable(*, now: Week) -> tuple[Week, ...]:
    """Return the weeks that may be declared in a week: itself first, then those still correctable."""
    return tuple(now.plus(-back) for back in range(WEEKS_CORRECTABLE + 1))


def week_fault(*, week: Week, now: Week) -> tuple[str, str] | None:
    """Return what is wrong with declaring a week, in French, and the remedy, or None."""
    if week > now:
        return (
            f"La semaine {week} n’a pas commencé.",
            f"Déclarez la semaine en cours, {now}.",
        )
    oldest = selectable(now=now)[-1]
    if week < oldest:
        return (
            f"La semaine {week} ne se corrige plus : seules les {WEEKS_CORRECTABLE} dernières se corrigent.",
            f"Déclarez une semaine de {oldest} à {now}.",
        )
    return None


def last_day(week: Week) -> date:
    """Return the Sunday of a week: the day whose thresholds judge it."""
    return week.monday + timedelta(days=6)


def was_open(*, week: Week, opened_on: date | None, closed_on: date | None) -> bool:
    """Tell whether a facility was open on a day of a week at least."""
    begun = opened_on is None or opened_on <= last_day(week)
    return begun and (closed_on is None or closed_on > week.monday)
