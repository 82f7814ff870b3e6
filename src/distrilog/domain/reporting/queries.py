"""
Figures for agencies and the national cell, each in a fixed number of statements.

Sums and rows come from one piece of SQL (`_ROWS`), so that the page, its totals and the workbook
cannot disagree.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from django.db import connection

from distrilog.domain.reporting.rules import (
    AreaFigures,
    Choice,
    CountryWeek,
    FamilyWeek,
    Figures,
    Refused,
    RegionWeek,
    Row,
    Sort,
    Standing,
)
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week


# Every value travels as a parameter; these fragments are constants chosen by an enumeration.
_WITHIN: Final = {
    ScopeKind.COUNTRY: "TRUE",
    ScopeKind.REGION: "department.region_id = %(scope)s",
    ScopeKind.DEPARTMENT: "facility.department_id = %(scope)s",
    ScopeKind.FACILITY: "facility.registry = %(scope)s",
    ScopeKind.TERRITORY: (
        "EXISTS (SELECT 1 FROM facilities_attachment attachment"
        " WHERE attachment.facility_id = facility.id"
        " AND attachment.territory_id = %(scope)s AND upper_inf(attachment.period))"
    ),
    ScopeKind.NOTHING: "FALSE",
}
# One row a facility and family that has a need, a quota or an order from the pot in the week. Rows are
# kept narrow: names come in once the page is known. An order charged to a quota has a quota row.
# OFFSET 0 keeps each facility's quotas an index lookup, however many weeks the table holds.
# The outer one keeps the shares, a few dozen, from being read again for each facility.
_ROWS: Final = """
    served AS MATERIALIZED (
        SELECT facility.id, facility.department_id, department.region_id,
            row_number() OVER (
                ORDER BY facility.department_id, facility.name, facility.registry
            ) AS rank,
            {chosen} AS chosen
        FROM facilities_facility facility
        JOIN facilities_department department ON department.code = facility.department_id
        WHERE {within}
    ),
    granted AS (
        SELECT quota.facility_id, quota.family_id, quota.cap, quota.ordered,
            CASE WHEN quota.closed THEN 0 ELSE quota.cap - quota.ordered END AS units_left,
            share.box_units
        FROM (
            SELECT own.* FROM served
            CROSS JOIN LATERAL (
                SELECT * FROM quotas_quota
                WHERE facility_id = served.id AND week = %(week)s AND (need > 0 OR cap > 0) OFFSET 0
            ) own OFFSET 0
        ) quota
        JOIN quotas_share share ON share.run_id = quota.run_id
            AND share.family_id = quota.family_id AND share.source_id = quota.source_id
    ),
    placed AS (
        SELECT served.id AS facility_id, line.family_id,
            sum(line.units) FILTER (WHERE own.charge = 'pot') AS pot_units,
            max(own.placed_at) AS last_at,
            (array_agg(own.id ORDER BY own.placed_at DESC, own.id DESC))[1] AS last_id
        FROM served
        CROSS JOIN LATERAL (
            SELECT id, charge, placed_at FROM orders_order
            WHERE facility_id = served.id AND week = %(week)s AND status <> 'cancelled' OFFSET 0
        ) own
        JOIN orders_line line ON line.order_id = own.id
        GROUP BY served.id, line.family_id
    ),
    report AS MATERIALIZED (
        SELECT facility_id, served.rank, served.department_id AS department,
            served.region_id AS region, served.chosen, family.code AS family, family.position,
            coalesce(granted.box_units, family.box_units) AS box_units,
            coalesce(granted.cap, 0) AS quota, coalesce(granted.ordered, 0) AS ordered,
            coalesce(granted.units_left, 0) AS units_left,
            coalesce(placed.pot_units, 0) AS from_pot,
            placed.last_id, placed.last_at
        FROM granted
        FULL JOIN placed USING (facility_id, family_id)
        JOIN served ON served.id = facility_id
        JOIN catalogue_family family ON family.code = family_id
    )
"""
_TIES: Final = "report.rank, report.position, report.family"
_FULL_ROWS: Final = """
    SELECT row_number() OVER (ORDER BY {order}) AS place, report.facility_id, facility.registry,
        facility.name AS facility, facility.commune, report.department,
        department.name AS department_name, category.name AS category, report.family,
        family.name AS family_name, report.box_units, report.quota, report.ordered,
        report.units_left, report.from_pot, coalesce(placed.reference, '') AS last_order,
        report.last_at
    FROM {report} report
    JOIN facilities_facility facility ON facility.id = report.facility_id
    JOIN facilities_department department ON department.code = report.department
    JOIN facilities_category category ON category.code = facility.category_id
    JOIN catalogue_family family ON family.code = report.family
    LEFT JOIN orders_order placed ON placed.id = report.last_id
