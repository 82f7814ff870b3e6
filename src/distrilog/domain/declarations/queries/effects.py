"""What a threshold would change before it is set: who would be judged otherwise than now. Four statements at most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection

from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.queries.cover import thresholds
from distrilog.domain.declarations.rules import Level, Threshold, threshold_for
from distrilog.domain.facilities.models import Category, Region
from distrilog.kernel.weeks import Week


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Lines (a facility and family) that pass from one level to another."""

    before: Level
    after: Level
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """
    Among what was declared in a week: lines judged by the threshold, and those that change level.

    `facilities` counts those with one such line at least.
    """

    lines: int
    facilities: int
    changes: Sequence[Change]

    @property
    def changed(self) -> int:
        """How many lines change level."""
        return sum(change.lines for change in self.changes)


# A group, a region and a family whose judgement changes, and the days before and after.
_Bounds = tuple[str, str, str, int, int, int, int]
# As `rules.level`, which a test compares it with.
_JUDGED: Final = """
    CASE
        WHEN statement.stock = 0 THEN 'empty'
        WHEN statement.stock * 7 < {alert} * statement.need THEN 'alert'
        WHEN statement.stock * 7 < {watch} * statement.need THEN 'watch'
        ELSE 'covered'
    END
"""
_CHANGES: Final = f"""
    WITH bounds AS (
        SELECT * FROM unnest(
            %(groups)s::text[], %(regions)s::text[], %(families)s::text[], %(old_watch)s::int[],
            %(old_alert)s::int[], %(new_watch)s::int[], %(new_alert)s::int[]
        ) AS one("group", region_id, family_id, old_watch, old_alert, new_watch, new_alert)
    ),
    judged AS (
        SELECT statement.facility_id,
            {_JUDGED.format(alert="bounds.old_alert", watch="bounds.old_watch")} AS before,
            {_JUDGED.format(alert="bounds.new_alert", watch="bounds.new_watch")} AS after
        FROM declarations_statement statement
        JOIN facilities_facility facility ON facility.id = statement.facility_id
        JOIN facilities_category category ON category.code = facility.category_id
        JOIN facilities_department department ON department.code = facility.department_id
        JOIN bounds ON bounds."group" = category."group"
            AND bounds.region_id = department.region_id AND bounds.family_id = statement.family_id
        WHERE statement.week = %(week)s AND statement.current AND statement.need > 0
            AND statement.family_id = ANY (%(families)s)
    )
    SELECT before, after, count(*), count(DISTINCT facility_id) FILTER (WHERE before <> after)
    FROM judged GROUP BY GROUPING SETS ((before, after), ())
"""  # noqa: S608 - constants


def effect_of(*, threshold: Threshold, week: Week) -> Effect:
    """Return what a threshold would change among what was declared in a week, on the day it begins."""
    bounds = _bounds(threshold)
    if not bounds:
        return Effect(lines=0, facilities=0, changes=())
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, _values(bounds, week=week))
        rows = cursor.fetchall()
    ((lines, facilities),) = [(count, some) for before, _, count, some in rows if before is None]
    return Effect(
        lines=lines,
        facilities=facilities,
        changes=tuple(
            Change(before=Level(before), after=Level(after), lines=count)
            for before, after, count, _ in sorted(row for row in rows if row[0] is not None)
            if before != after
        ),
    )


def _bounds(threshold: Threshold) -> list[_Bounds]:
    """Return whom the threshold would judge: those for whom no other says more."""
    on = threshold.starts_on
    known = thresholds(on=on)
    others = [one for one in known if _columns(one) != _columns(threshold)]
    regions, families = _codes(Region, threshold.region), _codes(Family, threshold.family)
    found: list[_Bounds] = []
    for group in [threshold.group] if threshold.group else Category.Group.values:
        for region in regions:
            for family in families:
                whom: dict[str, Any] = {"group": group, "region": region, "family": family}
                old = threshold_for(known, **whom, on=on)
                new = threshold_for([*others, threshold], **whom, on=on)
                if new is threshold:
                    days = (old.watch_days, old.alert_days, new.watch_days, new.alert_days)
                    found.append((group, region, family, *days))
    return found


def _columns(threshold: Threshold) -> tuple[str, str, str, date]:
    """Return what makes a threshold the same row as another."""
    return (threshold.group, threshold.region, threshold.family, threshold.starts_on)


def _codes(model: type[Region] | type[Family], chosen: str) -> list[str]:
    return [chosen] if chosen else list(model.objects.values_list("pk", flat=True))


_NAMES: Final = (
    "groups", "regions", "families", "old_watch", "old_alert", "new_watch", "new_alert",
)  # fmt: skip


def _values(bounds: Sequence[_Bounds], *, week: Week) -> dict[str, Any]:
    columns = zip(*bounds, strict=True)
    return {name: list(column) for name, column in zip(_NAMES, columns, strict=True)} | {
        "week": str(week)
    }
