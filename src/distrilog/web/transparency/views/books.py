"""The proofs of the books: each night's, what was read and how long it took, and the seal to compare."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.reporting.models import BooksProof
from distrilog.domain.stock.models import Entry, EntrySeal
from distrilog.web.shared.rights import ActorRequest, needs


LATEST: Final = 31
SEALS: Final = 10
SHOWN: Final = 20


@require_safe
@needs(Deed.STOCK_READ)
def books(request: ActorRequest) -> HttpResponse:
    """Show the last proofs, and the head of the seals."""
    proofs = list(BooksProof.objects.order_by("-at", "-pk")[:LATEST])
    seals = list(EntrySeal.objects.order_by("-last_entry")[:SEALS])
    head = seals[0] if seals else None
    # What the newest proof had sealed must still be among the seals, unchanged.
    proven = {each.last_entry: each.digest for each in proofs if each.digest}
    known = dict(
        EntrySeal.objects.filter(last_entry__in=proven).values_list("last_entry", "digest")
    )
    latest = proofs[0] if proofs else None
    context = {
        "latest": latest,
        "proofs": [(each, known.get(each.last_entry, "") == each.digest) for each in proofs],
        "found": latest.discrepancies[:SHOWN] if latest else [],
        "more": max(0, latest.found - SHOWN) if latest else 0,
        "head": head,
        "seals": seals,
        "unsealed": Entry.objects.filter(pk__gt=head.last_entry if head else 0).count(),
    }
    return render(request, "transparency/books.html", context)
