"""What a region is given, buys or finds: written down, looked at, received as it arrives, its rest cancelled."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Article
from distrilog.domain.regional.models import Supply
from distrilog.domain.regional.services.places import (
    KEY_LENGTH,
    WORDS_LENGTH,
    own_region,
    own_store,
    store_in,
    units_faults,
    words_faults,
)
from distrilog.domain.stock.models import Entry, Lot
from distrilog.domain.stock.rules import Condition, Kind, Status, is_too_old
from distrilog.domain.stock.services import (
    Arrival,
    KeyReused,
    Movement,
    NewLot,
    TooMuch,
    hold,
    move,
    register_lots,
)
from distrilog.domain.stock.services.supply import ARRIVALS
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


REFERENCE_LENGTH: Final = 40
DONOR_LENGTH: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSupply:
    """What is coming: how, from whom, how many units, where to. No place: the region's own store."""

    reference: str
    kind: str
    donor: str
    gtin: str
    units: int
    place: str = ""
    expected_on: date | None = None
    quality: str = Supply.Quality.UNCHECKED.value
    quality_words: str = ""


@traced("apport régional")
@transaction.atomic
def register_supply(*, actor: Actor, supply: NewSupply, at: datetime) -> Supply:
    """
    Write down what a region is given, buys or finds, and becomes the agency's as it arrives. The same again is returned.

    Raises `Invalid` with every fault at once; `KeyReused` where the reference is that of another supply.
    """
    actor.require(Deed.REGIONAL_MANAGE)
    region = own_region(actor)
    faults = list(_supply_faults(supply))
    if faults:
        raise Invalid(*faults)
    place = store_in(region=region, place=supply.place)
    _store, owner = own_store(region=region)
    content = {
        "region_id": region,
        "kind": supply.kind,
        "donor": supply.donor.strip(),
        "article_id": supply.gtin,
        "place_id": place.pk,
        "owner_id": owner.pk,
        "units": supply.units,
        "expected_on": supply.expected_on,
    }
    # After this point, the supply must be written, or have been before.

    found, _new = Supply.objects.get_or_create(
        reference=supply.reference.strip(),
        defaults={
            **content,
            "quality": supply.quality,
            "quality_words": supply.quality_words.strip(),
            "made_by": actor.by,
            "made_at": at,
        },
    )
    if any(getattr(found, name) != value for name, value in content.items()):
        raise KeyReused(
            Fault(where="reference", message="Cette référence est celle d’un autre apport.")
        )
    return found


def _supply_faults(supply: NewSupply) -> Iterator[Fault]:
    yield from words_faults("reference", supply.reference, length=REFERENCE_LENGTH)
    yield from words_faults("donor", supply.donor, length=DONOR_LENGTH)
    yield from words_faults("quality_words", supply.quality_words, required=False)
    yield from units_faults(supply.units)
    if supply.kind not in Supply.Kind.values:
        yield Fault(where="kind", message="Un apport est un don, un achat ou un stock recensé.")
    if supply.quality not in Supply.Quality.values:
        yield Fault(where="quality", message="Cette qualité n’est pas connue.")
    if not Article.objects.filter(pk=supply.gtin).exists():
        yield Fault(where="gtin", message="Cet article n’est pas au catalogue.")


@traced("qualité d’un apport")
@transaction.atomic
def check_quality(
    *, actor: Actor, reference: str, accepted: bool, words: str, at: datetime
) -> Supply:
    """
    Say what a look at the goods found: accepted, what lies in quarantine of it becomes usable; refused, all of it that is there goes there.

    A refusal is a fact: what was promised of it becomes a shortfall. Lots recalled or in their last days stay in quarantine.
    """
    actor.require(Deed.REGIONAL_MANAGE)
    supply = locked_supply(actor=actor, reference=reference)
    faults = list(words_faults("words", words))
    if faults:
        raise Invalid(*faults)
    movements = _quality_movements(supply, accepted=accepted, words=words.strip(), at=at)
    # After this point, the quality must be written.

    move(movements=movements, by=actor.by, at=at)
    supply.quality = Supply.Quality.ACCEPTED if accepted else Supply.Quality.REFUSED
    supply.quality_words = words.strip()
    supply.save(update_fields=["quality", "quality_words"])
    return supply


def _quality_movements(
    supply: Supply, *, accepted: bool, words: str, at: datetime
) -> list[Movement]:
    """Return what moves in or out of quarantine: never more of a lot than this supply brought."""
    brought = _brought(supply)
    source, target = Status.QUARANTINE, Status.AVAILABLE
    if not accepted:
        source, target = target, source
    accounts = {lot: (lot, supply.place_id, supply.owner_id, source.value) for lot in brought}
    reached = {
        (lot, place, owner, target.value) for lot, place, owner, _status in accounts.values()
    }
    balances = hold(accounts={*accounts.values(), *reached})
    usable = _usable_lots(accounts, at=at) if accepted else set(accounts)
    movements = []
    for lot, account in accounts.items():
        units = min(brought[lot][source.value], balances[account])
        if units > 0 and lot in usable:
            movements.append(
                Movement(
                    key=f"{about(supply)}:quality:{at.isoformat()}:{lot}",
                    kind=Kind.UNBLOCK if accepted else Kind.BLOCK,
                    lot=lot,
                    units=units,
                    place=supply.place_id,
                    owner=supply.owner_id,
                    source=source,
                    target=target,
                    about=about(supply),
                    reason=words,
                )
            )
    return movements


