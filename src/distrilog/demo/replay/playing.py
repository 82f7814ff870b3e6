"""The replay itself: from one week to another, in an empty database that holds the tables and nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import time
from time import monotonic
from typing import Final

from distrilog.demo.replay import calendar, pulling, pushing, regional, stage, stock
from distrilog.demo.replay.country import Loaded
from distrilog.domain.facilities.models import Territory
from distrilog.domain.reporting.services import prove_books
from distrilog.domain.simulation import reference
from distrilog.domain.simulation.rules import (
    Event,
    OfTerritory,
    RegionalLine,
    Replayed,
    WeekOfFamily,
)
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.weeks import PARIS, Week


Say = Callable[[str], object]

OCCITANIE: Final = "76"
_NOON: Final = time(12)
_THURSDAY: Final = 4


@dataclass(slots=True, kw_only=True)
class _Diary:
    """What is noted as weeks go by."""

    weeks: list[WeekOfFamily] = field(default_factory=list)
    territories: list[OfTerritory] = field(default_factory=list)
    regional: list[RegionalLine] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def replay(*, first: Week, last: Week, load: Callable[[], Loaded], say: Say) -> Replayed:
    """
    Play the weeks from `first` to `last` on the country that `load` puts there.

    The database has its tables and is empty. Raises ValueError for weeks out of order or outside 2020-W12 to W53.
    """
    if not calendar.FIRST <= first <= last <= Week(2020, 53):
        raise ValueError("Le rejeu va de 2020-W12 à 2020-W53, dans l’ordre.")
    started = monotonic()
    country = load()
    stage.set_the_stage()
    diary = _Diary()
    for week in _weeks(first, last):
        began = monotonic()
        _play(week, first=first, per_mille=country.per_mille, diary=diary)
        say(f"{week} : {monotonic() - began:.1f} s")
    stock.deliver_to_pharmacies(
        deliveries=[each for each in reference.pharmacies() if str(first) <= each.week <= str(last)]
    )
    proof = prove_books(at=last.plus(1).moment(weekday=1, clock=_NOON, zone=PARIS))
    return Replayed(
        first=str(first),
        last=str(last),
        facilities=country.facilities,
        platforms=Territory.objects.filter(platform__isnull=False).count(),
        whole=country.whole,
        weeks=diary.weeks,
        territories=diary.territories,
        pharmacies=stock.delivered_to_pharmacies(),
        regional=diary.regional,
        events=diary.events,
        discrepancies=proof.found,
        seconds=round(monotonic() - started),
    )


def _weeks(first: Week, last: Week) -> Iterator[Week]:
    week = first
    while week <= last:
        yield week
        week = week.plus(1)


def _play(week: Week, *, first: Week, per_mille: int, diary: _Diary) -> None:
    if week >= calendar.FIRST_PULL:
        if week in {first, calendar.FIRST_PULL}:
            stage.open_the_portal()
            diary.events.append(_refused_push(week))
        diary.weeks += pulling.week_of(run=pulling.pull(week=week, per_mille=per_mille))
        return
    plans = [pushing.push(cycle=cycle, per_mille=per_mille) for cycle in calendar.cycles(week=week)]
    diary.weeks += pushing.week_of(plans=plans)
    if week == calendar.REGIONAL and first <= calendar.REFERENCE:
        regional.play_the_fortnight()
        diary.regional = regional.lines()
    if week == calendar.REFERENCE:
        diary.territories = pushing.received_in(region=OCCITANIE, plans=plans)


def _refused_push(week: Week) -> Event:
    """Ask for one push more once the wave is over: what the answer is."""
    at = week.plus(-1).moment(weekday=_THURSDAY, clock=_NOON, zone=PARIS)
    try:
        pushing.ask(week=week, at=at)
    except Refusal as refusal:
        words = "; ".join(fault.message for fault in refusal.faults) or str(refusal)
        return Event(on=f"{at:%Y-%m-%d}", words=f"Un plan de plus est refusé : {words}")
    return Event(on=f"{at:%Y-%m-%d}", words="Un plan de plus est préparé.")
