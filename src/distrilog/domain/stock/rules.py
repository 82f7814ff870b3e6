"""What each kind of entry may do: between which statuses and places, and whether it posts a reservation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, assert_never


STATE: Final = "state"
CONSORTIUM: Final = "consortium"
# Where what was delivered lies: the facilities, together. Which one has it is told by its parcels.
DOOR: Final = "door"
# Where units lie that one facility lends another; those the books did not know belong to the facilities.
LOANS: Final = "loan"
FACILITIES: Final = "facilities"


class Status(StrEnum):
    """What the units of an account may be used for."""

    OUTSIDE = "outside"
    AVAILABLE = "available"
    STRATEGIC = "strategic"
    QUARANTINE = "quarantine"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    DISPUTED = "disputed"


class Kind(StrEnum):
    """Why units move."""

    OPENING = "opening"
    RECEIPT = "receipt"
    ALLOT = "allot"
    ISSUE = "issue"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    DELIVERY = "delivery"
    RETURN = "return"
    DISPUTE = "dispute"
    BLOCK = "block"
    UNBLOCK = "unblock"
    WRITE_OFF = "write_off"
    COUNT = "count"
    LOAN = "loan"
    GIVE_BACK = "give_back"
    GIFT = "gift"
    CESSION = "cession"


class PendingKind(StrEnum):
    """Why a promise changes."""

    RESERVE = "reserve"
    VOID = "void"
    EXPIRE = "expire"


# More than any store holds, and small enough that the sum of any ledger stays below 2^63.
MOVEMENT_LIMIT: Final = 10**12

_HELD: Final = (Status.AVAILABLE, Status.STRATEGIC, Status.QUARANTINE)
_IN: Final = frozenset((Status.OUTSIDE, held) for held in _HELD)
_PATHS: Final[dict[Kind, frozenset[tuple[Status, Status]]]] = {
    Kind.OPENING: _IN,
    Kind.RECEIPT: _IN,
    Kind.ALLOT: frozenset(
        {(Status.AVAILABLE, Status.STRATEGIC), (Status.STRATEGIC, Status.AVAILABLE)}
    ),
    Kind.ISSUE: frozenset({(Status.AVAILABLE, Status.IN_TRANSIT)}),
    Kind.TRANSFER_OUT: frozenset({(Status.AVAILABLE, Status.IN_TRANSIT)}),
    Kind.TRANSFER_IN: frozenset(
        {(Status.IN_TRANSIT, Status.AVAILABLE), (Status.IN_TRANSIT, Status.QUARANTINE)}
    ),
    Kind.DELIVERY: frozenset({(Status.IN_TRANSIT, Status.DELIVERED)}),
    # A returned box is looked at before it is used again; of one that never left the dock, nothing is doubtful.
    Kind.RETURN: frozenset(
        (gone, back)
        for gone in (Status.IN_TRANSIT, Status.DELIVERED, Status.DISPUTED)
        for back in (Status.QUARANTINE, Status.AVAILABLE)
    ),
    Kind.DISPUTE: frozenset(
        {(Status.DELIVERED, Status.DISPUTED), (Status.DISPUTED, Status.DELIVERED)}
        | {(Status.IN_TRANSIT, Status.DISPUTED)}
    ),
    Kind.BLOCK: frozenset(
        {(Status.AVAILABLE, Status.QUARANTINE), (Status.STRATEGIC, Status.QUARANTINE)}
    ),
    Kind.UNBLOCK: frozenset({(Status.QUARANTINE, Status.AVAILABLE)}),
    # Between facilities: what the State delivered is known by lot, what they bought themselves comes from outside.
    Kind.LOAN: frozenset(
        {(Status.DELIVERED, Status.DELIVERED), (Status.OUTSIDE, Status.DELIVERED)}
    ),
    Kind.GIVE_BACK: frozenset(
        {(Status.DELIVERED, Status.DELIVERED), (Status.DELIVERED, Status.OUTSIDE)}
    ),
    Kind.GIFT: frozenset({(Status.DELIVERED, Status.DELIVERED)}),
    # Whose they are changes, and nothing else: they stay where they lie, and usable.
    Kind.CESSION: frozenset({(Status.AVAILABLE, Status.AVAILABLE)}),
    Kind.WRITE_OFF: frozenset(
        (lost, Status.OUTSIDE)
        for lost in (*_HELD, Status.IN_TRANSIT, Status.DISPUTED, Status.DELIVERED)
    ),
    Kind.COUNT: _IN | {(held, Status.OUTSIDE) for held in _HELD},
}
# The others happen where the units lie.
_BETWEEN_PLACES: Final = frozenset({Kind.TRANSFER_IN, Kind.DELIVERY, Kind.RETURN, Kind.DISPUTE})
# Between facilities: what was delivered changes place, from the door to the loans and back; what the books
# did not know comes from outside to the loans, and goes back there.
_BETWEEN_FACILITIES: Final = frozenset({Kind.LOAN, Kind.GIVE_BACK, Kind.GIFT})


def path_fault(
    *,
    kind: Kind,
    source: Status,
    target: Status,
    same_place: bool,
    posts: bool,
    same_owner: bool = True,
) -> str | None:
    """
    Return the French sentence saying why an entry is not of its kind, or None.

    Only an issue posts a reservation: what is promised leaves as what it was promised for, and what
    leaves for a facility was promised first. Only a cession changes the owner, and it always does.
    """
    if (source, target) not in _PATHS[kind]:
        return f"Une écriture « {kind} » ne va pas de « {source} » à « {target} »."
    if same_owner is (kind is Kind.CESSION):
        return "Une cession change de propriétaire, et elle seule."
    if kind in _BETWEEN_FACILITIES and same_place is (source is target):
        return f"Une écriture « {kind} » change de lieu, sauf depuis ou vers l’extérieur."
    if not same_place and kind not in _BETWEEN_PLACES | _BETWEEN_FACILITIES:
        return f"Une écriture « {kind} » ne change pas de lieu."
    if posts and kind is not Kind.ISSUE:
        return "Seule une expédition règle une réservation."
    return None


def sign_of(kind: PendingKind) -> int:
    """Return whether a pending entry adds to what is promised, or takes from it."""
    match kind:
        case PendingKind.RESERVE:
            return 1
        case PendingKind.VOID | PendingKind.EXPIRE:
            return -1
        case _:
            assert_never(kind)


class Cause(StrEnum):
    """Why units are written off."""

    EXPIRED = "expired"
    BROKEN = "broken"
    STOLEN = "stolen"
    RECALLED = "recalled"
    LOST = "lost"


CAUSE_NAMES: Final[dict[Cause, str]] = {
    Cause.EXPIRED: "péremption",
    Cause.BROKEN: "casse",
    Cause.STOLEN: "vol",
    Cause.RECALLED: "rappel",
    Cause.LOST: "perte",
}


class Condition(StrEnum):
    """In what state units arrive."""

    GOOD = "good"
    DOUBTFUL = "doubtful"


class PalletOutcome(StrEnum):
    """How a pallet's journey between two places ended."""

    RECEIVED = "received"
    DOUBTFUL = "doubtful"
    RETURNED = "returned"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Usable units of a lot at a place."""

    lot: int
    units: int
    expires_on: date | None


# What reaches a facility with less than this to live is not help.
LAST_DAYS: Final = timedelta(days=14)


def is_too_old(*, expires_on: date | None, on: date) -> bool:
    """Tell whether a lot is in its last days, or past them: it is not handed out any more."""
    return expires_on is not None and expires_on < on + LAST_DAYS


def _soonest_first(batches: Iterable[Batch], on: date) -> list[Batch]:
    fresh = (one for one in batches if not is_too_old(expires_on=one.expires_on, on=on))
    return sorted(fresh, key=lambda one: (one.expires_on or date.max, one.lot))


def first_expired_first_out(*, units: int, batches: Iterable[Batch], on: date) -> dict[int, int]:
    """
    Return units by lot: what expires first leaves first, and nothing within its last days.

    Fewer than asked when the batches do not hold as many. Lots without expiry go last; ties by lot id.
    """
    chosen: dict[int, int] = {}
    left = units
    for batch in _soonest_first(batches, on):
        taken = min(left, batch.units)
        if taken > 0:
            chosen[batch.lot] = taken
            left -= taken
    return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Pallet:
    """Units of one lot on one pallet, full or not."""

    lot: int
    units: int


def whole_pallets(
    *, units: int, batches: Iterable[Batch], pallet_units: Mapping[int, int], free: int, on: date
) -> list[Pallet]:
    """
    Return the pallets that carry at least `units`, what expires first first, never more than is `free`.

    What is taken of a lot is rounded up to its whole pallets (`pallet_units` by lot); only the end of a
    lot, or of what is free, makes one that is not full. They carry less than asked where there is less.
    """
    pallets: list[Pallet] = []
    left, unpromised = units, free
    for batch in _soonest_first(batches, on):
        size = pallet_units[batch.lot]
        taken = min(-(-max(0, left) // size) * size, batch.units, unpromised)
        left -= taken
        unpromised -= taken
        pallets += [
            Pallet(lot=batch.lot, units=min(size, taken - start)) for start in range(0, taken, size)
        ]
    return pallets


def strategic_share(*, units: int, per_mille: int, box_units: int) -> int:
    """
    Return the part of an arrival kept for the strategic stock: rounded up to whole boxes, never above it.

    Rounded up because the strategic stock is served first: a purchase of many small arrivals keeps at
    least its share.
    """
    boxes = -(-units * per_mille // (1000 * box_units))
    return min(units, boxes * box_units)
