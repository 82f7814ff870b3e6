"""The proof that the ledger promises what quotas and orders hold, and ships what parcels say: no more, no less."""

from django.db import connection

from distrilog.domain.stock.queries import Discrepancy


# Reserved at a place for the quotas of runs
#   = what may still be ordered there + what is ordered and not handed over + what is still to come of the rest;
# reserved there for resupplies = what their orders, which draw on no quota, still have to come.
_PROMISED = """
WITH held AS (
    SELECT 'quota' AS purpose, source_id, family_id, cap - ordered AS units
      FROM quotas_quota WHERE NOT closed
    UNION ALL
    SELECT 'quota', source_id, family_id, cap - ordered FROM quotas_pot WHERE NOT closed
    UNION ALL
    SELECT CASE placed.charge WHEN 'resupply' THEN 'resupply' ELSE 'quota' END,
           placed.source, line.family_id, line.units - line.withdrawn
      FROM orders_order placed JOIN orders_line line ON line.order_id = placed.id
     WHERE placed.status <> 'cancelled'
       AND NOT EXISTS (SELECT FROM shipping_fulfilment handed WHERE handed.order_id = placed.id)
    UNION ALL
    SELECT CASE placed.charge WHEN 'resupply' THEN 'resupply' ELSE 'quota' END,
           handed.place_id, line.family_id, line.asked - line.withdrawn - line.despatched
      FROM shipping_fulfilment handed
      JOIN orders_order placed ON placed.id = handed.order_id
      JOIN shipping_fulfilmentline line ON line.fulfilment_id = handed.order_id
), promised AS (
    SELECT purpose, source_id, family_id, sum(units)::bigint AS units FROM held GROUP BY 1, 2, 3
), ours AS (
    SELECT reservation.id, reservation.pending, position.place_id, position.family_id,
           CASE WHEN reservation.key LIKE 'resupply:%%' THEN 'resupply' ELSE 'quota' END AS purpose
      FROM stock_reservation reservation JOIN stock_position position
           ON position.id = reservation.position_id
     WHERE reservation.key LIKE 'quota-run:%%' OR reservation.key LIKE 'resupply:%%'
), pending AS (
    SELECT purpose, place_id AS source_id, family_id, sum(pending)::bigint AS units
      FROM ours GROUP BY 1, 2, 3
), packed AS (
    SELECT CASE placed.charge WHEN 'resupply' THEN 'resupply' ELSE 'quota' END AS purpose,
           despatch.place_id, line.family_id, sum(content.units)::bigint AS units
      FROM shipping_content content
      JOIN shipping_fulfilmentline line ON line.id = content.line_id
      JOIN orders_order placed ON placed.id = line.fulfilment_id
      JOIN shipping_parcel parcel ON parcel.id = content.parcel_id
      JOIN shipping_despatch despatch ON despatch.id = parcel.despatch_id
     GROUP BY 1, 2, 3
), posted AS (
    SELECT ours.purpose, ours.place_id, ours.family_id, sum(entry.units)::bigint AS units
      FROM stock_entry entry JOIN ours ON ours.id = entry.posts_id
     GROUP BY 1, 2, 3
)
SELECT concat_ws(' ', CASE purpose WHEN 'quota' THEN 'réservé pour les contingents'
                      ELSE 'réservé pour les dépannages' END, source_id, family_id),
       coalesce(pending.units, 0), coalesce(promised.units, 0)
  FROM pending FULL JOIN promised USING (purpose, source_id, family_id)
 WHERE coalesce(pending.units, 0) <> coalesce(promised.units, 0)
UNION ALL
SELECT concat_ws(' ', CASE purpose WHEN 'quota' THEN 'expédié' ELSE 'expédié en dépannage' END,
                 place_id, family_id),
       coalesce(posted.units, 0), coalesce(packed.units, 0)
  FROM posted FULL JOIN packed USING (purpose, place_id, family_id)
 WHERE coalesce(posted.units, 0) <> coalesce(packed.units, 0)
UNION ALL
SELECT concat_ws(' ', 'commande', placed.reference, line.family_id),
       line.units - line.withdrawn, handed.asked - handed.withdrawn
  FROM shipping_fulfilmentline handed
  JOIN orders_order placed ON placed.id = handed.fulfilment_id
  JOIN orders_line line ON line.order_id = placed.id AND line.family_id = handed.family_id
 WHERE line.units - line.withdrawn <> handed.asked - handed.withdrawn
 ORDER BY 1
"""


def broken_promises() -> list[Discrepancy]:
    """
    Return every place and family where what is reserved is not quotas left plus orders not shipped; resupplies apart.

    And where what left the books is not what is in the parcels; and each order that its executor understands
    otherwise. `in_books` is what the ledger (or the order) holds. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PROMISED, [])
        rows = cursor.fetchall()
    return [
        Discrepancy(what=what, in_books=in_books, by_entries=promised)
        for what, in_books, promised in rows
    ]
