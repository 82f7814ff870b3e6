"""Sealing the entries written so far, so that one altered later is found."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from distrilog.domain.stock.models import Entry, EntrySeal
from distrilog.domain.stock.queries.books import SEAL_IDS, digest_of_entries


@transaction.atomic
def seal_entries(*, at: datetime) -> int:
    """
    Seal the entries since the last seal, and return how many seals that took.

    Writers wait meanwhile, so that no entry with a smaller number can still appear behind the seal.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE stock_entry IN SHARE ROW EXCLUSIVE MODE")
    newest = Entry.objects.aggregate(newest=Max("pk"))["newest"] or 0
    last = EntrySeal.objects.order_by("-last_entry").first()
    after, previous = (last.last_entry, last.digest) if last else (0, "")
    seals = 0
    while after < newest:
        end = min(newest, after + SEAL_IDS)
        previous = digest_of_entries(after=after, last=end, previous=previous)
        EntrySeal.objects.create(last_entry=end, digest=previous, at=at)
        after, seals = end, seals + 1
    return seals
