"""
The operator's stock against our books, at the moment it looked: lot by lot, what differs, what may explain it.

Nothing is corrected by itself: somebody who manages stock reads it, and posts the difference as a count.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Q, Sum

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.stock import services as stock
from distrilog.domain.stock.models import Lot, TransferLine
from distrilog.domain.stock.rules import STATE, Status
from distrilog.domain.stock.services import Counted
from distrilog.integrations.operator.content import Condition, StockReport
from distrilog.integrations.operator.models import ComparedLot, Comparison
from distrilog.integrations.operator.topics import PARTNER, PLACE, TOPICS
from distrilog.kernel import outbox
from distrilog.kernel.models import InboxMessage
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal


LONGEST_REASON: Final = 250
# A warehouse that differs by more lots than that is another warehouse: the first of them are kept.
MOST_LINES: Final = 5_000

LotKey = tuple[str, str]

# What the accounts of the place held at a moment: what they hold, less what was written since.
_BOOKS: Final = """
WITH held AS (
    SELECT id, lot_id, status, units FROM stock_account
    WHERE place_id = %(place)s AND status IN ('available', 'strategic', 'quarantine')
), since AS (
    SELECT account_id, sum(units) AS units FROM (
        SELECT target_id AS account_id, units FROM stock_entry
        WHERE at > %(at)s AND target_id IN (SELECT id FROM held)
        UNION ALL
        SELECT source_id, -units FROM stock_entry
        WHERE at > %(at)s AND source_id IN (SELECT id FROM held)
    ) written GROUP BY account_id
)
SELECT lot.article_id, lot.number,
       coalesce(sum(held.units - coalesce(since.units, 0))
                FILTER (WHERE held.status <> 'quarantine'), 0)::bigint,
       coalesce(sum(held.units - coalesce(since.units, 0))
                FILTER (WHERE held.status = 'quarantine'), 0)::bigint
  FROM held JOIN stock_lot lot ON lot.id = held.lot_id
  LEFT JOIN since ON since.account_id = held.id
 GROUP BY 1, 2