"""
_COLUMNS: Final = """
    facility_id, registry, facility, commune, department, department_name, category, family,
    family_name, box_units, quota, ordered, units_left, from_pot, last_order, last_at
"""
_CHOSEN_FACILITY: Final = """
    (%(department)s = '' OR facility.department_id = %(department)s)
    AND (%(search)s = '' OR facility.name ILIKE %(like)s OR facility.commune ILIKE %(like)s
        OR facility.registry = %(search)s)
"""
_STANDING: Final = {
    Standing.ANY: "TRUE",
    Standing.NOTHING: "ordered + from_pot = 0",
    Standing.SOMETHING: "ordered + from_pot > 0",
    Standing.EVERYTHING: "quota > 0 AND ordered = quota",
}
_SORT: Final = {
    Sort.FACILITY: "report.rank {way}",
    Sort.QUOTA: "report.quota {way}",
    Sort.ORDERED: "report.ordered {way}",
    Sort.LEFT: "report.units_left {way}",
    Sort.LAST_ORDER: "report.last_at {way} NULLS LAST",
}
_SUMS: Final = """
    SELECT row_number() OVER (ORDER BY report.department, report.position, report.family) AS rank,
        report.department, department.name AS department_name, report.region,
        region.name AS region_name, report.family, report.quota, report.ordered,
        report.units_left, report.from_pot, report.facilities, report.having_ordered
    FROM (
        SELECT department, region, family, position, sum(quota)::bigint AS quota,
            sum(ordered)::bigint AS ordered, sum(units_left)::bigint AS units_left,
            sum(from_pot)::bigint AS from_pot, count(*) AS facilities,
            count(*) FILTER (WHERE ordered + from_pot > 0) AS having_ordered
        FROM report GROUP BY department, region, family, position
    ) report
    JOIN facilities_department department ON department.code = report.department
    JOIN facilities_region region ON region.code = report.region
"""
_SUM_COLUMNS: Final = """
    department, department_name, region, region_name, family, quota, ordered, units_left, from_pot,
    facilities, having_ordered
"""
_REFUSED: Final = """
    SELECT demand.family_id, count(*), count(DISTINCT demand.facility_id),
        sum(demand.units_asked)::bigint, sum(demand.units_left)::bigint
    FROM orders_refuseddemand demand
    JOIN facilities_facility facility ON facility.id = demand.facility_id
    JOIN facilities_department department ON department.code = facility.department_id
    WHERE demand.week = %(week)s AND {within}
    GROUP BY demand.family_id ORDER BY demand.family_id
"""
_ROW_FIELDS: Final = tuple(field.name for field in fields(Row))
_FIGURE_FIELDS: Final = tuple(field.name for field in fields(Figures))
# Rows fetched at once when a workbook is written: bounds its memory.
_BATCH: Final = 5000


def region_week(*, scope: Scope, week: Week, choice: Choice | None = None) -> RegionWeek:
    """Return a week's orders and quotas of a scope: a page of rows, and sums; in two statements."""
    choice = choice or Choice()
    values = _values(scope, week, choice)
    with connection.cursor() as cursor:
        cursor.execute(_page_statement(scope, choice), values)
        rows, matching, total, sums = cursor.fetchone()
        refused = _refused(cursor, scope=scope, values=values)
    return RegionWeek(
        week=str(week),
        choice=choice,
        rows=tuple(_row(_dated(columns)) for columns in _list(rows)),
        matching=matching,
        total=total,
        areas=tuple(_area(columns) for columns in _list(sums)),
        refused=tuple(refused),
    )


def rows_of_week(*, scope: Scope, week: Week, choice: Choice | None = None) -> Iterator[Row]:
    """Yield every row of a scope's week that is chosen, page after page, a few thousand at a time."""
    choice = choice or Choice()
    order = _order(choice)
    statement = f"""
        WITH {_ROWS.format(within=_WITHIN[scope.kind], chosen=_CHOSEN_FACILITY)},
        {_chosen(choice)},
        page AS ({_FULL_ROWS.format(report="chosen", order=order)})
        SELECT {_COLUMNS} FROM page ORDER BY place
    """  # noqa: S608 - constants
    with connection.cursor() as cursor:
        cursor.execute(statement, _values(scope, week, choice))
        while batch := cursor.fetchmany(_BATCH):
            yield from (_row(columns) for columns in batch)


