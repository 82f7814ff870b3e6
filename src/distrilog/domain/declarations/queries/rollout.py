"""Who is asked to declare, who did, who did not: by wave, region, department, territory and group."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from django.db import connection

from distrilog.domain.declarations.models import Wave
from distrilog.domain.declarations.queries import cells
from distrilog.domain.facilities.models import Category, Department, Region, Territory
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
class Rates:
    """A week’s completeness in a scope: the whole, its parts, and its waves in their order."""

    total: Completeness
    parts: tuple[Completeness, ...]
    waves: tuple[WaveProgress, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """
    A facility that was asked for a week and said nothing. `last_week`: the last it declared, empty if never.

    `people`: how many profiles, valid at the end of that week, may act for it.
    """

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


# Asked: enrolled, open and in need of something; pharmacies are not.
_ASKED: Final = f"""
    {cells.SERVED},
    stand AS (
        SELECT served.*, enrolment.wave_id, enrolment.since,
            said.something IS NOT NULL AS declared
        FROM served
        -- One look a facility: hashing the whole country's week would cost an agency more.
        LEFT JOIN LATERAL (
            SELECT TRUE AS something FROM declarations_statement statement
            WHERE statement.facility_id = served.id AND statement.week = %(week)s
                AND statement.current LIMIT 1
        ) said ON TRUE
        LEFT JOIN (
            SELECT facility_id, wave_id, since FROM declarations_enrolment
            WHERE since <= %(last_day)s AND (until IS NULL OR until > %(last_day)s)
        ) enrolment ON enrolment.facility_id = served.id
        WHERE EXISTS (SELECT FROM declarations_target target WHERE target.facility_id = served.id)
    )
"""  # noqa: S608 - constants
_KEYS: Final[Mapping[By, str]] = {
    By.WAVE: "coalesce(wave_id, '')",
    By.REGION: "region_id",
    By.DEPARTMENT: "department_id",
    By.TERRITORY: "coalesce(territory_id, '')",
    By.GROUP: '"group"',
}
_COUNTS: Final = """
    SELECT grouping(key, wave), coalesce(key, wave), count(wave_id), count(*) FILTER (WHERE wave_id IS NOT NULL AND declared),
        count(*) FILTER (WHERE wave_id IS NULL AND declared),
        count(*) FILTER (WHERE wave_id IS NOT NULL AND EXISTS (
            SELECT FROM declarations_reminder reminder
            WHERE reminder.facility_id = stand.id AND reminder.week = %(week)s
        ))
    FROM (SELECT stand.*, {key} AS key, coalesce(wave_id, '') AS wave FROM stand) stand
    GROUP BY GROUPING SETS ((), (key), (wave))
    HAVING grouping(key, wave) = {whole} OR count(wave_id) > 0 OR bool_or(declared)
"""
# What `grouping(key, wave)` says a row of counts is of.
_BY_KEY, _BY_WAVE, _WHOLE = 1, 2, 3
_SILENT: Final = """
    SELECT page.matching, page.id, page.registry, page.name, page.commune, page."group",
        page.region_id, page.department_id, coalesce(page.territory_id, ''), page.wave_id,
        page.since,
        coalesce((
            SELECT max(week) FROM declarations_statement statement
            WHERE statement.facility_id = page.id AND statement.current
        ), ''),
        (SELECT count(*) FROM declarations_reminder reminder
            WHERE reminder.facility_id = page.id AND reminder.week = %(week)s),
        (SELECT count(*) FROM accounts_profile profile
            WHERE profile.facility_id = page.id AND profile.revoked_at IS NULL
                AND (profile.expires_at IS NULL OR profile.expires_at > %(last_day)s))
    FROM (
        SELECT stand.*, count(*) OVER () AS matching FROM stand
        WHERE wave_id IS NOT NULL AND NOT declared AND (%(code)s::text IS NULL OR {key} = %(code)s)
        ORDER BY department_id, name, registry LIMIT %(limit)s OFFSET %(offset)s
    ) page
    ORDER BY page.department_id, page.name, page.registry
"""
_FIELDS: Final = tuple(Silent.__dataclass_fields__)


def rates(*, scope: Scope, week: Week, by: By) -> Rates:
    """Return who was asked and who declared: in all, by one thing (the lowest rate first), and by wave. Three queries."""
    statement = _COUNTS.format(key=_KEYS[by], whole=_WHOLE)
    counts: dict[int, dict[str, list[int]]] = {_BY_KEY: {}, _BY_WAVE: {}, _WHOLE: {}}
    for level, code, *row in _fetched(
        statement, scope=scope, week=week, values=cells.search_values("")
    ):
        counts[level][code or ""] = row
    names = _names(by)
    parts = [_completeness(code, names.get(code, ""), row) for code, row in counts[_BY_KEY].items()]
    parts.sort(key=lambda each: (each.rate is None, each.rate, each.name, each.code))
    return Rates(
        total=_completeness("", "", counts[_WHOLE][""]),
        parts=tuple(parts),
        waves=tuple(
            WaveProgress(
                code=wave.code,
                name=wave.name,
                starts_on=wave.starts_on,
                completeness=_completeness(
                    wave.code, wave.name, counts[_BY_WAVE].get(wave.code, (0, 0, 0, 0))
                ),
            )
            for wave in Wave.objects.order_by("position", "code")
        ),
    )


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
    """
    Return those that were asked and said nothing, by department and name; `code` keeps one row of `by`. One query.

    For those who may read declarations (`Deed.DECLARATION_READ`).
    """
    values = cells.search_values(search) | {
        "code": None if code is None else cells.storable(code),
        "limit": per_page,
        "offset": (page - 1) * per_page,
    }
    statement = _SILENT.format(key=_KEYS[by])
    rows = _fetched(statement, scope=scope, week=week, values=values)
    return SilentPage(
        rows=tuple(
            Silent(**dict(zip(_FIELDS, columns, strict=True))) for _matching, *columns in rows
        ),
        matching=rows[0][0] if rows else 0,
    )


def _fetched(
    statement: str, *, scope: Scope, week: Week, values: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    within = cells.WITHIN[scope.kind].format(**cells.FACILITY_COLUMNS)
    tables = _ASKED.format(within=f"{within} {cells.FOUND}", names=cells.NAMES)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {tables} {statement}",
            {**cells.values_of(week), "scope": scope.code, **values},
        )
        return list(cursor.fetchall())


def _names(by: By) -> dict[str, str]:
    match by:
        case By.WAVE:
            return dict(Wave.objects.values_list("code", "name")) | {"": "Hors vague"}
        case By.REGION:
            return dict(Region.objects.values_list("code", "name"))
        case By.DEPARTMENT:
            return dict(Department.objects.values_list("code", "name"))
        case By.TERRITORY:
            return dict(Territory.objects.values_list("code", "name")) | {"": "Sans territoire"}
        case By.GROUP:
            return {group.value: str(group.label) for group in Category.Group}


def _completeness(code: str, name: str, counts: Iterable[int]) -> Completeness:
    asked, declared, volunteers, reminded = counts
    return Completeness(
        code=code,
        name=name,
        asked=asked,
        declared=declared,
        volunteers=volunteers,
        reminded=reminded,
    )
