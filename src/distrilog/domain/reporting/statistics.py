"""
Open statistics: each region's week by family, for anyone; small figures withheld.

Quotas are public already, facility by facility, in the sealed exports. What a facility ordered is not: a
figure that fewer than `FEWEST` facilities make is withheld, and where it is the only one of a family and week,
the next smallest with it, so that no difference gives it away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db import connection

from distrilog.domain.quotas.models import QuotaRun


FEWEST: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """
    One region, family and week. Units, and counts of facilities.

    `ordered` and `having_ordered` are None where withheld.
    """

    week: str
    region: str
    region_name: str
    family: str
    family_name: str
    box_units: int
    facilities: int
    need: int
    quota: int
    ordered: int | None
    having_ordered: int | None

    @property
    def withheld(self) -> bool:
        """Tell whether its orders are withheld."""
        return self.having_ordered is None


_CELLS: Final = """
    SELECT quota.week, department.region_id, region.name, quota.family_id, family.name,
        family.box_units, count(*), sum(quota.need)::bigint, sum(quota.cap)::bigint,
        sum(quota.ordered)::bigint, count(*) FILTER (WHERE quota.ordered > 0)
    FROM quotas_quota quota
    JOIN facilities_facility facility ON facility.id = quota.facility_id
    JOIN facilities_department department ON department.code = facility.department_id
    JOIN facilities_region region ON region.code = department.region_id
    JOIN catalogue_family family ON family.code = quota.family_id
    WHERE quota.week = ANY (%(weeks)s) AND (quota.need > 0 OR quota.cap > 0)
    GROUP BY quota.week, department.region_id, region.name, quota.family_id, family.name,
        family.box_units, family.position
    ORDER BY quota.week DESC, department.region_id, family.position, quota.family_id
"""


def published_weeks(*, limit: int) -> list[str]:
    """Return the latest weeks with a published run, the latest first. One query."""
    rows = QuotaRun.objects.filter(state=QuotaRun.State.PUBLISHED).order_by("-week")
    return list(rows.values_list("week", flat=True)[:limit])


def open_cells(*, weeks: Sequence[str]) -> list[Cell]:
    """Return the cells of some weeks as anyone may see them, the latest week first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_CELLS, {"weeks": list(weeks)})
        names = tuple(Cell.__dataclass_fields__)
        cells = [Cell(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
    return withhold(cells)


def withhold(cells: Iterable[Cell]) -> list[Cell]:
    """Return the same cells, the orders of few facilities withheld; a second one where one alone would be."""
    cells = list(cells)
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.week, cell.family), []).append(cell)
    hidden = {
        (cell.week, cell.family, cell.region) for group in groups.values() for cell in _small(group)
    }
    return [
        replace(cell, ordered=None, having_ordered=None)
        if (cell.week, cell.family, cell.region) in hidden
        else cell
        for cell in cells
    ]


def _small(group: Sequence[Cell]) -> list[Cell]:
    """Return those of one family and week whose orders must be withheld."""
    small = [cell for cell in group if 0 < (cell.having_ordered or 0) < FEWEST]
    if len(small) != 1:
        return small
    others = [cell for cell in group if cell is not small[0] and cell.having_ordered]
    following = sorted(others, key=lambda cell: (cell.having_ordered or 0, cell.region))
    return small + following[:1]
