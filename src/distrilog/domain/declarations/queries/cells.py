"""
What a week's roll-ups are made of: one row a facility and family, judged in SQL exactly as `rules` judge it.

One piece of SQL serves the roll-ups, their proof and the list of facilities. All that is dated is judged on the
week's last day: the territory, the enrolment, the thresholds.
"""

from typing import Any, Final

from distrilog.domain.declarations import rules
from distrilog.domain.declarations.rules.picture import Width
from distrilog.domain.facilities.models import Category
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.weeks import Week


# One text a group, region and family: joined on three columns, the planner takes them for independent.
# As `rules.threshold_for`: of those in force, the most telling, then family before region before group, then the latest.
BOUNDS: Final = f"""
    bounds AS MATERIALIZED (
        SELECT kind."group" || ' ' || region.code || ' ' || family.code AS about,
            coalesce(held.watch_days, {rules.WATCH_DAYS}) AS watch_days,
            coalesce(held.alert_days, {rules.ALERT_DAYS}) AS alert_days
        FROM unnest(%(groups)s::text[]) AS kind("group")
        CROSS JOIN facilities_region region
        JOIN catalogue_family family ON {{families}}
        LEFT JOIN LATERAL (
            SELECT threshold.watch_days, threshold.alert_days
            FROM declarations_alertthreshold threshold
            WHERE threshold.starts_on <= %(last_day)s
                AND threshold."group" IN ('', kind."group")
                AND coalesce(threshold.region_id, region.code) = region.code
                AND coalesce(threshold.family_id, family.code) = family.code
            ORDER BY (threshold."group" <> '')::int + (threshold.region_id IS NOT NULL)::int
                    + (threshold.family_id IS NOT NULL)::int DESC,
                threshold.family_id IS NULL, threshold.region_id IS NULL, threshold."group" = '',
                threshold.starts_on DESC
            LIMIT 1
        ) held ON TRUE
    )
"""  # noqa: S608 - constants
# As `rules.level`, of a row that has a need.
LEVEL: Final = """
    CASE
        WHEN {row}.stock IS NULL THEN 'silent'
        WHEN {row}.stock = 0 THEN 'empty'
        WHEN {row}.stock * 7 < bounds.alert_days * {row}.need THEN 'alert'
        WHEN {row}.stock * 7 < bounds.watch_days * {row}.need THEN 'watch'
        ELSE 'covered'
    END
"""
# Open on a day of the week (`rules.was_open`); pharmacies are served through a chain of their own.
SERVED: Final = """
    served AS MATERIALIZED (
        SELECT facility.id, department.region_id, facility.department_id, attachment.territory_id,
            category."group", category."group" || ' ' || department.region_id || ' ' AS about
            {names}
        FROM facilities_facility facility
        JOIN facilities_department department ON department.code = facility.department_id
        JOIN facilities_category category ON category.code = facility.category_id
        LEFT JOIN facilities_attachment attachment ON attachment.facility_id = facility.id
            AND attachment.period @> %(last_day)s::date
        WHERE (facility.opened_on IS NULL OR facility.opened_on <= %(last_day)s)
            AND (facility.closed_on IS NULL OR facility.closed_on > %(first_day)s)
            AND category."group" <> 'pharmacy' AND {within}
    )
"""
# A family counts where the doctrine gives a need, or gave one when it was declared. A statement is judged by the need
# it was made with; one that had none, by the need of now.
STANDINGS: Final = f"""
    standings AS (
        SELECT served.region_id, served.department_id, served.territory_id, said.*,
            enrolment.facility_id IS NOT NULL AS asked, {LEVEL.format(row="said")} AS level
        FROM (
            SELECT facility_id, family_id, statement.stock, statement.consumption,
                coalesce(statement.questioned, FALSE) AS questioned,
                coalesce(nullif(statement.need, 0), target.need, 0) AS need
            FROM declarations_target target
            FULL JOIN (
                SELECT facility_id, family_id, stock, consumption, need, questioned
                FROM declarations_statement WHERE week = %(week)s AND current
            ) statement USING (facility_id, family_id)
        ) said
        JOIN served ON served.id = said.facility_id
        JOIN bounds ON bounds.about = served.about || said.family_id
        LEFT JOIN {{enrolled}} ON enrolment.facility_id = said.facility_id
        WHERE said.need > 0
    )
"""  # noqa: S608 - constants
ENROLLED: Final = """(
    SELECT facility_id FROM declarations_enrolment
    WHERE since <= %(last_day)s AND (until IS NULL OR until > %(last_day)s)
) enrolment"""
KEYS: Final = ("family_id", "region_id", "department_id", "territory_id")
SUMS: Final = (
    "facilities", "asked", "declared", "stock", "consumption", "need", "told_need",
    "alert", "watch", "covered", "empty", "questioned",
)  # fmt: skip
# `alert` counts those with none at all too. Only those that declared are summed.
CELLS: Final = """
    SELECT family_id, region_id, department_id, territory_id,
        count(*)::int AS facilities,
        count(*) FILTER (WHERE asked)::int AS asked,
        count(stock)::int AS declared,
        coalesce(sum(stock), 0)::bigint AS stock,
        coalesce(sum(consumption), 0)::bigint AS consumption,
        coalesce(sum(need) FILTER (WHERE stock IS NOT NULL), 0)::bigint AS need,
        coalesce(sum(need) FILTER (WHERE consumption IS NOT NULL), 0)::bigint AS told_need,
        count(*) FILTER (WHERE level IN ('alert', 'empty'))::int AS alert,
        count(*) FILTER (WHERE level = 'watch')::int AS watch,
        count(*) FILTER (WHERE level = 'covered')::int AS covered,
        count(*) FILTER (WHERE level = 'empty')::int AS empty,
        count(*) FILTER (WHERE questioned)::int AS questioned
    FROM standings
    GROUP BY family_id, region_id, department_id, territory_id
"""

