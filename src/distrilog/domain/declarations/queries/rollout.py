"""Who is asked to declare, who did, who did not: by wave, region, department, territory and group."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import Week


class By(StrEnum):
    """What completeness is told by."""

    WAVE = "wave"
    REGION = "region"
    DEPARTMENT = "department"
    TERRITORY = "territory"
    GROUP = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """
    How many facilities were asked for a week and declared it. `code` is empty in the total, or where there is none.

    `volunteers` declared without being asked: in no rate.
    """

    code: str
    name: str
    asked: int
    declared: int
    volunteers: int
    reminded: int

    @property
    def silent(self) -> int:
        """How many were asked and said nothing."""
        return self.asked - self.declared

    @property
    def rate(self) -> int | None:
        """Percents of those asked that declared, rounded down; None when nobody was asked."""
        return self.declared * 100 // self.asked if self.asked else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveProgress:
    """A wave of the roll-out in a scope, and how complete its week is."""

    code: str
    name: str
    starts_on: date
    completeness: Completeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A facility that was asked for a week and said nothing. `last_week`: the last it declared; `people`: who may declare."""

    facility_id: int
    registry: str
    facility: str
    commune: str
    group: str
    region: str
    department: str
    territory: str
    wave: str
    since: date
    last_week: str
    reminders: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentPage:
    """A page of silent facilities, and how many there are."""

    rows: tuple[Silent, ...]
    matching: int


def waves(*, scope: Scope, week: Week) -> tuple[WaveProgress, ...]:
    """Return the waves of the roll-out in their order, with those of a scope that are asked in a week."""
    raise NotImplementedError


def completeness(*, scope: Scope, week: Week, by: By) -> tuple[Completeness, ...]:
    """Return who was asked and who declared, one row each, the total first."""
    raise NotImplementedError


def silent(
    *,
    scope: Scope,
    week: Week,
    by: By = By.WAVE,
    code: str | None = None,
    search: str = "",
    page: int = 1,
    per_page: int = 50,
) -> SilentPage:
    """Return those that were asked and said nothing, by department and name; `code` keeps one row of `by`."""
    raise NotImplementedError
