"""The rules of today, as help pages and the first page tell them: regimes and windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Zone
from distrilog.domain.regimes import queries as regimes
from distrilog.domain.regimes.rules import ROUTINE, Span, Standing, window_in


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRegime:
    """A family and where it is in tension: in the reader's region, or in how many regions."""

    family: Family
    here: Standing | None
    regions: int


def regimes_of(*, families: Sequence[Family], region: str, at: datetime) -> list[FamilyRegime]:
    """Return the regime of each family in a region (empty: none in particular), in one query."""
    standings = regimes.in_force(at=at)
    return [
        FamilyRegime(
            family=family,
            here=standings.get((family.code, region), ROUTINE) if region else None,
            regions=sum(
                standing.regime == "tension"
                for (code, _region), standing in standings.items()
                if code == family.code
            ),
        )
        for family in families
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneWindow:
    """A zone, its clocks, and its window of the week, if any."""

    zone: Zone
    clocks: ZoneInfo
    span: Span | None


def windows(*, at: datetime) -> list[ZoneWindow]:
    """Return each zone with its window of the week, in two queries."""
    rules = regimes.window_rules()
    found = []
    for zone in Zone.objects.order_by("overseas", "name"):
        week = regimes.current_week(zone=zone, at=at)
        of_zone = rules.get(zone.code, [])
        span = window_in(week=week, time_zone=zone.time_zone, rules=of_zone)
        found.append(ZoneWindow(zone=zone, clocks=ZoneInfo(zone.time_zone), span=span))
    return found