# What a scope lets through, on the columns of a cell or of a facility (`columns`): chosen by an enumeration.
WITHIN: Final[dict[ScopeKind, str]] = {
    ScopeKind.COUNTRY: "TRUE",
    ScopeKind.REGION: "{region} = %(scope)s",
    ScopeKind.DEPARTMENT: "{department} = %(scope)s",
    ScopeKind.TERRITORY: "{territory} = %(scope)s",
    ScopeKind.FACILITY: "FALSE",
    ScopeKind.NOTHING: "FALSE",
}
INSIDE: Final[dict[Width, str]] = {
    Width.COUNTRY: "TRUE",
    Width.REGION: "{region} = %(area)s",
    Width.DEPARTMENT: "{department} = %(area)s",
    Width.TERRITORY: "{territory} = %(area)s",
    Width.PART: "{department} = %(area)s AND coalesce({territory}, '') = %(part)s",
}
CELL_COLUMNS: Final = {
    "region": "cell.region_id",
    "department": "cell.department_id",
    "territory": "cell.territory_id",
}
FACILITY_COLUMNS: Final = {
    "region": "department.region_id",
    "department": "facility.department_id",
    "territory": "attachment.territory_id",
}


NAMES: Final = ", facility.name, facility.registry, facility.commune"
FOUND: Final = """
    AND (%(search)s = '' OR facility.name ILIKE %(like)s OR facility.commune ILIKE %(like)s
        OR facility.registry = %(search)s)
"""


def of_country() -> str:
    """Return the common tables that end with the `standings` of every facility."""
    served = SERVED.format(within="TRUE", names="")
    return ",".join((BOUNDS.format(families="TRUE"), served, STANDINGS.format(enrolled=ENROLLED)))


def values_of(week: Week) -> dict[str, Any]:
    """Return the values that these statements take."""
    return {
        "week": str(week),
        "first_day": week.monday,
        "last_day": rules.last_day(week),
        "groups": [group.value for group in Category.Group],
    }


def search_values(search: str) -> dict[str, str]:
    """Return the values that `FOUND` takes."""
    words = storable(search.strip())
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"search": words, "like": f"%{escaped}%"}


def storable(text: str) -> str:
    """Return text without the one character that PostgreSQL cannot hold, and would refuse loudly."""
    return text.replace("\0", "")
