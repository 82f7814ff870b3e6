"""Lots blocked, released, kept for the strategic stock, written off, withdrawn as they age."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.stock.models import (
    Account,
    Entry,
    Lot,
)
from distrilog.domain.stock.rules import (
    CAUSE_NAMES,
    LAST_DAYS,
    STATE,
    Cause,
    Kind,
    Status,
    is_too_old,
)
from distrilog.domain.stock.services.faults import place_faults, refuse, text_faults, units_faults
from distrilog.domain.stock.services.ledger import (
    AccountKey,
    KeyReused,
    Movement,
    NotEnoughStock,
    hold,
    move,
)
from distrilog.kernel.refusals import Fault, Refusal
from distrilog.kernel.weeks import PARIS


REASON_LENGTH: Final = 250  # An entry adds the cause to it.
DEED_KEY_LENGTH: Final = 60  # The keys of its entries add lot and status to it.
# In the order in which they are blocked: what could leave first, first.
USED: Final = (Status.AVAILABLE, Status.STRATEGIC)
HELD: Final = (*USED, Status.QUARANTINE)


class LotTooOld(Refusal):
    """Ce lot est périmé, ou près de l’être."""

    slug = "lot-too-old"


@transaction.atomic
def block(
    *,
    actor: Actor,
    place: str,
    lot: int,
    units: int | None = None,
    reason: str,
    key: str,
    at: datetime,
    owner: str = STATE,
) -> int:
    """
    Put units of a lot into quarantine, usable ones first, then strategic ones; return how many. None: all.

    A fact: what was promised of them becomes a shortfall. Made again under its key, it changes nothing.
    """
    actor.require(Deed.STOCK_MANAGE)
    refuse(*deed_faults(place=place, key=key, reason=reason, units=units))
    return _shift(
        _Shift(
            kind=Kind.BLOCK, lot=lot, place=place, owner=owner, sources=USED,
            target=Status.QUARANTINE, units=units, key=f"block:{key}", reason=reason.strip(),
        ),
        by=actor.by,
        at=at,
    )  # fmt: skip


@transaction.atomic
def unblock(
    *,
    actor: Actor,
    place: str,
    lot: int,
    units: int | None = None,
    reason: str,
    key: str,
    at: datetime,
    owner: str = STATE,
) -> int:
    """
    Make units of a lot usable again; return how many. None: all that is in quarantine there.

    Refused while the lot is recalled (`LotRecalled`), and once it is in its last days (`LotTooOld`).
    """
    actor.require(Deed.STOCK_MANAGE)
    refuse(*deed_faults(place=place, key=key, reason=reason, units=units))
    _refuse_too_old(lot, at=at)
    return _shift(
        _Shift(
            kind=Kind.UNBLOCK, lot=lot, place=place, owner=owner, sources=(Status.QUARANTINE,),
            target=Status.AVAILABLE, units=units, key=f"unblock:{key}", reason=reason.strip(),
        ),
        by=actor.by,
        at=at,
    )  # fmt: skip


@transaction.atomic
def allot(
    *,
    actor: Actor,
    place: str,
    lot: int,
    units: int,
    to: Status,
    reason: str,
    key: str,
    at: datetime,
    owner: str = STATE,
) -> int:
    """
    Keep usable units for the strategic stock, or release strategic ones; return how many.

    `to` is `STRATEGIC` or `AVAILABLE`. What is promised is not kept: `NotEnoughStock` says what is left.
    """
    actor.require(Deed.STOCK_MANAGE)
    faults = list(deed_faults(place=place, key=key, reason=reason, units=units))
    if to not in USED:
        faults.append(
            Fault(where="to", message="On affecte au stock stratégique, ou on en libère.")
        )
    refuse(*faults)
    if to is Status.AVAILABLE:
        _refuse_too_old(lot, at=at)
    source = Status.STRATEGIC if to is Status.AVAILABLE else Status.AVAILABLE
    return _shift(
        _Shift(
            kind=Kind.ALLOT, lot=lot, place=place, owner=owner, sources=(source,),
            target=to, units=units, key=f"allot:{key}", reason=reason.strip(),
        ),
        by=actor.by,
        at=at,
    )  # fmt: skip


@transaction.atomic
def write_off(
    *,
    actor: Actor,
    place: str,
    lot: int,
    status: Status,
    units: int,
    cause: Cause,
    reason: str,
    key: str,
    at: datetime,
    owner: str = STATE,
) -> int:
    """
    Take units of a lot out of the books for good, from one status; return how many.

    A fact: what was promised of them becomes a shortfall. Made again under its key, it changes nothing.
    """
    actor.require(Deed.STOCK_MANAGE)
    faults = list(deed_faults(place=place, key=key, reason=reason, units=units))
    if status not in HELD:
        faults.append(
            Fault(where="status", message="Rien ne sort définitivement de ce statut ici.")
        )
    refuse(*faults)
    return _shift(
        _Shift(
            kind=Kind.WRITE_OFF, lot=lot, place=place, owner=owner, sources=(status,),
            target=Status.OUTSIDE, units=units, key=f"write-off:{key}",
            reason=f"{CAUSE_NAMES[cause]} : {reason.strip()}",
        ),
        by=actor.by,
        at=at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shift:
    """Units of a lot to move within a place, from the first of the sources that has some. None: all."""

    kind: Kind
    lot: int
    place: str
    owner: str
    sources: Sequence[Status]
    target: Status
    units: int | None
    key: str
    reason: str

    def account(self, status: Status) -> AccountKey:
        return self.lot, self.place, self.owner, status.value

    def movement(self, status: Status, units: int) -> Movement:
        return Movement(
            key=f"{self.key}:{status}",
            kind=self.kind,
            lot=self.lot,
            units=units,
            place=self.place,
            owner=self.owner,
            source=status,
            target=self.target,
            about=self.key,
            reason=self.reason,
        )


def _shift(shift: _Shift, *, by: str, at: datetime) -> int:
    balances = hold(accounts=[shift.account(each) for each in (*shift.sources, shift.target)])
    if done := list(Entry.objects.filter(about=shift.key).select_related("source")):
        return _units_of_same(shift, done)
    taken = _taken(shift, {each: balances[shift.account(each)] for each in shift.sources})
    move(movements=[shift.movement(status, units) for status, units in taken.items()], by=by, at=at)
    return sum(taken.values())


def _taken(shift: _Shift, balances: Mapping[Status, int]) -> dict[Status, int]:
    there = sum(balances.values())
    left = there if shift.units is None else shift.units
    if not 0 < left <= there:
        raise NotEnoughStock(
            Fault(
                where="units",
                message=f"{left} unités demandées, {there} de ce lot à cet endroit.",
                values={"asked": left, "left": there},
            )
        )
    taken = {}
    for status, units in balances.items():
        if part := min(left, units):
            taken[status] = part
            left -= part
    return taken


def _units_of_same(shift: _Shift, done: Sequence[Entry]) -> int:
    units = sum(entry.units for entry in done)
    first = done[0]
    same = (first.lot_id, first.source.place_id, first.source.owner_id) == (
        shift.lot, shift.place, shift.owner,
    )  # fmt: skip
    if not same or shift.units not in {None, units}:
        raise KeyReused(Fault(where="key", message="Cette clé a servi à un autre mouvement."))
    return units


@transaction.atomic
def withdraw_expired(*, at: datetime, by: str = "system") -> int:
    """
    Put into quarantine, everywhere, what is past its expiry or in its last days; return the units.

    In its last days nothing leaves any more, so nothing of it may be promised either. What is still
    usable of a recalled lot goes along. A fixed number of statements; again the same day, it finds nothing.
    """
    on = at.astimezone(PARIS).date()
    found = Account.objects.filter(
        Q(lot__expires_on__lt=on + LAST_DAYS) | Q(lot__recalled_at__isnull=False),
        status__in=[each.value for each in USED],
        units__gt=0,
    )
    keys = list(found.values_list("lot_id", "place_id", "owner_id", "status"))
    units = quarantine(
        keys, key=f"expired:{at.isoformat()}", reason="Péremption atteinte ou proche", by=by, at=at
    )
    return sum(units.values())


def quarantine(
    keys: Sequence[AccountKey], *, key: str, reason: str, by: str, at: datetime
) -> dict[AccountKey, int]:
    """Block all that accounts hold; return the units by account."""
    targets = {(lot, place, owner, Status.QUARANTINE.value) for lot, place, owner, _ in keys}
    balances = hold(accounts={*keys, *targets})
    blocked = {each: balances[each] for each in keys if balances[each] > 0}
    move(
        movements=[
            Movement(
                key=f"{key}:{lot}:{place}:{owner}:{status}",
                kind=Kind.BLOCK,
                lot=lot,
                units=units,
                place=place,
                owner=owner,
                source=Status(status),
                target=Status.QUARANTINE,
                about=key,
                reason=reason,
            )
            for (lot, place, owner, status), units in blocked.items()
        ],
        by=by,
        at=at,
    )
    return blocked


def _refuse_too_old(lot: int, *, at: datetime) -> None:
    found = Lot.objects.filter(pk=lot).first()
    if found and is_too_old(expires_on=found.expires_on, on=at.astimezone(PARIS).date()):
        raise LotTooOld(
            detail=f"Le lot {found.number} expire le {found.expires_on:%d/%m/%Y} : il n’est plus remis.",
        )


def deed_faults(*, place: str, key: str, reason: str, units: int | None = None) -> Iterator[Fault]:
    """Yield what is wrong with the place, key, reason and units of a deed."""
    yield from place_faults(place=place)
    yield from text_faults("key", key, length=DEED_KEY_LENGTH)
    yield from text_faults("reason", reason, length=REASON_LENGTH)
    if units is not None:
        yield from units_faults(units)
