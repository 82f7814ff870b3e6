"""What runs may share out."""

from collections import defaultdict

from distrilog.domain.quotas.models import QuotaRun, Share
from distrilog.domain.stock import queries as stock


def usable_stock(*, superseded: QuotaRun | None = None) -> dict[tuple[str, str], int]:
    """
    Return the units a run may share out, by (source, family).

    What is usable and unreserved; and for a run that supersedes another, what that one still holds, less
    what its place is short of since: a recall or a count may have left less than was promised. At most
    three queries.
    """
    usable = defaultdict(int, stock.available())
    if superseded is not None:
        for share in Share.objects.filter(run=superseded).select_related("reservation"):
            if share.reservation is not None:
                usable[share.source_id, share.family_id] += share.reservation.pending
        for short in stock.shortfalls():
            pair = short.place, short.family
            usable[pair] = max(0, usable[pair] - short.missing)
    return dict(usable)