def _brought(supply: Supply) -> dict[int, Counter[str]]:
    """Return what a supply's own entries put in each status, by lot."""
    found: dict[int, Counter[str]] = {}
    rows = Entry.objects.filter(about=about(supply)).values_list(
        "lot", "units", "source__status", "target__status"
    )
    for lot, units, source, target in rows:
        statuses = found.setdefault(lot, Counter())
        statuses[source] -= units
        statuses[target] += units
    return found


def _usable_lots(lots: Iterable[int], *, at: datetime) -> set[int]:
    on = at.astimezone(PARIS).date()
    return {
        lot.pk
        for lot in Lot.objects.filter(pk__in=lots, recalled_at__isnull=True)
        if not is_too_old(expires_on=lot.expires_on, on=on)
    }


@traced("arrivée d’un apport")
@transaction.atomic
def receive_supply(
    *, actor: Actor, reference: str, arrivals: Sequence[Arrival], key: str, at: datetime
) -> Supply:
    """
    Book what arrived, in part or whole, lot by lot: usable where the supply was accepted, in quarantine otherwise.

    Received again under its key, it is booked once. Raises `Invalid`, `TooMuch` with what is left, `LotDiffers`, `KeyReused`.
    """
    actor.require(Deed.REGIONAL_MANAGE)
    supply = locked_supply(actor=actor, reference=reference)
    faults = list(_arrival_faults(arrivals, key=key))
    if faults:
        raise Invalid(*faults)
    movements = _receipts(supply, arrivals, key=key, at=at)
    if _is_booked(supply, movements, key=key):
        return supply
    units = sum(each.units for each in movements)
    if units > supply.pending:
        raise TooMuch(
            Fault(
                where="arrivals",
                message=f"{units} unités arrivées, {supply.pending} attendues.",
                remedy="Écrire un autre apport pour ce qui dépasse.",
                values={"asked": units, "left": supply.pending},
            )
        )
    # After this point, the arrival must be booked.

    move(movements=movements, by=actor.by, at=at)
    supply.arrived += units
    supply.save(update_fields=["arrived"])
    return supply


def _arrival_faults(arrivals: Sequence[Arrival], *, key: str) -> Iterator[Fault]:
    yield from words_faults("key", key, length=KEY_LENGTH)
    if not 0 < len(arrivals) <= ARRIVALS:
        yield Fault(where="arrivals", message=f"Une arrivée compte de 1 à {ARRIVALS} lots.")
    for rank, each in enumerate(arrivals):
        yield from units_faults(each.units, where=f"arrivals.{rank}.units")


def _receipts(
    supply: Supply, arrivals: Sequence[Arrival], *, key: str, at: datetime
) -> list[Movement]:
    news = [
        NewLot(gtin=supply.article_id, number=each.lot, expires_on=each.expires_on)
        for each in arrivals
    ]
    ids = register_lots(lots=news)
    usable = _usable_lots(ids.values(), at=at)
    movements = []
    for rank, (arrival, new) in enumerate(zip(arrivals, news, strict=True)):
        sound = (
            supply.quality == Supply.Quality.ACCEPTED
            and arrival.condition is Condition.GOOD
            and ids[new.key] in usable
        )
        movements.append(
            Movement(
                key=f"{_prefix(supply, key)}{rank}",
                kind=Kind.RECEIPT,
                lot=ids[new.key],
                units=arrival.units,
                place=supply.place_id,
                owner=supply.owner_id,
                source=Status.OUTSIDE,
                target=Status.AVAILABLE if sound else Status.QUARANTINE,
                about=about(supply),
                reason=f"{supply.get_kind_display()} : {supply.donor}",
            )
        )
    return movements


def _is_booked(supply: Supply, movements: Sequence[Movement], *, key: str) -> bool:
    """Tell whether an arrival is booked already; refuse its key for one of other lots or units."""
    prefix = _prefix(supply, key)
    booked = {
        name: (lot, units)
        for name, lot, units in Entry.objects.filter(
            about=about(supply), key__startswith=prefix
        ).values_list("key", "lot_id", "units")
        if ":" not in name.removeprefix(prefix)
    }
    asked = {each.key: (each.lot, each.units) for each in movements}
    if booked and booked != asked:
        raise KeyReused(Fault(where="key", message="Cette clé a servi à une autre arrivée."))
    return bool(booked)


@traced("reste d’un apport annulé")
@transaction.atomic
def cancel_rest(*, actor: Actor, reference: str, reason: str, at: datetime) -> Supply:
    """Await nothing more of a supply; what has arrived stays. Cancelled again, nothing changes."""
    actor.require(Deed.REGIONAL_MANAGE)
    supply = locked_supply(actor=actor, reference=reference)
    faults = list(words_faults("reason", reason, length=WORDS_LENGTH))
    if faults:
        raise Invalid(*faults)
    # After this point, the rest must be cancelled.

    if supply.pending:
        supply.cancelled_at = at
        supply.save(update_fields=["cancelled_at"])
    return supply


def locked_supply(*, actor: Actor, reference: str) -> Supply:
    """Lock a supply of the agency's region until the end, or NotFound."""
    supply = (
        Supply.objects.select_for_update(of=("self",), no_key=True)
        .filter(reference=reference, region=own_region(actor))
        .first()
    )
    if supply is None:
        raise NotFound(detail="Aucun apport de cette référence dans votre région.")
    return supply


def about(supply: Supply) -> str:
    """Return what the entries of a supply are about."""
    return f"supply:{supply.reference}"


def _prefix(supply: Supply, key: str) -> str:
    return f"{about(supply)}:{key}:"