def country_week(*, week: Week) -> CountryWeek:
    """
    Return the country's week: envelopes, quotas, orders, refusals; in four statements.

    For those whose scope is the country: it takes none.
    """
    values = {"week": str(week)}
    everyone = Scope(kind=ScopeKind.COUNTRY)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTRY_AREAS, values)
        areas = tuple(_area(columns) for columns in cursor.fetchall())
        cursor.execute(_ORDERS, values)
        orders, facilities = cursor.fetchone()
        refused = {each.family: each for each in _refused(cursor, scope=everyone, values=values)}
        cursor.execute(_ENVELOPES, values)
        families = cursor.fetchall()
    return CountryWeek(
        week=str(week),
        areas=areas,
        orders=orders,
        facilities_having_ordered=facilities,
        families=tuple(_family(columns, areas=areas, refused=refused) for columns in families),
    )


_COUNTRY_AREAS: Final = """
    WITH granted AS (
        SELECT facility.department_id, quota.family_id, sum(quota.cap) AS quota,
            sum(quota.ordered) AS ordered,
            sum(CASE WHEN quota.closed THEN 0 ELSE quota.cap - quota.ordered END) AS units_left,
            count(*) AS facilities, count(*) FILTER (WHERE quota.ordered > 0) AS having_ordered
        FROM quotas_quota quota
        JOIN facilities_facility facility ON facility.id = quota.facility_id
        WHERE quota.week = %(week)s AND (quota.need > 0 OR quota.cap > 0)
        GROUP BY facility.department_id, quota.family_id
    ),
    -- Orders from the pots: few; each counts a facility that its own quota did not count already.
    drawn AS (
        SELECT placed.facility_id, line.family_id, sum(line.units) AS units
        FROM orders_order placed
        JOIN orders_line line ON line.order_id = placed.id
        WHERE placed.week = %(week)s AND placed.status <> 'cancelled' AND placed.charge = 'pot'
        GROUP BY placed.facility_id, line.family_id
    ),
    beside AS (
        SELECT facility.department_id, drawn.family_id, sum(drawn.units) AS from_pot,
            count(*) FILTER (WHERE quota.id IS NULL) AS facilities,
            count(*) FILTER (WHERE coalesce(quota.ordered, 0) = 0) AS having_ordered
        FROM drawn
        JOIN facilities_facility facility ON facility.id = drawn.facility_id
        LEFT JOIN quotas_quota quota ON quota.facility_id = drawn.facility_id
            AND quota.week = %(week)s AND quota.family_id = drawn.family_id
            AND (quota.need > 0 OR quota.cap > 0)
        GROUP BY facility.department_id, drawn.family_id
    )
    SELECT department.code, department.name, region.code, region.name, family.code,
        coalesce(granted.quota, 0)::bigint, coalesce(granted.ordered, 0)::bigint,
        coalesce(granted.units_left, 0)::bigint, coalesce(beside.from_pot, 0)::bigint,
        coalesce(granted.facilities, 0) + coalesce(beside.facilities, 0),
        coalesce(granted.having_ordered, 0) + coalesce(beside.having_ordered, 0)
    FROM granted
    FULL JOIN beside USING (department_id, family_id)
    JOIN facilities_department department ON department.code = department_id
    JOIN facilities_region region ON region.code = department.region_id
    JOIN catalogue_family family ON family.code = family_id
    ORDER BY department.code, family.position, family.code
"""
_ORDERS: Final = """
    SELECT count(*), count(DISTINCT facility_id) FROM orders_order
    WHERE week = %(week)s AND status <> 'cancelled'
"""
_ENVELOPES: Final = """
    SELECT family.code, family.name, coalesce(share.box_units, family.box_units),
        coalesce(share.need, 0)::bigint, coalesce(share.envelope, 0)::bigint,
        coalesce(share.shared, 0)::bigint, coalesce(share.pots, 0)::bigint,
        coalesce(pot.ordered, 0)::bigint
    FROM catalogue_family family
    LEFT JOIN (
        SELECT share.family_id, max(share.box_units) AS box_units, sum(share.need) AS need,
            sum(share.envelope) AS envelope, sum(share.shared) AS shared, sum(share.pots) AS pots
        FROM quotas_share share JOIN quotas_quotarun run ON run.id = share.run_id
        WHERE run.week = %(week)s AND run.state = 'published'
        GROUP BY share.family_id
    ) share ON share.family_id = family.code
    LEFT JOIN (
        SELECT family_id, sum(ordered) AS ordered FROM quotas_pot
        WHERE week = %(week)s GROUP BY family_id
    ) pot ON pot.family_id = family.code
    ORDER BY family.position, family.code
"""


