"""What is done to lots where they lie: registered, counted, blocked, kept, written off, withdrawn, recalled."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Article
from distrilog.domain.stock.models import (
    Account,
    Entry,
    InventoryCount,
    Lot,
    Position,
    Recall,
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
    LotRecalled,
    Movement,
    NotEnoughStock,
    hold,
    move,
)
from distrilog.kernel import gs1
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


REASON_LENGTH: Final = 250  # An entry adds the cause to it.
INSTRUCTION_LENGTH: Final = 500
DEED_KEY_LENGTH: Final = 60  # The keys of its entries add lot and status to it.
# A count of the whole warehouse has fewer lines; a longer file is not a count.
COUNT_LINES: Final = 20_000
# In the order in which they are blocked: what could leave first, first.
_USED: Final = (Status.AVAILABLE, Status.STRATEGIC)
_HELD: Final = (*_USED, Status.QUARANTINE)


class LotDiffers(Refusal):
    """Ce lot est déjà connu avec une autre péremption."""

    slug = "lot-differs"


class LotTooOld(Refusal):
    """Ce lot est périmé, ou près de l’être."""

    slug = "lot-too-old"


class RecallClosed(Refusal):
    """Ce rappel est déjà clos."""

    slug = "recall-closed"


# ------------------------------------------------------------------ registering


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLot:
    """A batch of an article, as its label or a message names it; no expiry where it says none."""

    gtin: str
    number: str
    expires_on: date | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it."""
        return self.gtin, self.number


@transaction.atomic
def register_lots(*, lots: Sequence[NewLot]) -> dict[tuple[str, str], int]:
    """
    Return the id of each lot by (gtin, number), known or new. Five statements at most, whatever their number.

    An expiry that was not known is learned; another one than is known is refused. Raises `Invalid` or
    `LotDiffers` with every fault at once.
    """
    gtins = set(
        Article.objects.filter(gtin__in={each.gtin for each in lots}).values_list("gtin", flat=True)
    )
    faults = [
        Fault(where=f"lots.{rank}.{where}", message=message)
        for rank, each in enumerate(lots)
        for where, message in _lot_faults(each, gtins)
    ]
    if faults:
        raise Invalid(*faults)
    wanted = _one_expiry_each(lots)
    # By key, so that two who register the same lots wait for each other in one order.
    Lot.objects.bulk_create(
        (
            Lot(article_id=gtin, number=number, expires_on=wanted[gtin, number])
            for gtin, number in sorted(wanted)
        ),
        ignore_conflicts=True,
    )
    known = _known_lots(wanted)
    _refuse_differing((each, known[each.key].expires_on) for each in lots)
    # After this point, the registration must succeed.

    learned = [lot for key, lot in known.items() if lot.expires_on is None and wanted[key]]
    for lot in learned:
        lot.expires_on = wanted[lot.article_id, lot.number]
    Lot.objects.bulk_update(learned, ["expires_on"])
    return {key: lot.pk for key, lot in known.items()}


def _lot_faults(lot: NewLot, gtins: Collection[str]) -> Iterator[tuple[str, str]]:
    if lot.gtin not in gtins:
        yield "gtin", f"L’article « {lot.gtin[:30]} » n’est pas au catalogue."
    try:
        gs1.element_string(lot=lot.number)
    except ValueError:
        yield "number", f"« {lot.number[:30]} » n’est pas un numéro de lot : 1 à 20 caractères GS1."
    else:
        if not lot.number:
            yield "number", "Il faut un numéro de lot."


def _one_expiry_each(lots: Sequence[NewLot]) -> dict[tuple[str, str], date | None]:
    wanted: dict[tuple[str, str], date | None] = {}
    for each in lots:
        wanted[each.key] = wanted.get(each.key) or each.expires_on
    _refuse_differing((each, wanted[each.key]) for each in lots)
    return wanted


def _refuse_differing(pairs: Iterator[tuple[NewLot, date | None]]) -> None:
    faults = [
        Fault(
            where=f"{lot.gtin}.{lot.number}",
            message=(
                f"Le lot {lot.number} de l’article {lot.gtin} expire le {known:%d/%m/%Y},"
                f" et non le {lot.expires_on:%d/%m/%Y}."
            ),
            remedy="Vérifier l’étiquette du carton.",
        )
        for lot, known in pairs
        if known and lot.expires_on and known != lot.expires_on
    ]
    if faults:
        raise LotDiffers(*faults)


def _known_lots(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Lot]:
    found = Lot.objects.filter(
        article__in={gtin for gtin, _ in keys}, number__in={number for _, number in keys}
    )
    return {
        (lot.article_id, lot.number): lot for lot in found if (lot.article_id, lot.number) in keys
    }


# ------------------------------------------------------------------ counting


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
    refuse(*_deed_faults(place=place, key=key, reason=reason), *_count_faults(counted))
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
    return [
        (lot, place, owner, status.value) for lot in lots for status in (*_HELD, Status.OUTSIDE)
    ]


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
        if each.status not in _HELD:
            yield Fault(where=f"counted.{rank}.status", message="Ce statut ne se compte pas.")
        if times[each.lot, each.status] > 1:
            yield Fault(where=f"counted.{rank}", message="Ce lot est compté deux fois.")
        yield from units_faults(each.units, where=f"counted.{rank}.units", least=0)


