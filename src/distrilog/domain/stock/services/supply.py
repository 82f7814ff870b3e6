"""What comes into the stock: purchases planned, received as they arrive, and their rest cancelled."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Article
from distrilog.domain.stock.models import Entry, Lot, Place, Purchase
from distrilog.domain.stock.queries.supply import pallets_free
from distrilog.domain.stock.rules import (
    Condition,
    Kind,
    Status,
    is_too_old,
    strategic_share,
)
from distrilog.domain.stock.services.faults import place_faults, refuse, text_faults, units_faults
from distrilog.domain.stock.services.ledger import KeyReused, Movement, move
from distrilog.domain.stock.services.registering import NewLot, register_lots
from distrilog.kernel.refusals import Fault, NotFound, Refusal
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


REFERENCE_LENGTH: Final = 40
SUPPLIER_LENGTH: Final = 80
RECEIPT_KEY_LENGTH: Final = 60
REASON_LENGTH: Final = 250
# A lorry carries 33 pallets; what names more lots at once is not one arrival.
ARRIVALS: Final = 500
_PER_MILLE: Final = 1000


class TooMuch(Refusal):
    """C’est plus que ce qui est attendu."""

    slug = "too-much"


class NoRoom(Refusal):
    """La capacité du lieu ne suffit pas."""

    slug = "no-room"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Units of one lot that arrived together."""

    lot: str
    units: int
    expires_on: date | None = None
    condition: Condition = Condition.GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of an arrival, in units, and what is still to come."""

    strategic: int
    available: int
    quarantine: int
    awaited: int


@traced("Achat prévu")
@transaction.atomic
def plan_purchase(
    *,
    actor: Actor,
    reference: str,
    gtin: str,
    place: str,
    supplier: str,
    units: int,
    expected_on: date,
    at: datetime,
    strategic_per_mille: int = 0,
) -> Purchase:
    """
    Write down a purchase and when it is due. Planned again the same under its reference, it is returned.

    Raises `Invalid` with every fault at once; `KeyReused` where the reference is that of another purchase.
    """
    actor.require(Deed.STOCK_MANAGE)
    refuse(
        *text_faults("reference", reference, length=REFERENCE_LENGTH),
        *text_faults("supplier", supplier, length=SUPPLIER_LENGTH),
        *_purchase_faults(gtin=gtin, place=place, units=units, per_mille=strategic_per_mille),
    )
    content = {
        "article_id": gtin,
        "place_id": place,
        "supplier": supplier.strip(),
        "units": units,
        "expected_on": expected_on,
        "strategic_per_mille": strategic_per_mille,
    }
    # After this point, the plan must succeed, or have been made before.

    purchase, _new = Purchase.objects.get_or_create(
        reference=reference.strip(), defaults={**content, "made_by": actor.by, "made_at": at}
    )
    if any(getattr(purchase, name) != value for name, value in content.items()):
        raise KeyReused(
            Fault(where="reference", message=f"L’achat « {reference} » est déjà prévu autrement.")
        )
    return purchase


def _purchase_faults(*, gtin: str, place: str, units: int, per_mille: int) -> Iterator[Fault]:
    article = Article.objects.filter(pk=gtin).first()
    quantity = list(units_faults(units))
    yield from quantity
    if article is None:
        yield Fault(where="gtin", message="Cet article n’est pas au catalogue.")
    elif not quantity and units % article.box_units:
        yield Fault(
            where="units",
            message=f"Cet article s’achète par boîtes de {article.box_units} unités.",
        )
    yield from place_faults(place=place)
    if type(per_mille) is not int or not 0 <= per_mille <= _PER_MILLE:
        yield Fault(where="strategic_per_mille", message="La part va de 0 à 1000 pour mille.")


@traced("Arrivée d’un achat")
@transaction.atomic
def receive_purchase(
    *, actor: Actor, reference: str, arrivals: Sequence[Arrival], key: str, at: datetime
) -> Received:
    """
    Book what arrived of a purchase: part kept for the strategic stock, the rest usable, the doubtful apart.

    The strategic part of each good arrival is the purchase's share rounded up to whole boxes
    (`rules.strategic_share`). What is doubtful, of a recalled lot, or in its last days goes to quarantine
    whole. Received again under its key, it is booked once. Raises `Invalid`, `TooMuch` with what is left,
    `NoRoom` with the pallets that fit, `LotDiffers`, `KeyReused`.
    """
    actor.require(Deed.STOCK_MANAGE)
    purchase = _locked(reference)
    refuse(*_arrival_faults(arrivals, key=key))
    lots = register_lots(lots=[_lot_of(purchase, each) for each in arrivals])
    movements = _receipts(purchase, arrivals, lots, key=key, at=at)
    if booked := _booked(purchase, movements, key=key):
        return _received(purchase, booked)
    units = sum(each.units for each in movements)
    if units > purchase.awaited:
        raise TooMuch(
            Fault(
                where="arrivals",
                message=f"{units} unités arrivées, {purchase.awaited} attendues.",
                remedy="Refuser l’excédent, ou prévoir un autre achat.",
                values={"asked": units, "left": purchase.awaited},
            )
        )
    _refuse_beyond_capacity(purchase, movements)
    # After this point, the receipt must succeed.

    move(movements=movements, by=actor.by, at=at)
    purchase.arrived += units
    purchase.save()
    return _received(purchase, [(each.target, each.units) for each in movements])


@traced("Reste d’un achat annulé")
@transaction.atomic
def cancel_rest(*, actor: Actor, reference: str, reason: str, at: datetime) -> Purchase:
    """Await nothing more of a purchase; what has arrived stays. Cancelled again, nothing changes."""
    actor.require(Deed.STOCK_MANAGE)
    refuse(*text_faults("reason", reason, length=REASON_LENGTH))
    purchase = _locked(reference)
    # After this point, the cancellation must succeed.

    if purchase.awaited:
        purchase.cancelled_at = at
        purchase.save()
    return purchase


def _locked(reference: str) -> Purchase:
    purchase = (
        Purchase.objects.select_for_update(of=("self",), no_key=True)
        .select_related("article")
        .filter(reference=reference)
        .first()
    )
    if purchase is None:
        raise NotFound(
            detail=f"Aucun achat ne porte la référence « {reference[:REFERENCE_LENGTH]} »."
        )
    return purchase


def _arrival_faults(arrivals: Sequence[Arrival], *, key: str) -> Iterator[Fault]:
    yield from text_faults("key", key, length=RECEIPT_KEY_LENGTH)
    if not 0 < len(arrivals) <= ARRIVALS:
        yield Fault(where="arrivals", message=f"Une arrivée compte de 1 à {ARRIVALS} lots.")
    for rank, each in enumerate(arrivals):
        yield from units_faults(each.units, where=f"arrivals.{rank}.units")


def _lot_of(purchase: Purchase, arrival: Arrival) -> NewLot:
    return NewLot(gtin=purchase.article_id, number=arrival.lot, expires_on=arrival.expires_on)


def _receipts(
    purchase: Purchase,
    arrivals: Sequence[Arrival],
    lots: dict[tuple[str, str], int],
    *,
    key: str,
    at: datetime,
) -> list[Movement]:
    known = Lot.objects.in_bulk(lots.values())
    on = at.astimezone(PARIS).date()
    movements = []
    for rank, arrival in enumerate(arrivals):
        lot = known[lots[_lot_of(purchase, arrival).key]]
        sound = (
            arrival.condition is Condition.GOOD
            and lot.recalled_at is None
            and not is_too_old(expires_on=lot.expires_on, on=on)
        )
        movements += [
            Movement(
                key=f"{_prefix(purchase, key)}{rank}:{target}",
                kind=Kind.RECEIPT,
                lot=lot.pk,
                units=units,
                place=purchase.place_id,
                source=Status.OUTSIDE,
                target=target,
                about=_about(purchase),
            )
            for target, units in _parts(purchase, arrival.units, sound=sound)
        ]
    return movements


def _parts(purchase: Purchase, units: int, *, sound: bool) -> Iterator[tuple[Status, int]]:
    if not sound:
        yield Status.QUARANTINE, units
        return
    kept = strategic_share(
        units=units,
        per_mille=purchase.strategic_per_mille,
        box_units=purchase.article.box_units,
    )
    if kept:
        yield Status.STRATEGIC, kept
    if units > kept:
        yield Status.AVAILABLE, units - kept


def _about(purchase: Purchase) -> str:
    return f"purchase:{purchase.reference}"


def _prefix(purchase: Purchase, key: str) -> str:
    return f"{_about(purchase)}:{key}:"


def _booked(
    purchase: Purchase, movements: Sequence[Movement], *, key: str
) -> list[tuple[str, int]]:
    """Return status and units of this receipt, if it is booked; refuse its key for one of other lots."""
    prefix = _prefix(purchase, key)
    found = Entry.objects.filter(about=_about(purchase), key__startswith=prefix)
    # Rank and status follow: anything longer is of another key that begins like this one.
    rows = [
        (lot, status, units)
        for lot, status, units, name in found.values_list(
            "lot_id", "target__status", "units", "key"
        )
        if name.removeprefix(prefix).count(":") == 1
    ]
    asked: Counter[int] = Counter()
    for each in movements:
        asked[each.lot] += each.units
    booked: Counter[int] = Counter()
    for lot, _status, units in rows:
        booked[lot] += units
    if booked and booked != asked:
        raise KeyReused(
            Fault(where="key", message=f"La clé « {key} » a servi à une autre arrivée.")
        )
    return [(status, units) for _lot, status, units in rows]


def _refuse_beyond_capacity(purchase: Purchase, movements: Sequence[Movement]) -> None:
    """Refuse what does not fit. The place is locked: no two arrivals share the last pallet."""
    Place.objects.select_for_update(no_key=True).get(pk=purchase.place_id)
    free = pallets_free(place=purchase.place_id)
    pallets = sum(-(-each.units // purchase.article.pallet_units) for each in movements)
    if free is not None and pallets > free:
        raise no_room(place=purchase.place_id, pallets=pallets, free=max(0, free))


def no_room(*, place: str, pallets: int, free: int) -> NoRoom:
    """Return the refusal of more pallets than fit at a place."""
    return NoRoom(
        Fault(
            where="pallets",
            message=f"{pallets} palettes pour {place}, qui n’en accueille plus que {free}.",
            remedy="Réduire la quantité, ou attendre des départs.",
            values={"asked": pallets, "left": free},
        )
    )


def _received(purchase: Purchase, parts: Iterable[tuple[str, int]]) -> Received:
    by_target: Counter[str] = Counter()
    for status, units in parts:
        by_target[status] += units
    return Received(
        strategic=by_target[Status.STRATEGIC],
        available=by_target[Status.AVAILABLE],
        quarantine=by_target[Status.QUARANTINE],
        awaited=purchase.awaited,
    )
