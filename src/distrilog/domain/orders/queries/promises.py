"""The proof that the ledger promises what quotas and orders hold: no more, no less."""

from django.db import connection

from distrilog.domain.stock.queries import Discrepancy


# Reserved at a place for the quotas of runs
#   = what may still be ordered there + what is ordered there - what left for it.
_PROMISED = """
WITH held AS (
    SELECT source_id, family_id, cap - ordered AS units FROM quotas_quota WHERE NOT closed
    UNION ALL
    SELECT source_id, family_id, cap - ordered FROM quotas_pot WHERE NOT closed
    UNION ALL
    SELECT placed.source, line.family_id, line.units - line.withdrawn
      FROM orders_order placed JOIN orders_line line ON line.order_id = placed.id
     WHERE placed.status <> 'cancelled'
    UNION ALL
    -- What had left another place, before the rest was sent here, was never promised here.
    SELECT side.place, before.family_id, side.sign * before.units
      FROM orders_shippedbefore before JOIN orders_order placed ON placed.id = before.order_id,
           LATERAL (VALUES (before.place_id, 1), (placed.source, -1)) side (place, sign)
     WHERE before.place_id <> placed.source
    UNION ALL
    SELECT position.place_id, position.family_id, -entry.units
      FROM stock_entry entry
      JOIN stock_reservation reservation ON reservation.id = entry.posts_id
      JOIN stock_position position ON position.id = reservation.position_id
     WHERE reservation.key LIKE 'quota-run:%%'
), promised AS (
    SELECT source_id, family_id, sum(units)::bigint AS units FROM held GROUP BY 1, 2
), pending AS (
    SELECT position.place_id AS source_id, position.family_id,
           sum(reservation.pending)::bigint AS units
      FROM stock_reservation reservation JOIN stock_position position
           ON position.id = reservation.position_id
     WHERE reservation.key LIKE 'quota-run:%%' GROUP BY 1, 2
)
SELECT concat_ws(' ', 'réservé pour les contingents', source_id, family_id),
       coalesce(pending.units, 0), coalesce(promised.units, 0)
  FROM pending FULL JOIN promised USING (source_id, family_id)
 WHERE coalesce(pending.units, 0) <> coalesce(promised.units, 0)
 ORDER BY 1
"""


def broken_promises() -> list[Discrepancy]:
    """
    Return every place and family where what is reserved is not quotas left plus orders not shipped.

    `in_books` is what the ledger holds, `by_entries` what quotas, pots and orders say. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PROMISED, [])
        rows = cursor.fetchall()
    return [
        Discrepancy(what=what, in_books=in_books, by_entries=promised)
        for what, in_books, promised in rows
    ]
