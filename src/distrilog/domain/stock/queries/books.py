"""The proof of the books: balances against entries, promises against pending entries, entries against their seals."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.db import connection

from distrilog.domain.stock.models import EntrySeal


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A figure in the books that is not what its entries say. Units."""

    what: str
    in_books: int
    by_entries: int

    def __str__(self) -> str:
        return f"{self.what} : {self.in_books} dans les comptes, {self.by_entries} d’après les écritures"


# One pass over the entries, whatever their number; accounts of no entry must hold nothing.
_BALANCES = """
WITH movement AS MATERIALIZED (
    SELECT source_id, target_id, posts_id, units FROM stock_entry
), proven AS (
    SELECT account_id, sum(units)::bigint AS units FROM (
        SELECT target_id AS account_id, units FROM movement
        UNION ALL SELECT source_id, -units FROM movement
    ) both_sides GROUP BY account_id
), promised AS (
    SELECT reservation_id, sum(units)::bigint AS units FROM (
        SELECT reservation_id, CASE kind WHEN 'reserve' THEN units ELSE -units END AS units
        FROM stock_pendingentry
        UNION ALL SELECT posts_id, -units FROM movement WHERE posts_id IS NOT NULL
    ) all_changes GROUP BY reservation_id
), usable AS (
    SELECT account.place_id, account.owner_id, article.family_id, sum(account.units)::bigint AS units
    FROM stock_account account
    JOIN stock_lot lot ON lot.id = account.lot_id
    JOIN catalogue_article article ON article.gtin = lot.article_id
    WHERE account.status = 'available' GROUP BY 1, 2, 3
), reserved AS (
    SELECT position_id, sum(pending)::bigint AS units FROM stock_reservation GROUP BY position_id
)
SELECT concat_ws(' ', 'compte', account.place_id, account.owner_id, 'lot', account.lot_id, account.status),
       account.units, coalesce(proven.units, 0)
FROM stock_account account LEFT JOIN proven ON proven.account_id = account.id
WHERE account.units <> coalesce(proven.units, 0)
UNION ALL
SELECT concat_ws(' ', 'réservation', reservation.key), reservation.pending, coalesce(promised.units, 0)
FROM stock_reservation reservation LEFT JOIN promised ON promised.reservation_id = reservation.id
WHERE reservation.pending <> coalesce(promised.units, 0)
UNION ALL
SELECT concat_ws(' ', 'utilisable', place_id, owner_id, family_id),
       coalesce(position.usable, 0), coalesce(usable.units, 0)
FROM stock_position position FULL JOIN usable USING (place_id, owner_id, family_id)
WHERE coalesce(position.usable, 0) <> coalesce(usable.units, 0)
UNION ALL
SELECT concat_ws(' ', 'réservé', position.place_id, position.owner_id, position.family_id),
       position.reserved, coalesce(reserved.units, 0)
FROM stock_position position LEFT JOIN reserved ON reserved.position_id = position.id
WHERE position.reserved <> coalesce(reserved.units, 0)
ORDER BY 1
"""

# Every column of an entry is in its seal: who and why as well as how many. The lengths go before the
# texts, so that nothing can be moved from one text to the next.
_ROWS = """
SELECT coalesce(encode(sha256(convert_to(string_agg(
           concat_ws('|', id, kind, lot_id, source_id, target_id, units, coalesce(posts_id, 0),
                     extract(epoch FROM at), length(key), length(about), length(reason), length(by),
                     key, about, reason, by), E'\\n' ORDER BY id), 'UTF8')), 'hex'), '')
FROM stock_entry WHERE id > %s AND id <= %s
"""
# What one seal covers at most: small enough to say where the tampered row is.
SEAL_IDS = 10_000


def discrepancies() -> list[Discrepancy]:
    """
    Return every figure that its entries do not give: balances, promises, positions, sealed entries.

    An empty list is the proof of the books. Linear in the entries.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES)
        rows = cursor.fetchall()
    found = [
        Discrepancy(what=what, in_books=in_books, by_entries=by_entries)
        for what, in_books, by_entries in rows
    ]
    return found + list(_broken_seals())


def digest_of_entries(*, after: int, last: int, previous: str) -> str:
    """Return the SHA-256 of a span of entries, chained to the one before it."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [after, last])
        row = cursor.fetchone()
    return sha256(f"{previous}{row[0] if row else ''}".encode()).hexdigest()


def _broken_seals() -> Iterator[Discrepancy]:
    after, previous = 0, ""
    for seal in EntrySeal.objects.order_by("last_entry"):
        digest = digest_of_entries(after=after, last=seal.last_entry, previous=previous)
        if digest != seal.digest:
            yield Discrepancy(
                what=f"scellé : une écriture de {after + 1} à {seal.last_entry} a été altérée",
                in_books=seal.last_entry,
                by_entries=after,
            )
        after, previous = seal.last_entry, seal.digest
