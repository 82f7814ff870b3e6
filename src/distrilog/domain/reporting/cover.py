"""
What is on its way to the facilities of an area, set-wise: orders placed and not received yet.

Declarations know nothing of orders: the two are put together here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from django.db import connection

from distrilog.domain.declarations.queries import areas, cells, cover
from distrilog.domain.declarations.rules.picture import (
    Choice,
    FacilityCover,
    FacilityPage,
    Width,
)
from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import Week


# Older orders were received, assumed so, or given up long ago; the bound keeps the question small as years pass.
WEEKS_BACK: Final = 8
_BATCH: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Units of one family: `waiting` to leave, and `moving`, despatched and not received yet."""

    waiting: int = 0
    moving: int = 0

    @property
    def units(self) -> int:
        """Both."""
        return self.waiting + self.moving


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaWay:
    """What is on its way to an area and to each of its parts (by the part's own code), by family; absent: nothing."""

    total: Mapping[str, Way]
    parts: Mapping[str, Mapping[str, Way]]


# An order that its executor does not have yet is wholly to come. What was despatched is received, in dispute,
# lost, or on its way; what is delivered and not received yet is still on its way for the books.
_OPEN: Final = """
    SELECT placed.facility_id, line.family_id, line.units - line.withdrawn AS waiting, 0 AS moving
    FROM orders_order placed JOIN orders_line line ON line.order_id = placed.id
    WHERE placed.status <> 'cancelled' AND {placed}
        AND NOT EXISTS (
            SELECT FROM shipping_fulfilment fulfilment WHERE fulfilment.order_id = placed.id
        )
    UNION ALL
    SELECT placed.facility_id, line.family_id, line.asked - line.withdrawn - line.despatched,
        line.despatched - line.failed - line.received - line.disputed
    FROM orders_order placed
    JOIN shipping_fulfilment fulfilment ON fulfilment.order_id = placed.id
        AND fulfilment.state NOT IN ('received', 'given_up')
    JOIN shipping_fulfilmentline line ON line.fulfilment_id = placed.id
    WHERE placed.status <> 'cancelled' AND {placed}
"""
_OF_WEEKS: Final = "placed.week BETWEEN %(oldest)s AND %(week)s"
_OF_AREA: Final = """
    WITH {served}
    SELECT {part}, family_id, sum(waiting)::bigint, sum(moving)::bigint
    FROM ({open}) coming JOIN served ON served.id = coming.facility_id
    WHERE %(family)s = '' OR family_id = %(family)s
    GROUP BY GROUPING SETS ((family_id), (family_id, {part}))
    HAVING sum(waiting) + sum(moving) > 0
"""
_OF_FACILITIES: Final = """
    SELECT facility_id, family_id, sum(waiting + moving)::bigint FROM ({open}) coming
    GROUP BY facility_id, family_id
"""
# By the code that a part's area has.
_PARTS: Final[Mapping[Width, str]] = {
    Width.COUNTRY: "region_id",
    Width.REGION: "department_id",
    Width.DEPARTMENT: "department_id || ':' || coalesce(territory_id, '')",
    Width.TERRITORY: "department_id || ':' || territory_id",
    Width.PART: "department_id || ':' || coalesce(territory_id, '')",
}


def on_the_way(
    *, scope: Scope, width: Width, code: str = "", week: Week, family: str = ""
) -> AreaWay:
    """
    Return what is on its way now to an area and its parts, of the orders up to a week. NotFound outside the scope.

    The same facilities as in the picture of that week: what adds up there adds up here.
    """
    path = areas.path_to(scope=scope, width=width, code=code)
    inside = areas.inside(path, scope=scope, columns=cells.FACILITY_COLUMNS)
    statement = _OF_AREA.format(
        served=cells.SERVED.format(within=inside, names=""),
        open=_OPEN.format(placed=_OF_WEEKS),
        part=_PARTS[width],
    )
    values = {
        **cells.values_of(week),
        **areas.values_of(path, scope=scope),
        **_weeks(week),
        "family": cells.storable(family),
    }
    parts: dict[str | None, dict[str, Way]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for part, of_family, waiting, moving in cursor.fetchall():
            parts[part][of_family] = Way(waiting=waiting, moving=moving)
    return AreaWay(
        total=parts[None],
        parts={part: found for part, found in parts.items() if part is not None},
    )


def facilities(
    *, scope: Scope, width: Width, code: str = "", week: Week, choice: Choice | None = None
) -> FacilityPage:
    """Return a page of facilities as `declarations.queries.cover.facilities`, with what is on its way to each."""
    page = cover.facilities(scope=scope, width=width, code=code, week=week, choice=choice)
    return replace(page, rows=tuple(_with_way(page.rows, week=week)))


def every_facility(
    *, scope: Scope, width: Width, code: str = "", week: Week, choice: Choice | None = None
) -> Iterator[FacilityCover]:
    """Yield every row of a choice, with what is on its way to each: what a file holds."""
    rows = cover.every_facility(scope=scope, width=width, code=code, week=week, choice=choice)
    while batch := list(islice(rows, _BATCH)):
        yield from _with_way(batch, week=week)


def _with_way(rows: Sequence[FacilityCover], *, week: Week) -> Iterable[FacilityCover]:
    statement = _OF_FACILITIES.format(
        open=_OPEN.format(placed=f"placed.facility_id = ANY (%(facilities)s) AND {_OF_WEEKS}")
    )
    values: dict[str, Any] = {**_weeks(week), "facilities": [row.facility_id for row in rows]}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        units = {(facility, family): count for facility, family, count in cursor.fetchall()}
    return [replace(row, on_the_way=units.get((row.facility_id, row.family), 0)) for row in rows]


def _weeks(week: Week) -> dict[str, str]:
    return {"oldest": str(week.plus(-WEEKS_BACK)), "week": str(week)}
