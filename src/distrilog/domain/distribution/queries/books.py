"""The proof of the push: promises against endowments, lines against endowments, flows and hand-outs against the ledger."""

from typing import Final

from django.db import connection

from distrilog.domain.stock.queries.books import Discrepancy


# Each statement yields what it is about, units in the books, and units by what proves them; a fixed number, whatever the plans.
_PROMISES: Final = """
WITH due AS (
    SELECT concat_ws(':', 'plan', plan.id, endowment.source_id, endowment.family_id) AS key,
           sum(CASE WHEN plan.state IN ('shared', 'frozen') THEN endowment.units ELSE 0 END)::bigint AS units
      FROM distribution_endowment endowment JOIN distribution_plan plan ON plan.id = endowment.plan_id
     GROUP BY 1
)
SELECT concat_ws(' ', 'promesse de plan', coalesce(due.key, reservation.key)),
       coalesce(reservation.pending, 0), coalesce(due.units, 0)
  FROM due FULL JOIN (SELECT key, pending FROM stock_reservation WHERE key LIKE 'plan:%%') reservation USING (key)
 WHERE coalesce(reservation.pending, 0) <> coalesce(due.units, 0)
"""
_LINES: Final = """
WITH line AS (
    SELECT plan_id, territory_id, family_id, sum(computed + changed)::bigint AS units
      FROM distribution_planline GROUP BY 1, 2, 3 HAVING sum(computed + changed) <> 0
), endowment AS (
    SELECT plan_id, territory_id, family_id, sum(units)::bigint AS units FROM distribution_endowment GROUP BY 1, 2, 3
)
SELECT concat_ws(' ', 'plan', plan_id, 'plateforme', territory_id, family_id), coalesce(line.units, 0), coalesce(endowment.units, 0)
  FROM line FULL JOIN endowment USING (plan_id, territory_id, family_id)
 WHERE coalesce(line.units, 0) <> coalesce(endowment.units, 0)
"""
_SENT: Final = """
WITH sent AS (
    SELECT flow.plan_id, flow.territory_id, flow.source_id, line.family_id, sum(line.sent)::bigint AS units
      FROM distribution_flowline line JOIN distribution_flow flow ON flow.id = line.flow_id GROUP BY 1, 2, 3, 4
), endowment AS (
    SELECT plan_id, territory_id, source_id, family_id, units
      FROM distribution_endowment JOIN distribution_plan plan ON plan.id = plan_id WHERE plan.state = 'sent'
)
SELECT concat_ws(' ', 'flux du plan', plan_id, source_id, 'vers', territory_id, family_id),
       coalesce(sent.units, 0), coalesce(endowment.units, 0)
  FROM sent FULL JOIN endowment USING (plan_id, territory_id, source_id, family_id)
 WHERE coalesce(sent.units, 0) <> coalesce(endowment.units, 0)
"""
_FLOWS: Final = """
WITH moved AS (
    SELECT entry.about, entry.lot_id,
           sum(entry.units) FILTER (WHERE entry.kind = 'issue')::bigint AS sent,
           sum(entry.units) FILTER (WHERE entry.kind = 'transfer_in')::bigint AS received
      FROM stock_entry entry JOIN distribution_flow flow ON flow.reference = entry.about GROUP BY 1, 2
)
SELECT concat_ws(' ', 'flux', flow.reference, 'lot', line.lot_id, told.what), told.units, told.proven
  FROM distribution_flowline line JOIN distribution_flow flow ON flow.id = line.flow_id
  LEFT JOIN moved ON moved.about = flow.reference AND moved.lot_id = line.lot_id
 CROSS JOIN LATERAL (VALUES ('envoyé', line.sent, coalesce(moved.sent, 0)),
                            ('reçu', coalesce(line.received, 0), coalesce(moved.received, 0))) AS told (what, units, proven)
 WHERE told.units <> told.proven
"""
_HAND_OUTS: Final = """
SELECT concat_ws(' ', 'remises de la ligne', line.id), given.units, (line.computed + line.changed)
  FROM distribution_planline line
  JOIN (SELECT line_id, sum(units)::bigint AS units FROM distribution_handout GROUP BY 1) given ON given.line_id = line.id
 WHERE given.units NOT BETWEEN 0 AND line.computed + line.changed
UNION ALL
SELECT concat_ws(' ', 'remises de', place, 'lot', lot_id), coalesce(given.units, 0), coalesce(moved.units, 0)
  FROM (
    SELECT 'ght-' || line.territory_id AS place, hand_out.lot_id, sum(hand_out.units)::bigint AS units
      FROM distribution_handout hand_out JOIN distribution_planline line ON line.id = hand_out.line_id
     WHERE hand_out.lot_id IS NOT NULL GROUP BY 1, 2
  ) given FULL JOIN (
    SELECT place, lot_id, sum(units)::bigint AS units FROM (
        SELECT source.place_id AS place, entry.lot_id, entry.units
          FROM stock_entry entry JOIN stock_account source ON source.id = entry.source_id
         WHERE entry.kind = 'issue' AND entry.about LIKE 'hand-out:%%'
        UNION ALL
        SELECT target.place_id, entry.lot_id, -entry.units
          FROM stock_entry entry JOIN stock_account target ON target.id = entry.target_id
         WHERE entry.kind = 'return' AND entry.about LIKE 'hand-out-back:%%'
    ) AS both_ways GROUP BY 1, 2
  ) moved USING (place, lot_id)
 WHERE coalesce(given.units, 0) <> coalesce(moved.units, 0)
"""
_URGENT: Final = """
WITH moved AS (
    SELECT about, sum(units)::bigint AS units FROM stock_entry
     WHERE kind = 'delivery' AND about LIKE 'urgent:%%' GROUP BY 1
)
SELECT concat_ws(' ', 'envoi d’urgence', push.key), coalesce(push.units, 0), coalesce(moved.units, 0)
  FROM distribution_emergencypush push FULL JOIN moved ON moved.about = 'urgent:' || push.key
 WHERE coalesce(push.units, 0) <> coalesce(moved.units, 0)
"""
_DEBTS: Final = """
WITH owed AS (
    SELECT line.territory_id, line.family_id, sum(hand_out.owed)::bigint AS units
      FROM distribution_handout hand_out JOIN distribution_planline line ON line.id = hand_out.line_id
     WHERE hand_out.owed <> 0 GROUP BY 1, 2
), settled AS (
    SELECT territory_id, family_id, sum(units)::bigint AS units FROM distribution_settlement GROUP BY 1, 2
)
SELECT concat_ws(' ', 'compensations de', territory_id, family_id), settled.units, coalesce(owed.units, 0)
  FROM settled LEFT JOIN owed USING (territory_id, family_id) WHERE settled.units > coalesce(owed.units, 0)
"""
PROOFS: Final = (_PROMISES, _LINES, _SENT, _FLOWS, _HAND_OUTS, _URGENT, _DEBTS)


def discrepancies() -> list[Discrepancy]:
    """Return where plans, flows, hand-outs, urgent pushes or debts are not what proves them; empty when all is well."""
    found = []
    with connection.cursor() as cursor:
        for statement in PROOFS:
            cursor.execute(statement, [])
            found += [
                Discrepancy(what=what, in_books=in_books, by_entries=proven)
                for what, in_books, proven in cursor.fetchall()
            ]
    return found
