"""What each kind of entry may do: between which statuses, and whether it settles a reservation."""

from enum import StrEnum
from typing import Final, assert_never


class Status(StrEnum):
    """What the units of an account may be used for."""

    OUTSIDE = "outside"
    AVAILABLE = "available"
    RESERVED = "reserved"
    QUARANTINE = "quarantine"


class Kind(StrEnum):
    """Why units move."""

    OPENING = "opening"
    RECEIPT = "receipt"
    RESERVE = "reserve"
    RELEASE = "release"
    ISSUE = "issue"
    COUNT = "count"


# More than any store holds, and small enough that the sum of any ledger stays below 2^63.
MOVEMENT_LIMIT: Final = 10**12

_IN: Final = frozenset(
    {(Status.OUTSIDE, Status.AVAILABLE), (Status.OUTSIDE, Status.QUARANTINE)},
)


def paths(kind: Kind) -> frozenset[tuple[Status, Status]]:
    """Return from which status to which an entry of this kind may move units."""
    match kind:
        case Kind.OPENING | Kind.RECEIPT:
            return _IN
        case Kind.RESERVE:
            return frozenset({(Status.AVAILABLE, Status.RESERVED)})
        case Kind.RELEASE:
            return frozenset({(Status.RESERVED, Status.AVAILABLE)})
        case Kind.ISSUE:
            return frozenset({(Status.RESERVED, Status.OUTSIDE)})
        case Kind.COUNT:
            return _IN | {
                (Status.AVAILABLE, Status.OUTSIDE),
                (Status.QUARANTINE, Status.OUTSIDE),
                (Status.AVAILABLE, Status.QUARANTINE),
                (Status.QUARANTINE, Status.AVAILABLE),
            }
        case _:
            assert_never(kind)


def path_fault(*, kind: Kind, source: Status, target: Status, settles: str) -> str | None:
    """
    Return the French sentence saying why an entry is not of its kind, or None.

    Reserved units leave only by an entry that names the reservation it settles, and no other entry
    settles one: so what is pending can always be told reservation by reservation.
    """
    if (source, target) not in paths(kind):
        return f"Une écriture « {kind} » ne va pas de « {source} » à « {target} »."
    if source is Status.RESERVED and not settles:
        return "Ce qui est réservé ne sort qu’en citant sa réservation."
    if source is not Status.RESERVED and settles:
        return "Seules des unités réservées règlent une réservation."
    return None