"""


class AlreadyCounted(Refusal):
    """Cet écart a déjà été passé dans les comptes."""

    slug = "already-counted"


@dataclass(frozen=True, slots=True)
class Units:
    """Units of a lot that may be used, and that may not."""

    usable: int = 0
    blocked: int = 0


_NOTHING: Final = Units()


@transaction.atomic
def compare(*, report: StockReport, at: datetime) -> bool:
    """Keep how a stock report differs from our books as of its moment; False where it was compared already."""
    comparison, new = Comparison.objects.get_or_create(
        reference=report.reference,
        defaults={
            "at": report.at,
            "compared_at": at,
            "reported": sum(line.units for line in report.lines),
            "in_books": 0,
            "lots": 0,
            "differences": 0,
            "waiting_in": _waiting_in(),
            "waiting_out": outbox.waiting(topics=TOPICS).count(),
        },
    )
    if not new:
        return False
    reported, books = _reported(report), _books(at=report.at)
    keys = sorted(reported.keys() | books.keys())
    differing = [key for key in keys if reported.get(key, _NOTHING) != books.get(key, _NOTHING)]
    comparison.in_books = sum(each.usable + each.blocked for each in books.values())
    comparison.lots = len(keys)
    comparison.differences = len(differing)
    comparison.save(update_fields=["in_books", "lots", "differences"])
    ComparedLot.objects.bulk_create(
        _lines(comparison, differing[:MOST_LINES], reported=reported, books=books)
    )
    return True


def _reported(report: StockReport) -> dict[LotKey, Units]:
    """Return what was reported of each lot; a lot may stand in several lines."""
    usable: defaultdict[LotKey, int] = defaultdict(int)
    blocked: defaultdict[LotKey, int] = defaultdict(int)
    for line in report.lines:
        of_condition = usable if line.condition is Condition.USABLE else blocked
        of_condition[line.gtin, line.lot] += line.units
    return {key: Units(usable[key], blocked[key]) for key in sorted(usable.keys() | blocked.keys())}


def _books(*, at: datetime) -> dict[LotKey, Units]:
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS, {"place": PLACE, "at": at})
        return {
            (gtin, lot): Units(usable, blocked)
            for gtin, lot, usable, blocked in cursor.fetchall()
            if usable or blocked
        }


def _lines(
    comparison: Comparison,
    keys: Sequence[LotKey],
    *,
    reported: Mapping[LotKey, Units],
    books: Mapping[LotKey, Units],
) -> list[ComparedLot]:
    lots = _lots(keys)
    coming = _coming(at=comparison.at)
    lines = []
    for gtin, number in keys:
        lot = lots.get((gtin, number))
        said, held = reported.get((gtin, number), _NOTHING), books.get((gtin, number), _NOTHING)
        lines.append(
            ComparedLot(
                comparison=comparison,
                gtin=gtin,
                lot=number,
                known=lot is not None,
                family=lot.article.family.name if lot else "",
                expires_on=lot.expires_on if lot else None,
                reported_usable=said.usable,
                reported_blocked=said.blocked,
                usable=held.usable,
                blocked=held.blocked,
                coming=coming.get((gtin, number), 0),
            )
        )
    return lines


def _lots(keys: Sequence[LotKey]) -> dict[LotKey, Lot]:
    found = Lot.objects.filter(number__in={number for _gtin, number in keys})
    return {(lot.article_id, lot.number): lot for lot in found.select_related("article__family")}


def _coming(*, at: datetime) -> dict[LotKey, int]:
    """Return the units of each lot that were on their way to the warehouse."""
    rows = (
        TransferLine.objects.filter(transfer__target=PLACE, transfer__sent_at__lte=at)
        .filter(Q(outcome="") | Q(received_at__gt=at))
        .values_list("lot__article_id", "lot__number")
        .annotate(sum=Sum("units"))
    )
    return {(gtin, lot): units for gtin, lot, units in rows}


def _waiting_in() -> int:
    return (
        InboxMessage.objects.filter(partner=PARTNER, closed_at__isnull=True)
        .exclude(state=InboxMessage.State.PROCESSED)
        .count()
    )


@transaction.atomic
def post_difference(*, actor: Actor, reference: str, reason: str, at: datetime) -> int:
    """
    Post what a report found different as an inventory count; return the lots that changed.

    The difference is posted, not the figure: what moved since then stays moved. Lots we do not know are left
    out. Raises NotFound, AlreadyCounted, or what the count refuses.
    """
    actor.require(Deed.STOCK_MANAGE)
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(
            Fault(
                where="reason", message=f"Dites pourquoi, en {LONGEST_REASON} caractères au plus."
            )
        )
    comparison = (
        Comparison.objects.select_for_update(of=("self",)).filter(reference=reference).first()
    )
    if comparison is None:
        raise NotFound(detail="Ce rapprochement n’existe pas.")
    if comparison.counted_at is not None:
        raise AlreadyCounted(detail="Un écart ne se passe qu’une fois ; attendez l’état suivant.")
    lines = list(comparison.lines.filter(known=True).order_by("pk"))
    lots = _lots([(line.gtin, line.lot) for line in lines])
    counted = _counted([(lots[line.gtin, line.lot].pk, line) for line in lines])
    if not counted:
        raise Invalid(Fault(where="", message="Il n’y a aucun écart à passer sur un lot connu."))
    changed = stock.count(
        actor=actor, place=PLACE, counted=counted, reason=reason, key=f"état {reference}", at=at
    )
    # After this point, the difference must succeed.

    comparison.counted_at, comparison.counted_by = at, actor.by
    comparison.save(update_fields=["counted_at", "counted_by"])
    return len({lot for lot, _status in changed})


def _counted(lines: Sequence[tuple[int, ComparedLot]]) -> list[Counted]:
    """Return what the books would hold with the differences added; their accounts are locked."""
    statuses = (Status.AVAILABLE, Status.QUARANTINE)
    # All that a count may move, in one go.
    locked = (*statuses, Status.STRATEGIC, Status.OUTSIDE)
    held = stock.hold(
        accounts=[(lot, PLACE, STATE, status.value) for lot, _line in lines for status in locked]
    )
    counted = []
    for lot, line in lines:
        changes = (line.reported_usable - line.usable, line.reported_blocked - line.blocked)
        for status, change in zip(statuses, changes, strict=True):
            if change:
                now = held[lot, PLACE, STATE, status.value]
                counted.append(Counted(lot=lot, status=status, units=max(0, now + change)))
    return counted
