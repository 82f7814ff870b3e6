"""After the cut-off, orders go to their executor: one statement, however many."""

from datetime import datetime

import pghistory
from django.db import connection, transaction

from distrilog.kernel.weeks import Week


_RELEASE = """
    UPDATE orders_order SET status = 'released', version = version + 1
     WHERE status = 'placed' AND (%(early)s OR cut_off_at <= %(at)s)
       AND (%(week)s = '' OR week = %(week)s) AND (%(reference)s = '' OR reference = %(reference)s)
"""


def release(
    *,
    at: datetime,
    by: str,
    week: Week | None = None,
    reference: str = "",
    before_cut_off: bool = False,
) -> int:
    """
    Release the orders whose cut-off has passed, to be handed over to their executors; return how many.

    Of one week, one order, or all. `before_cut_off` is for whoever closes early (`manage release_orders`):
    nobody can change those orders any more. Safe to call again: an order is released once.
    """
    with (
        transaction.atomic(),
        pghistory.context(by=by, why="clôture des commandes"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            _RELEASE,
            {
                "at": at,
                "week": str(week) if week else "",
                "reference": reference,
                "early": before_cut_off,
            },
        )
        return int(cursor.rowcount)
