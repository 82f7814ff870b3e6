"""The proof of the regions' books: parts against lots, shares against parts, arrivals and issues against the ledger, promises against shares."""

from dataclasses import dataclass
from typing import Final

from django.db import connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """Two figures of a region's books that should be one. Units."""

    what: str
    said: int
    proven: int

    def __str__(self) -> str:
        return f"{self.what} : {self.said} écrites, {self.proven} prouvées"


_PROOF: Final = """
    SELECT 'apport ' || supply.reference, supply.arrived, coalesce(sum(entry.units), 0)::bigint
      FROM regional_supply supply
      LEFT JOIN stock_entry entry ON entry.about = 'supply:' || supply.reference AND entry.about <> ''
                                  AND entry.kind = 'receipt'
     GROUP BY supply.id HAVING supply.arrived <> coalesce(sum(entry.units), 0)
    UNION ALL
    SELECT 'parts du lot ' || plan.reference, plan.units, coalesce(sum(part.units), 0)::bigint
      FROM regional_lotplan plan LEFT JOIN regional_lotpart part ON part.plan_id = plan.id
     GROUP BY plan.id HAVING plan.units <> coalesce(sum(part.units), 0)
    UNION ALL
    SELECT 'répartition d’une part du lot ' || plan.reference, part.units, coalesce(sum(share.units), 0)::bigint
      FROM regional_lotpart part
      JOIN regional_lotplan plan ON plan.id = part.plan_id
      LEFT JOIN regional_lotshare share ON share.part_id = part.id
     WHERE part.purpose <> 'kept' AND plan.state IN ('decided', 'done')
     GROUP BY part.id, plan.id HAVING part.units <> coalesce(sum(share.units), 0)
    UNION ALL
    SELECT 'réservé au lot ' || plan.reference, coalesce(reservation.pending, 0), coalesce(waits.units, 0)
      FROM regional_lotplan plan
      LEFT JOIN stock_reservation reservation ON reservation.key = 'lot-plan:' || plan.reference
      LEFT JOIN LATERAL (
        SELECT sum(share.units)::bigint AS units FROM regional_lotshare share
          JOIN regional_lotpart part ON part.id = share.part_id
         WHERE part.plan_id = plan.id AND share.done_at IS NULL AND plan.state = 'decided'
      ) waits ON true
     WHERE coalesce(reservation.pending, 0) <> coalesce(waits.units, 0)
    UNION ALL
    SELECT 'sortie ' || issue.key, issue.units, coalesce(sum(entry.units), 0)::bigint
      FROM regional_issue issue
      LEFT JOIN stock_entry entry ON entry.about = 'issue:' || issue.key AND entry.about <> ''
                                  AND entry.kind = 'delivery'
     GROUP BY issue.id HAVING issue.units <> coalesce(sum(entry.units), 0)
    UNION ALL
    SELECT 'remises d’une part du lot ' || plan.reference, share.units, sum(issue.units)::bigint
      FROM regional_lotshare share
      JOIN regional_lotpart part ON part.id = share.part_id
      JOIN regional_lotplan plan ON plan.id = part.plan_id
      JOIN regional_issue issue ON issue.share_id = share.id
     GROUP BY share.id, plan.id HAVING sum(issue.units) > share.units
    ORDER BY 1
"""


def discrepancies() -> list[Discrepancy]:
    """Return every figure of the regions' books that another one does not bear out; an empty list is the proof. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_PROOF)
        return [
            Discrepancy(what=what, said=int(said), proven=int(proven))
            for what, said, proven in cursor.fetchall()
        ]
