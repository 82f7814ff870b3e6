"""The proof of the roll-ups: each week added up again from its rows, and compared cell by cell."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from distrilog.domain.declarations.models import RollUpState
from distrilog.domain.declarations.queries import cells
from distrilog.kernel.weeks import Week


# A wrong week is wrong in every cell: the first ones tell.
MOST_A_WEEK: Final = 100
# Of the weeks before this one, these columns stay as they were: needs, openings and enrolments are today's.
_OF_TODAY: Final = frozenset({"facilities", "asked"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A figure of a roll-up that its rows do not give."""

    week: str
    family: str
    department: str
    territory: str
    figure: str
    rolled_up: int
    counted: int

    def __str__(self) -> str:
        place = f"{self.department}:{self.territory}"
        return (
            f"{self.week} {self.family} {place} : {self.figure} vaut {self.rolled_up} dans les cumuls, "
            f"{self.counted} d’après les déclarations"
        )


def discrepancies(*, at: datetime) -> list[Discrepancy]:
    """
    Return every figure of the roll-ups that adding up again does not give; empty when they are right.

    Weeks that are known to wait for a rebuild are passed over. One statement a week.
    """
    now = Week.at(at)
    built = RollUpState.objects.filter(
        built_at__isnull=False, stale_since__isnull=True, taken_at__isnull=True
    )
    weeks = [Week.parse(name) for name in built.order_by("week").values_list("week", flat=True)]
    return [
        found
        for week in weeks
        for found in _of_week(
            week, figures=[name for name in cells.SUMS if week >= now or name not in _OF_TODAY]
        )
    ]


def _of_week(week: Week, *, figures: list[str]) -> Iterator[Discrepancy]:
    statement = f"""
        WITH {cells.of_country()}, made AS ({cells.CELLS}),
        kept AS (SELECT * FROM declarations_rollup WHERE week = %(week)s)
        SELECT coalesce(kept.family_id, made.family_id),
            coalesce(kept.department_id, made.department_id),
            coalesce(kept.territory_id, made.territory_id, ''),
            {_columns("kept", figures)}, {_columns("made", figures)}
        FROM kept FULL JOIN made ON made.family_id = kept.family_id
            AND made.department_id = kept.department_id
            AND coalesce(made.territory_id, '') = coalesce(kept.territory_id, '')
        WHERE ({_columns("kept", figures)}) IS DISTINCT FROM ({_columns("made", figures)})
        ORDER BY 1, 2, 3 LIMIT {MOST_A_WEEK}
    """  # noqa: S608 - constants
    with connection.cursor() as cursor:
        cursor.execute(statement, cells.values_of(week))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    for family, department, territory, *both in rows:
        kept, made = both[: len(figures)], both[len(figures) :]
        for figure, rolled_up, counted in zip(figures, kept, made, strict=True):
            if rolled_up != counted:
                yield Discrepancy(
                    week=str(week),
                    family=family,
                    department=department,
                    territory=territory,
                    figure=figure,
                    rolled_up=rolled_up,
                    counted=counted,
                )


def _columns(table: str, figures: list[str]) -> str:
    return ", ".join(f"coalesce({table}.{name}, 0)" for name in figures)
