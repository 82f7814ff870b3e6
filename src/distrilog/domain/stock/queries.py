"""Questions to the ledger: what there is, and whether the books are right."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from django.db.models import Sum

from distrilog.domain.stock.models import Account, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """An account or a reservation whose figure in the books is not what its entries say. Units."""

    what: str
    in_books: int
    by_entries: int

    def __str__(self) -> str:
        return f"{self.what} : {self.in_books} dans les comptes, {self.by_entries} d’après les écritures"


# One pass over the entries, whatever their number; accounts of no entry must hold nothing.
_ACCOUNTS_AND_RESERVATIONS = """
WITH movement AS (
    SELECT target_id AS account_id, sum(units) AS units FROM stock_entry GROUP BY target_id
    UNION ALL
    SELECT source_id, -sum(units) FROM stock_entry GROUP BY source_id
), proven AS (
    SELECT account_id, sum(units)::bigint AS units FROM movement GROUP BY account_id
), settled AS (
    SELECT settles_id, sum(units)::bigint AS units
    FROM stock_entry WHERE settles_id IS NOT NULL GROUP BY settles_id
)
SELECT concat_ws(' ', account.place_id, account.family_id, account.status),
       account.units, coalesce(proven.units, 0)
FROM stock_account account LEFT JOIN proven ON proven.account_id = account.id
WHERE account.units <> coalesce(proven.units, 0)
UNION ALL
SELECT reservation.key, reservation.units, settled.units
FROM settled JOIN stock_entry reservation ON reservation.id = settled.settles_id
WHERE settled.units > reservation.units
ORDER BY 1
"""


def available(*, places: Collection[str] | None = None) -> dict[tuple[str, str], int]:
    """Return the units that may be promised, by (place code, family code). One query."""
    accounts = Account.objects.filter(status=Account.Status.AVAILABLE)
    if places is not None:
        accounts = accounts.filter(place__in=places)
    return {
        (place, family): units
        for place, family, units in accounts.values_list("place_id", "family_id", "units")
    }


def balances() -> dict[tuple[str, str, str], int]:
    """Return the units of every account, by (place code, family code, status). One query."""
    rows = Account.objects.values_list("place_id", "family_id", "status", "units")
    return {(place, family, status): units for place, family, status, units in rows}


def pending(*, entry_ids: Collection[int]) -> dict[int, int]:
    """Return what is not yet posted or given back of each reservation. One query."""
    entries = Entry.objects.filter(pk__in=entry_ids).annotate(settled=Sum("settled_by__units"))
    return {entry.pk: entry.units - (entry.settled or 0) for entry in entries}


def discrepancies() -> list[Discrepancy]:
    """
    Return every account whose balance is not the sum of its entries, and every over-settled reservation.

    An empty list is the proof of the books. One query, linear in the entries.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS_AND_RESERVATIONS)
        rows = cursor.fetchall()
    return [
        Discrepancy(what=what, in_books=in_books, by_entries=by_entries)
        for what, in_books, by_entries in rows
    ]