def _order(choice: Choice) -> str:
    """Order rows as chosen, ties by department, facility and family."""
    way = "DESC" if choice.descending else "ASC"
    return f"{_SORT[choice.sort].format(way=way)}, {_TIES}"


def _chosen(choice: Choice) -> str:
    """Keep the rows of a choice, whatever the page."""
    return f"""
        chosen AS (
            SELECT * FROM report
            WHERE chosen AND (%(family)s = '' OR family = %(family)s)
                AND {_STANDING[choice.standing]}
        )
    """  # noqa: S608 - constants


def _page_statement(scope: Scope, choice: Choice) -> str:
    """One statement: the page as JSON, how many rows match and there are, the sums as JSON."""
    order = _order(choice)
    return f"""
        WITH {_ROWS.format(within=_WITHIN[scope.kind], chosen=_CHOSEN_FACILITY)},
        {_chosen(choice)},
        shown AS (
            SELECT * FROM chosen report ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s
        ),
        page AS ({_FULL_ROWS.format(report="shown", order=order)}),
        sums AS ({_SUMS})
        SELECT (SELECT jsonb_agg(jsonb_build_array({_COLUMNS}) ORDER BY place) FROM page),
            (SELECT count(*) FROM chosen),
            (SELECT count(*) FROM report),
            (SELECT jsonb_agg(jsonb_build_array({_SUM_COLUMNS}) ORDER BY rank) FROM sums)
    """  # noqa: S608 - constants


def _values(scope: Scope, week: Week, choice: Choice) -> dict[str, Any]:
    search = _storable(choice.search.strip())
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {
        "scope": scope.code,
        "week": str(week),
        "family": _storable(choice.family),
        "department": _storable(choice.department),
        "search": search,
        "like": f"%{escaped}%",
        "limit": choice.per_page,
        "offset": choice.offset,
    }


def _storable(text: str) -> str:
    """Return text without the one character that PostgreSQL cannot hold, and would refuse loudly."""
    return text.replace("\x00", "")


def _list(document: Any) -> list[list[Any]]:
    """Read a JSON list; SQL says nothing at all for an empty one."""
    return list(json.loads(document)) if document else []


def _dated(columns: Sequence[Any]) -> Sequence[Any]:
    """Put back the moment that JSON carried as text, in the last column."""
    moment = columns[-1]
    return [*columns[:-1], datetime.fromisoformat(moment) if moment else None]


def _row(columns: Sequence[Any]) -> Row:
    return Row(**dict(zip(_ROW_FIELDS, columns, strict=True)))


def _area(columns: Sequence[Any]) -> AreaFigures:
    department, department_name, region, region_name, family, *figures = columns
    return AreaFigures(
        department=department,
        department_name=department_name,
        region=region,
        region_name=region_name,
        family=family,
        figures=Figures(**dict(zip(_FIGURE_FIELDS, figures, strict=True))),
    )


def _family(
    columns: Sequence[Any], *, areas: Sequence[AreaFigures], refused: Mapping[str, Refused]
) -> FamilyWeek:
    code, name, box_units, need, envelope, shared, pots, pots_ordered = columns
    figures = Figures()
    for area in areas:
        if area.family == code:
            figures = figures.plus(area.figures)
    return FamilyWeek(
        family=code,
        family_name=name,
        box_units=box_units,
        need=need,
        envelope=envelope,
        shared=shared,
        pots=pots,
        pots_ordered=pots_ordered,
        figures=figures,
        refused=refused.get(code, Refused(family=code)),
    )


def _refused(cursor: Any, *, scope: Scope, values: Mapping[str, Any]) -> list[Refused]:
    cursor.execute(_REFUSED.format(within=_WITHIN[scope.kind]), values)
    return [
        Refused(
            family=family, times=times, facilities=facilities, units_asked=asked, units_left=left
        )
        for family, times, facilities, asked, left in cursor.fetchall()
    ]
