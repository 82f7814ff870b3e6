"""After the cut-off, orders go to their executor: one statement, however many."""

from datetime import datetime

import pghistory
from django.db import connection, transaction

from distrilog.kernel.weeks import Week


_RELEASE = """
    WITH released AS (
        UPDATE orders_order SET status = 'released', version = version + 1
         WHERE status = 'placed' AND cut_off_at <= %(at)s AND (%(week)s = '' OR week = %(week)s)
        RETURNING reference, route, version
    )
    INSERT INTO kernel_outboxmessage (key, topic, payload, created_at, attempts, last_error)
    SELECT 'order.released:' || reference, 'order.released',
           jsonb_build_object('reference', reference, 'route', route, 'version', version),
           %(at)s, 0, ''
      FROM released
"""


def release(*, at: datetime, by: str, week: Week | None = None) -> int:
    """
    Hand over the orders whose cut-off has passed, and tell their executors; return how many.

    Of one week, or of all. Safe to call again: an order is handed over once.
    """
    with (
        transaction.atomic(),
        pghistory.context(by=by, why="clôture des commandes"),
        connection.cursor() as cursor,
    ):
        cursor.execute(_RELEASE, {"at": at, "week": str(week) if week else ""})
        return int(cursor.rowcount)
