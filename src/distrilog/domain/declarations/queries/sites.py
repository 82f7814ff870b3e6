"""The facilities of an area, family by family: what they said, how long it lasts. Two or three statements."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.db import connection

from distrilog.domain.declarations.queries import areas, cells
from distrilog.domain.declarations.rules import Level
from distrilog.domain.declarations.rules.forecast import HORIZON_DAYS, WEEKS_LOOKED_AT, run_out
from distrilog.domain.declarations.rules.picture import (
    Area,
    Choice,
    FacilityCover,
    FacilityPage,
    Sort,
    Width,
)
from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import Week


# Rows fetched at once when a file is written: bounds its memory.
_BATCH: Final = 5000
_CHOSEN: Final = f"""AND (%(group)s = '' OR category."group" = %(group)s) {cells.FOUND}"""
_OF_FAMILY: Final = "(%(family)s = '' OR family_id = %(family)s)"
# One pass over each facility's own last weeks; then as `cells.STANDINGS`, and as `rules.forecast.run_out` for the
# order alone: what is shown is computed there. A stock is of the day it was said, in its own week.
_CHOSEN_ROWS: Final = f"""
    chosen AS (
        SELECT served.*, said.*, bounds.watch_days, bounds.alert_days,
            {cells.LEVEL.format(row="said")} AS level,
            CASE
                WHEN said.stock = 0 THEN 0
                WHEN said.consumption_weeks = 0 THEN said.stock * 7 / said.need
                ELSE said.stock * 7 * said.consumption_weeks / nullif(said.consumption_sum, 0)
            END AS days_left,
            greatest(%(first_day)s::date, least(%(last_day)s::date,
                (submission.declared_at AT TIME ZONE 'Europe/Paris')::date)) AS said_on
        FROM served
        CROSS JOIN LATERAL (
            SELECT family_id,
                max(stock) FILTER (WHERE present) AS stock,
                max(consumption) FILTER (WHERE present) AS consumption,
                coalesce(nullif(max(need) FILTER (WHERE present), 0), max(target), 0) AS need,
                coalesce(bool_or(questioned) FILTER (WHERE present), FALSE) AS questioned,
                max(declaration_id) FILTER (WHERE present) AS declaration_id,
                max(version) FILTER (WHERE present) AS version,
                array_agg(consumption) FILTER (WHERE consumption IS NOT NULL) AS consumptions,
                sum(consumption)::bigint AS consumption_sum, count(consumption) AS consumption_weeks
            FROM (
                SELECT family_id, week = %(week)s AS present, stock, consumption, need, questioned,
                    declaration_id, version, NULL::bigint AS target
                FROM declarations_statement
                WHERE facility_id = served.id AND week BETWEEN %(oldest)s AND %(week)s AND current
                    AND {_OF_FAMILY}
                UNION ALL
                SELECT family_id, FALSE, NULL, NULL, NULL, NULL, NULL, NULL, need
                FROM declarations_target WHERE facility_id = served.id AND {_OF_FAMILY}
            ) told
            GROUP BY family_id
        ) said
        JOIN bounds ON bounds.about = served.about || said.family_id
        LEFT JOIN declarations_submission submission
            ON submission.declaration_id = said.declaration_id AND submission.version = said.version
        WHERE said.need > 0
    ),
    ordered AS (
        SELECT chosen.*,
            CASE WHEN days_left <= {HORIZON_DAYS} THEN said_on + days_left::int END AS expected
        FROM chosen WHERE %(level)s = '' OR level = %(level)s
    )
"""  # noqa: S608 - constants
_TIES: Final = "name, registry, family_id"
# Those that said nothing have no stock to order by: always last.
_SORT: Final = {
    Sort.RUN_OUT: "stock IS NULL, expected {way} NULLS LAST, stock * 70 / need {way}",
    Sort.NAME: "name {way}, registry {way}",
    Sort.COVER: "stock IS NULL, stock * 70 / need {way}",
    Sort.STOCK: "stock IS NULL, stock {way}",
}
_FIELDS: Final = (
    "facility_id", "registry", "facility", "commune", "group", "region", "department", "territory",
    "family", "family_name", "box_units", "need", "stock", "consumption", "consumptions",
    "questioned", "asked", "level", "watch_days", "alert_days", "said_on", "difficulty",
)  # fmt: skip
_COLUMNS: Final = """
    row.id, row.registry, row.name, row.commune, row."group", row.region_id,
    row.department_id, coalesce(row.territory_id, ''), row.family_id, family.name,
    family.box_units, row.need, row.stock, row.consumption, coalesce(row.consumptions, '{}'),
    row.questioned, EXISTS (
        SELECT FROM {enrolled} WHERE enrolment.facility_id = row.id
    ), row.level, row.watch_days, row.alert_days, row.said_on,
    EXISTS (
        SELECT FROM declarations_difficulty told
        WHERE told.week = %(week)s AND told.facility_id = row.id
            AND coalesce(told.family_id, row.family_id) = row.family_id
    )
