"""What facilities had said of their stock at a moment: what a quota run may read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from distrilog.domain.declarations.rules import WEEKS_FRESH
from distrilog.domain.facilities.rules import Features
from distrilog.kernel.seals import canonical_table
from distrilog.kernel.weeks import Week


SILENT: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reported:
    """
    What was said of the weeks `since` to `until` before a moment: the latest word of each facility and family.

    `stock[family]` is in units, row for row of the features, `SILENT` where nothing was said; a family of which
    nobody said anything is absent. `digest` is the SHA-256 of the statements read, written as a sealed table of
    `family,registry,stock,week`; `statements` counts them.
    """

    since: str
    until: str
    stock: Mapping[str, NDArray[np.int64]]
    digest: str
    statements: int


# The rows are final: what had been said by a moment can be read again at any later one. Codes and weeks are ASCII:
# sorted as bytes, they are sorted several times faster.
_SAID = """
    SELECT family, array_agg(facility_id), array_agg(stock), array_agg(week) FROM (
        SELECT DISTINCT ON (family, statement.facility_id)
               statement.family_id COLLATE "C" AS family, statement.facility_id, statement.stock,
               statement.week
        FROM declarations_statement statement
        JOIN declarations_submission submission
          ON submission.declaration_id = statement.declaration_id
         AND submission.version = statement.version
        WHERE statement.week = ANY (%(weeks)s) AND submission.declared_at <= %(at)s
        ORDER BY family, statement.facility_id, statement.week COLLATE "C" DESC,
                 statement.version DESC
    ) latest GROUP BY family ORDER BY family
"""


def reported_stock(*, features: Features, week: Week, at: datetime) -> Reported:
    """
    Return the stocks reported by a moment, for a week and at most `WEEKS_FRESH` weeks before it. One query.

    A later statement of the same week corrects an earlier one; what was said after `at` is not read.
    """
    weeks = _weeks_read(week)
    ranks = np.argsort(features.ids)
    ids = features.ids[ranks]
    stock: dict[str, NDArray[np.int64]] = {}
    columns: list[list[object]] = [[], [], [], []]
    with connection.cursor() as cursor:
        cursor.execute(_SAID, {"weeks": weeks, "at": at})
        for family, holders, units, said_in in cursor.fetchall():
            holder_ids = np.array(holders, dtype=np.int64)
            known = np.flatnonzero(np.isin(holder_ids, ids))
            rows = ranks[np.searchsorted(ids, holder_ids[known])]
            of_family = np.full(len(ids), SILENT, dtype=np.int64)
            of_family[rows] = np.array(units, dtype=np.int64)[known]
            stock[family] = of_family
            registries = [key.decode() for key in features.registries[rows].tolist()]
            said = (
                [family] * len(rows),
                registries,
                of_family[rows].tolist(),
                np.array(said_in)[known].tolist(),
            )
            for column, values in zip(columns, said, strict=True):
                column.extend(values)
    table = canonical_table(header=["family", "registry", "stock", "week"], columns=columns)
    return Reported(
        since=weeks[0],
        until=weeks[-1],
        stock=stock,
        digest=sha256(table).hexdigest(),
        statements=len(columns[0]),
    )


def said_by(*, facility_id: int, week: Week, at: datetime) -> dict[str, str]:
    """Return, by family, the week of the statement that `reported_stock` reads for one facility. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT statement.family_id, max(statement.week)
            FROM declarations_statement statement
            JOIN declarations_submission submission
              ON submission.declaration_id = statement.declaration_id
             AND submission.version = statement.version
            WHERE statement.week = ANY (%s) AND submission.declared_at <= %s
              AND statement.facility_id = %s
            GROUP BY statement.family_id
            """,
            [_weeks_read(week), at, facility_id],
        )
        return dict(cursor.fetchall())


def _weeks_read(week: Week) -> list[str]:
    """Return the weeks whose statements still speak in a week, the oldest first."""
    return [str(week.plus(-back)) for back in range(WEEKS_FRESH, -1, -1)]
