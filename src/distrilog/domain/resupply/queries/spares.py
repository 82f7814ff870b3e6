"""What a facility could lend and keep its safety stock: from its last declaration, less what it has promised since."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from distrilog.domain.declarations.rules import WEEKS_FRESH, safety_stock, surplus
from distrilog.kernel.weeks import Week


@dataclass(frozen=True, slots=True, kw_only=True)
class Spare:
    """
    What a facility declared of a family, and what it could lend of it still, in whole boxes. Units.

    `committed` is what it offered, granted or handed over since it declared. `floor` is its safety stock.
    """

    units: int
    stock: int
    floor: int
    committed: int
    week: str
    declared_at: datetime


# The last statement of each facility and family that still speaks; what it said yes to is not in it, what it
# handed over before it declared is.
_SPARES: Final = """
    WITH said AS (
        SELECT DISTINCT ON (statement.facility_id, statement.family_id)
               statement.facility_id, statement.family_id, statement.stock, statement.need,
               coalesce(statement.consumption, 0) AS consumption, statement.week,
               submission.declared_at, family.box_units
          FROM declarations_statement statement
          JOIN declarations_submission submission
            ON submission.declaration_id = statement.declaration_id
           AND submission.version = statement.version
          JOIN catalogue_family family ON family.code = statement.family_id
         WHERE statement.current AND statement.facility_id = ANY(%(facilities)s)
           AND statement.week BETWEEN %(since)s AND %(until)s
         ORDER BY statement.facility_id, statement.family_id, statement.week DESC
    ), lent AS (
        SELECT part.lender_id, line.family_id, part.state, part.units, loan.handed, loan.handed_at
          FROM resupply_part part
          JOIN resupply_requestline line ON line.id = part.line_id
          LEFT JOIN resupply_loan loan ON loan.part_id = part.id
         WHERE part.lender_id = ANY(%(facilities)s) AND part.id <> ALL(%(without)s)
    )
    SELECT said.facility_id, said.family_id, said.stock, said.need, said.consumption, said.box_units,
           said.week, said.declared_at,
           coalesce((
               SELECT sum(CASE WHEN lent.handed_at IS NULL THEN lent.units ELSE lent.handed END)
                 FROM lent
                WHERE (lent.lender_id, lent.family_id) = (said.facility_id, said.family_id)
                  AND CASE WHEN lent.handed_at IS NULL THEN lent.state = ANY(%(promised)s)
                           ELSE lent.handed_at >= said.declared_at END
           ), 0)::bigint
      FROM said
"""


def spares(
    *,
    facilities: Collection[int],
    at: datetime,
    without: Collection[int] = (),
    with_proposed: bool = False,
) -> dict[tuple[int, str], Spare]:
    """
    Return what facilities could lend by (facility id, family); absent where nothing fresh was declared. One query.

    `without` are parts that do not count; `with_proposed` counts what neighbours were asked and have not answered.
    A facility to which the doctrine gives no need keeps three weeks of what it uses.
    """
    now = Week.at(at)
    promised = ["offered", "chosen", "proposed"] if with_proposed else ["offered", "chosen"]
    with connection.cursor() as cursor:
        cursor.execute(
            _SPARES,
            {
                "facilities": list(facilities),
                "since": str(now.plus(-WEEKS_FRESH)),
                "until": str(now),
                "without": list(without),
                "promised": promised,
            },
        )
        rows = cursor.fetchall()
    found = {}
    for facility, family, stock, need, consumption, box, week, declared_at, committed in rows:
        kept = need or consumption
        left = surplus(stock=stock - committed, need=kept, box_units=box)
        found[facility, family] = Spare(
            units=left,
            stock=stock,
            floor=safety_stock(need=kept, box_units=box),
            committed=committed,
            week=week,
            declared_at=declared_at,
        )
    return found
