"""What runs may share out, and the proof that what is reserved is what was granted."""

from collections import defaultdict

from django.db import connection

from distrilog.domain.quotas.models import QuotaRun, Share
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.queries import Discrepancy


# What is reserved at a place is what quotas and pots there may still be ordered from, or were, and was not
# issued. A closed row keeps only what was ordered.
_RESERVED = """
WITH granted AS (
    SELECT source_id, family_id, CASE WHEN closed THEN ordered ELSE cap END AS units
    FROM quotas_quota
    UNION ALL
    SELECT source_id, family_id, CASE WHEN closed THEN ordered ELSE cap END FROM quotas_pot
    UNION ALL
    SELECT account.place_id, account.family_id, -entry.units
    FROM stock_entry entry JOIN stock_account account ON account.id = entry.source_id
    WHERE entry.kind = 'issue' AND entry.settles_id IN (
        SELECT reservation_id FROM quotas_share WHERE reservation_id IS NOT NULL)
), promised AS (
    SELECT source_id, family_id, sum(units)::bigint AS units
    FROM granted GROUP BY source_id, family_id
), pending AS (
    SELECT account.place_id AS source_id, account.family_id,
           sum(entry.units - coalesce(settled.units, 0))::bigint AS units
    FROM quotas_share share
    JOIN stock_entry entry ON entry.id = share.reservation_id
    JOIN stock_account account ON account.id = entry.target_id
    LEFT JOIN LATERAL (
        SELECT sum(later.units) AS units FROM stock_entry later WHERE later.settles_id = entry.id
    ) settled ON true
    GROUP BY 1, 2
)
SELECT concat_ws(' ', 'réservé pour les contingents', source_id, family_id),
       coalesce(pending.units, 0), coalesce(promised.units, 0)
FROM pending FULL JOIN promised USING (source_id, family_id)
WHERE coalesce(pending.units, 0) <> coalesce(promised.units, 0)
ORDER BY 1
"""


def usable_stock(*, superseded: QuotaRun | None = None) -> dict[tuple[str, str], int]:
    """
    Return the units a run may share out, by (source, family).

    What is available; and for a run that supersedes another, what that one still holds. At most two
    queries.
    """
    usable = defaultdict(int, stock.available())
    if superseded is not None:
        shares = Share.objects.filter(run=superseded, reservation__isnull=False)
        held = stock.pending(
            entry_ids=[share.reservation_id for share in shares if share.reservation_id]
        )
        for share in shares:
            usable[share.source_id, share.family_id] += held.get(share.reservation_id or 0, 0)
    return dict(usable)


def discrepancies() -> list[Discrepancy]:
    """
    Return every place and family where pending reservations are not quotas left plus open orders.

    `in_books` is what the ledger holds, `by_entries` what quotas and pots say. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RESERVED)
        rows = cursor.fetchall()
    return [
        Discrepancy(what=what, in_books=in_books, by_entries=promised)
        for what, in_books, promised in rows
    ]
