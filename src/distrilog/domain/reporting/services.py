"""The proof of the books: made one way, by night, on demand or from the command line, and kept."""

from datetime import datetime
from time import monotonic
from typing import Final

from distrilog.domain.distribution.queries import books as push
from distrilog.domain.orders import queries as orders
from distrilog.domain.regional import queries as regional
from distrilog.domain.reporting.models import BooksProof
from distrilog.domain.resupply import queries as resupply
from distrilog.domain.shipping import queries as shipping
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Entry, EntrySeal


# A broken table breaks every row of it: the first ones tell, their number is kept.
KEPT: Final = 1000


def prove_books(*, at: datetime) -> BooksProof:
    """
    Prove balances by entries, entries by seals, promises by quotas, quotas by orders, loans, pushes; keep what came out.

    Linear in the entries; writes one row, whatever it finds.
    """
    started = monotonic()
    entries = Entry.objects.count()
    head = EntrySeal.objects.order_by("-last_entry").first()
    found = [
        str(each)
        for each in (
            *stock.discrepancies(),
            *shipping.broken_promises(),
            *orders.discrepancies(),
            *resupply.discrepancies(),
            *push.discrepancies(),
            *regional.discrepancies(),
        )
    ]
    return BooksProof.objects.create(
        at=at,
        seconds=round(monotonic() - started, 3),
        entries=entries,
        found=len(found),
        discrepancies=found[:KEPT],
        last_entry=head.last_entry if head else 0,
        digest=head.digest if head else "",
    )
