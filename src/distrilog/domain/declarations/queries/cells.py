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


# As `rules.threshold_for`: of those in force, the most telling, then family before region before group, then the latest.
BOUNDS: Final = f"""
    bounds AS MATERIALIZED (
        SELECT kind."group", region.code AS region_id, family.code AS family_id,
            coalesce(held.watch_days, {rules.WATCH_DAYS}) AS watch_days,
            coalesce(held.alert_days, {rules.ALERT_DAYS}) AS alert_days
        FROM unnest(%(groups)s::text[]) AS kind("group")
        CROSS JOIN facilities_region region
        CROSS JOIN catalogue_family family
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
# Open on a day of the week (`rules.was_open`); pharmacies are served through a chain of their own.
SERVED: Final = """
    served AS MATERIALIZED (
        SELECT facility.id, department.region_id, facility.department_id, attachment.territory_id,
            category."group"
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
STANDINGS: Final = """
    standings AS (
        SELECT served.id AS facility_id, served.region_id, served.department_id,
            served.territory_id, served."group", said.family_id, said.stock, said.consumption,
            said.need, said.told_need, said.questioned, said.declared, said.declaration_id,
            said.version, enrolment.facility_id IS NOT NULL AS asked, bounds.watch_days,
            bounds.alert_days,
            CASE
                WHEN said.stock IS NULL THEN 'silent'
                WHEN said.stock = 0 THEN 'empty'
                WHEN said.stock * 7 < bounds.alert_days * said.need THEN 'alert'
                WHEN said.stock * 7 < bounds.watch_days * said.need THEN 'watch'
                ELSE 'covered'
            END AS level
        FROM (
            SELECT facility_id, family_id, statement.stock, statement.consumption,
                coalesce(statement.questioned, FALSE) AS questioned,
                statement.stock IS NOT NULL AS declared,
                statement.declaration_id, statement.version,
                coalesce(nullif(statement.need, 0), target.need, 0) AS need,
                CASE WHEN statement.consumption IS NOT NULL
                    THEN coalesce(nullif(statement.need, 0), target.need, 0) END AS told_need
            FROM (SELECT facility_id, family_id, need FROM declarations_target {targets}) target
            FULL JOIN (
                SELECT facility_id, family_id, stock, consumption, need, questioned, declaration_id,
                    version
                FROM declarations_statement
                WHERE week = %(week)s AND current {statements}
            ) statement USING (facility_id, family_id)
        ) said
        JOIN served ON served.id = said.facility_id
        JOIN bounds ON bounds."group" = served."group" AND bounds.region_id = served.region_id
            AND bounds.family_id = said.family_id
        LEFT JOIN declarations_enrolment enrolment ON enrolment.facility_id = said.facility_id
            AND enrolment.since <= %(last_day)s
            AND (enrolment.until IS NULL OR enrolment.until > %(last_day)s)
        WHERE said.need > 0
    )
"""
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
        count(*) FILTER (WHERE declared)::int AS declared,
        coalesce(sum(stock), 0)::bigint AS stock,
        coalesce(sum(consumption), 0)::bigint AS consumption,
        coalesce(sum(need) FILTER (WHERE declared), 0)::bigint AS need,
        coalesce(sum(told_need), 0)::bigint AS told_need,
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


def of_country() -> str:
    """Return the common tables that end with the `standings` of every facility."""
    return ",".join(
        (BOUNDS, SERVED.format(within="TRUE"), STANDINGS.format(targets="", statements=""))
    )


def values_of(week: Week) -> dict[str, Any]:
    """Return the values that these statements take."""
    return {
        "week": str(week),
        "first_day": week.monday,
        "last_day": rules.last_day(week),
        "groups": [group.value for group in Category.Group],
    }