def _refuse_recalled_finds(differences: Mapping[tuple[int, str], int]) -> None:
    found = [
        lot for (lot, status), change in differences.items()
        if change > 0 and status in _USED
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


# ------------------------------------------------------------------ blocking, keeping, writing off


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
    refuse(*_deed_faults(place=place, key=key, reason=reason, units=units))
    return _shift(
        _Shift(
            kind=Kind.BLOCK, lot=lot, place=place, owner=owner, sources=_USED,
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
    refuse(*_deed_faults(place=place, key=key, reason=reason, units=units))
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
    faults = list(_deed_faults(place=place, key=key, reason=reason, units=units))
    if to not in _USED:
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
    faults = list(_deed_faults(place=place, key=key, reason=reason, units=units))
    if status not in _HELD:
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


# ------------------------------------------------------------------ withdrawing and recalling


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
        status__in=[each.value for each in _USED],
        units__gt=0,
    )
    keys = list(found.values_list("lot_id", "place_id", "owner_id", "status"))
    units = _quarantine(
        keys, key=f"expired:{at.isoformat()}", reason="Péremption atteinte ou proche", by=by, at=at
    )
    return sum(units.values())


def _quarantine(
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


@traced("Rappel d’un lot")
@transaction.atomic
def recall(
    *, actor: Actor, lot: int, reason: str, instruction: str, at: datetime
) -> dict[str, int]:
    """
    Call a lot back: block it at every place, for every owner; return the units blocked by place.

    From here on the ledger lets none of it become usable, whatever arrives or returns. Declared again, it
    blocks what it still finds. A lot whose recall was closed may be recalled once more.
    """
    actor.require(Deed.RECALL_DECLARE)
    refuse(
        *text_faults("reason", reason, length=REASON_LENGTH),
        *text_faults("instruction", instruction, length=INSTRUCTION_LENGTH),
    )
    called = Lot.objects.select_for_update(no_key=True).filter(pk=lot).first()
    if called is None:
        raise NotFound(detail="Ce lot n’est pas connu.")
    # Every movement of what is usable holds one of these: it is before us, or sees the lot recalled.
    positions = Position.objects.filter(family__articles__lots=lot).order_by("pk")
    list(positions.select_for_update(of=("self",)).values_list("pk", flat=True))
    # After this point, the recall must succeed.

    declared = _declare(called, actor=actor, reason=reason, instruction=instruction, at=at)
    keys = Account.objects.filter(lot=lot, status__in=[each.value for each in _USED], units__gt=0)
    blocked = _quarantine(
        list(keys.values_list("lot_id", "place_id", "owner_id", "status")),
        key=f"recall:{declared.pk}:{at.isoformat()}",
        reason=f"Rappel : {reason.strip()}",
        by=actor.by,
        at=at,
    )
    by_place: Counter[str] = Counter()
    for (_lot, place, _owner, _status), units in blocked.items():
        by_place[place] += units
    return dict(by_place)


def _declare(lot: Lot, *, actor: Actor, reason: str, instruction: str, at: datetime) -> Recall:
    declared, new = Recall.objects.get_or_create(
        lot=lot,
        defaults={
            "reason": reason.strip(),
            "instruction": instruction.strip(),
            "declared_by": actor.by,
            "declared_at": at,
        },
    )
    if not new and declared.closed_at is not None:
        declared.reason, declared.instruction = reason.strip(), instruction.strip()
        declared.declared_by, declared.declared_at = actor.by, at
        declared.closed_by, declared.closed_at = "", None
        declared.save()
    if lot.recalled_at is None:
        lot.recalled_at = at
        lot.save(update_fields=["recalled_at"])
    return declared


@traced("Clôture d’un rappel")
@transaction.atomic
def close_recall(*, actor: Actor, recall_id: int, reason: str, at: datetime) -> Recall:
    """Close a recall: what is in quarantine stays there, and may be unblocked or written off from now on."""
    actor.require(Deed.RECALL_DECLARE)
    refuse(*text_faults("reason", reason, length=REASON_LENGTH))
    lot = Lot.objects.select_for_update(no_key=True).filter(recall=recall_id).first()
    if lot is None:
        raise NotFound(detail="Ce rappel n’est pas connu.")
    declared = Recall.objects.get(pk=recall_id)
    if declared.closed_at is not None:
        raise RecallClosed(detail=f"Ce rappel est clos depuis le {declared.closed_at:%d/%m/%Y}.")
    # After this point, the closing must succeed.

    declared.closed_by, declared.closed_at = actor.by, at
    declared.save()
    lot.recalled_at = None
    lot.save(update_fields=["recalled_at"])
    return declared


# ------------------------------------------------------------------ what every deed says


def _refuse_too_old(lot: int, *, at: datetime) -> None:
    found = Lot.objects.filter(pk=lot).first()
    if found and is_too_old(expires_on=found.expires_on, on=at.astimezone(PARIS).date()):
        raise LotTooOld(
            detail=f"Le lot {found.number} expire le {found.expires_on:%d/%m/%Y} : il n’est plus remis.",
        )


def _deed_faults(*, place: str, key: str, reason: str, units: int | None = None) -> Iterator[Fault]:
    yield from place_faults(place=place)
    yield from text_faults("key", key, length=DEED_KEY_LENGTH)
    yield from text_faults("reason", reason, length=REASON_LENGTH)
    if units is not None:
        yield from units_faults(units)
