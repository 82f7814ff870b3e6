"""March to October 2020 played again: how long it takes for the whole country, and how that grows with the facilities."""

from math import log
from time import perf_counter

from django.core.management import call_command

from bench.measures import Measure
from distrilog.demo.replay import calendar
from distrilog.demo.replay.country import load_part
from distrilog.demo.replay.database import own_database
from distrilog.demo.replay.playing import replay as play
from distrilog.domain.simulation.rules import Replayed
from distrilog.kernel.weeks import Week


# « In minutes » (row L1 of the mission): ten, on two cores.
BUDGET_SECONDS = 600
SMALL = 4_000
GROWTH_WEEKS = (Week(2020, 14), Week(2020, 17))


def replay() -> dict[str, Measure]:
    """Seconds for every week of March to October, the whole country, from an empty database to the proof of the books."""
    spent, found = _played(first=calendar.FIRST, last=calendar.LAST, facilities=None)
    weeks = {row.week for row in found.weeks}
    return {
        "replay": Measure(
            value=spent,
            unit=f"s for {len(weeks)} weeks, {found.facilities} facilities",
            budget=BUDGET_SECONDS,
            note=f"{found.discrepancies} discrepancies of the books; the tables are made before",
        )
    }


def replay_growth() -> dict[str, Measure]:
    """How the time of four weeks grows from a part of the country to all of it."""
    first, last = GROWTH_WEEKS
    few, part = _played(first=first, last=last, facilities=SMALL)
    many, whole = _played(first=first, last=last, facilities=None)
    exponent = log(many / few) / log(whole.facilities / part.facilities)
    return {
        "replay_growth": Measure(
            value=exponent,
            unit=f"growth exponent, {part.facilities} to {whole.facilities} facilities",
            budget=1.1,
            note=f"{first} to {last}: {few:.1f} s and {many:.1f} s",
        )
    }


def _played(*, first: Week, last: Week, facilities: int | None) -> tuple[float, Replayed]:
    with own_database():
        call_command("migrate", verbosity=0)
        started = perf_counter()
        found = play(
            first=first,
            last=last,
            load=lambda: load_part(facilities=facilities, say=_silent),
            say=_silent,
        )
        return perf_counter() - started, found


def _silent(_text: str) -> None:
    """Say nothing: a measure prints figures alone."""