""".replace("{enrolled}", cells.ENROLLED)


def facilities(
    *, scope: Scope, width: Width, code: str = "", week: Week, choice: Choice | None = None
) -> FacilityPage:
    """
    Return a page of the facilities of an area. NotFound outside the scope.

    For those who may read declarations (`Deed.DECLARATION_READ`): sums are for more people than rows.
    """
    choice = choice or Choice()
    path = areas.path_to(scope=scope, width=width, code=code)
    order = _order(choice)
    statement = f"""
        {_tables(path, scope=scope)},
        page AS (
            SELECT row_number() OVER (ORDER BY {order}) AS place, count(*) OVER () AS matching, *
            FROM ordered ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s
        )
        SELECT row.matching, {_COLUMNS} FROM page AS row
        JOIN catalogue_family family ON family.code = row.family_id ORDER BY row.place
    """  # noqa: S608 - constants
    with connection.cursor() as cursor:
        cursor.execute(statement, _values(path, scope=scope, week=week, choice=choice))
        rows = cursor.fetchall()
    return FacilityPage(
        rows=tuple(_row(columns) for _matching, *columns in rows),
        matching=rows[0][0] if rows else 0,
        choice=choice,
    )


def every_facility(
    *, scope: Scope, width: Width, code: str = "", week: Week, choice: Choice | None = None
) -> Iterator[FacilityCover]:
    """Yield every row of a choice, whatever its page, a few thousand at a time: what a file holds."""
    choice = choice or Choice()
    path = areas.path_to(scope=scope, width=width, code=code)
    statement = f"""
        {_tables(path, scope=scope)},
        page AS (SELECT row_number() OVER (ORDER BY {_order(choice)}) AS place, * FROM ordered)
        SELECT {_COLUMNS} FROM page AS row
        JOIN catalogue_family family ON family.code = row.family_id ORDER BY row.place
    """  # noqa: S608 - constants
    return _fetched(statement, _values(path, scope=scope, week=week, choice=choice))


def _fetched(statement: str, values: Mapping[str, Any]) -> Iterator[FacilityCover]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        while batch := cursor.fetchmany(_BATCH):
            yield from (_row(columns) for columns in batch)


def _tables(path: tuple[Area, ...], *, scope: Scope) -> str:
    """Return the common tables that end with the rows chosen, each with its place in the order."""
    inside = areas.inside(path, scope=scope, columns=cells.FACILITY_COLUMNS)
    served = cells.SERVED.format(within=f"{inside} {_CHOSEN}", names=cells.NAMES)
    bounds = cells.BOUNDS.format(families="(%(family)s = '' OR family.code = %(family)s)")
    return f"WITH {bounds}, {served}, {_CHOSEN_ROWS}"


def _order(choice: Choice) -> str:
    way = "DESC" if choice.descending else "ASC"
    return f"{_SORT[choice.sort].format(way=way)}, {_TIES}"


def _values(path: tuple[Area, ...], *, scope: Scope, week: Week, choice: Choice) -> dict[str, Any]:
    return {
        **cells.values_of(week),
        **areas.values_of(path, scope=scope),
        **cells.search_values(choice.search),
        "oldest": str(week.plus(1 - WEEKS_LOOKED_AT)),
        "family": cells.storable(choice.family),
        "group": cells.storable(choice.group),
        "level": cells.storable(choice.level),
        "limit": choice.per_page,
        "offset": choice.offset,
    }


def _row(columns: Sequence[Any]) -> FacilityCover:
    values = dict(zip(_FIELDS, columns, strict=True))
    consumptions = values.pop("consumptions")
    stock, said_on = values["stock"], values["said_on"]
    return FacilityCover(
        **values | {"level": Level(values["level"])},
        run_out=None
        if stock is None
        else run_out(stock=stock, need=values["need"], consumptions=consumptions, said_on=said_on),
    )
