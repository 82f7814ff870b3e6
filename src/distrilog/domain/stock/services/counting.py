"""An inventory: what was counted against the books, and the difference posted."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.stock.models import (
    Entry,
    InventoryCount,
    Lot,
)
from distrilog.domain.stock.rules import (
    STATE,
    Kind,
    Status,
)
from distrilog.domain.stock.services.faults import refuse, units_faults
from distrilog.domain.stock.services.ledger import (
    AccountKey,
    KeyReused,
    LotRecalled,
    Movement,
    hold,
    move,
)
from distrilog.domain.stock.services.shifting import HELD, USED, deed_faults
from distrilog.kernel.refusals import Fault


# A count of the whole warehouse has fewer lines; a longer file is not a count.
COUNT_LINES: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Units of a lot found in one status (usable, strategic, quarantine)."""

    lot: int
    status: Status
    units: int


@transaction.atomic
def count(
    *,
    actor: Actor,
    place: str,
    counted: Sequence[Counted],
    reason: str,
    key: str,
    at: datetime,
    owner: str = STATE,
) -> dict[tuple[int, str], int]:
    """
    Post the difference between what was counted and the books; return it by (lot, status), none where equal.

    Lots that are not named were not counted. Made again under its key, a count changes nothing. Raises
    `Invalid` with every fault at once: half a unit, a negative, a text, a lot twice, an unknown lot.
    """
    actor.require(Deed.STOCK_MANAGE)
    refuse(*deed_faults(place=place, key=key, reason=reason), *_count_faults(counted))
    books = hold(accounts=_counted_accounts(place, owner, {each.lot for each in counted}))
    about = f"count:{key}"
    if InventoryCount.objects.filter(key=key).exists():
        return _differences_of(about, place=place)
    differences: dict[tuple[int, str], int] = {
        (each.lot, each.status.value): change
        for each in counted
        if (change := each.units - books[each.lot, place, owner, each.status.value])
    }
    _refuse_recalled_finds(differences)
    _document, new = InventoryCount.objects.get_or_create(
        key=key,
        defaults={
            "place_id": place,
            "owner_id": owner,
            "lines": len(counted),
            "differences": len(differences),
            "reason": reason.strip(),
            "counted_by": actor.by,
            "counted_at": at,
        },
    )
    if not new:
        raise KeyReused(Fault(where="key", message="Cette clé est celle d’un autre inventaire."))
    # After this point, the count must succeed.

    move(
        movements=[
            _difference((lot, place, owner, status), change, key=about, reason=reason)
            for (lot, status), change in differences.items()
        ],
        by=actor.by,
        at=at,
    )
    return differences


def _counted_accounts(place: str, owner: str, lots: Collection[int]) -> list[AccountKey]:
    return [(lot, place, owner, status.value) for lot in lots for status in (*HELD, Status.OUTSIDE)]


def _difference(account: AccountKey, change: int, *, key: str, reason: str) -> Movement:
    lot, place, owner, status_name = account
    status = Status(status_name)
    found = change > 0
    return Movement(
        key=f"{key}:{lot}:{status}",
        kind=Kind.COUNT,
        lot=lot,
        units=abs(change),
        place=place,
        owner=owner,
        source=Status.OUTSIDE if found else status,
        target=status if found else Status.OUTSIDE,
        about=key,
        reason=reason.strip(),
    )


def _differences_of(about: str, *, place: str) -> dict[tuple[int, str], int]:
    """Return what a count posted; its key belongs to its place."""
    if not InventoryCount.objects.filter(key=about.removeprefix("count:"), place=place).exists():
        raise KeyReused(Fault(where="key", message="Cette clé est celle d’un autre inventaire."))
    found = {}
    for entry in Entry.objects.filter(about=about).select_related("source", "target"):
        lost = entry.target.status == Status.OUTSIDE
        status = entry.source.status if lost else entry.target.status
        found[entry.lot_id, status] = -entry.units if lost else entry.units
    return found


def _count_faults(counted: Sequence[Counted]) -> Iterator[Fault]:
    if not 0 < len(counted) <= COUNT_LINES:
        yield Fault(where="counted", message=f"Un inventaire compte de 1 à {COUNT_LINES} lignes.")
        return
    lots = set(
        Lot.objects.filter(pk__in={each.lot for each in counted}).values_list("pk", flat=True)
    )
    times = Counter((each.lot, each.status) for each in counted)
    for rank, each in enumerate(counted):
        if each.lot not in lots:
            yield Fault(where=f"counted.{rank}.lot", message="Ce lot n’est pas connu.")
        if each.status not in HELD:
            yield Fault(where=f"counted.{rank}.status", message="Ce statut ne se compte pas.")
        if times[each.lot, each.status] > 1:
            yield Fault(where=f"counted.{rank}", message="Ce lot est compté deux fois.")
        yield from units_faults(each.units, where=f"counted.{rank}.units", least=0)


def _refuse_recalled_finds(differences: Mapping[tuple[int, str], int]) -> None:
    found = [
        lot for (lot, status), change in differences.items()
        if change > 0 and status in USED
    ]  # fmt: skip
    recalled = Lot.objects.filter(pk__in=found, recalled_at__isnull=False)
    faults = [
        Fault(
            where=f"lots.{lot.pk}",
            message=f"Le lot {lot.number} est rappelé : il se compte en quarantaine.",
        )
        for lot in recalled
    ]
    if faults:
        raise LotRecalled(*faults)
