"""What is moved and promised, what refuses it, and what both read under lock."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from distrilog.domain.stock.rules import (
    MOVEMENT_LIMIT,
    STATE,
    Kind,
    PendingKind,
    Status,
)
from distrilog.kernel.refusals import Fault, Invalid, Refusal


AccountKey = tuple[int, str, str, str]  # lot, place, owner, status
PositionKey = tuple[str, str, str]  # place, owner, family

# What the columns hold.
KEY_LENGTH: Final = 160
TEXT_LENGTHS: Final = {"posts": 120, "about": 80, "reason": 300}


class NotEnoughStock(Refusal):
    """Le stock ne suffit pas."""

    slug = "not-enough-stock"


class KeyReused(Refusal):
    """Cette clé a déjà servi à une autre écriture."""

    slug = "key-reused"


class LotRecalled(Refusal):
    """Ce lot est rappelé."""

    slug = "lot-recalled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Movement:
    """
    Units of a lot to move, from one status to another, perhaps to another place. `key` is chosen by the caller.

    `posts` is the key of the reservation that an issue uses up; `about` is what it is done for. `to_owner` is
    whose they become by a cession.
    """

    key: str
    kind: Kind
    lot: int
    units: int
    place: str
    source: Status
    target: Status
    to: str = ""
    owner: str = STATE
    to_owner: str = ""
    posts: str = ""
    about: str = ""
    reason: str = ""

    @property
    def source_account(self) -> AccountKey:
        """The account that units leave."""
        return self.lot, self.place, self.owner, self.source.value

    @property
    def target_account(self) -> AccountKey:
        """The account that units reach."""
        return self.lot, self.to or self.place, self.to_owner or self.owner, self.target.value


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """Units of a family at a place to promise, or to give back. `key` is chosen by the caller."""

    key: str
    kind: PendingKind
    reservation: str
    place: str
    family: str
    units: int
    owner: str = STATE
    reason: str = ""

    @property
    def position(self) -> PositionKey:
        """The position it is promised of."""
        return self.place, self.owner, self.family


@dataclass(slots=True, kw_only=True)
class HeldPosition:
    """A position under lock. Units."""

    id: int
    usable: int
    reserved: int

    @property
    def free(self) -> int:
        """Units that nobody was promised."""
        return self.usable - self.reserved


@dataclass(slots=True, kw_only=True)
class HeldReservation:
    """A reservation under lock; `pending` in units."""

    id: int
    position: PositionKey
    pending: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """What movements and promises meet: positions, reservations and accounts, locked; entries already written."""

    families: Mapping[int, str]
    positions: Mapping[PositionKey, HeldPosition]
    reservations: Mapping[str, HeldReservation]
    account_ids: Mapping[AccountKey, int] = field(default_factory=dict)
    balances: Mapping[AccountKey, int] = field(default_factory=dict)
    recalled: Collection[int] = frozenset()

    def position_of(self, account: AccountKey) -> PositionKey:
        """Return the position an account's units count in when they are usable."""
        lot, place, owner, _status = account
        return place, owner, self.families[lot]


def text_faults(row: Movement | Promise) -> Iterator[tuple[str, str]]:
    """Yield the texts that no column holds, as (name, French sentence)."""
    for name, length in TEXT_LENGTHS.items():
        text = getattr(row, name, "")
        if len(text) > length or "\0" in text:
            yield name, f"Ce texte compte au plus {length} caractères lisibles."


def refuse_malformed(name: str, rows: Sequence[tuple[str, int, Iterable[tuple[str, str]]]]) -> None:
    """Refuse rows, as (key, units, other faults), for everything that is wrong with them at once."""
    faults = [
        Fault(where=f"{name}.{rank}.{where}", message=message)
        for rank, (key, units, others) in enumerate(rows)
        for where, message in chain(_malformed(key, units), others)
    ]
    repeated = [key for key, count in Counter(row[0] for row in rows).items() if count > 1]
    faults += [
        Fault(where=key, message=f"La clé « {key} » est donnée deux fois.") for key in repeated
    ]
    if faults:
        raise Invalid(*faults)


def _malformed(key: str, units: int) -> Iterator[tuple[str, str]]:
    if not key or len(key) > KEY_LENGTH or "\0" in key:
        yield "key", f"Une écriture a une clé de 1 à {KEY_LENGTH} caractères."
    # Half a glove would be rounded by the database, and rounded again by its balance.
    if type(units) is not int or not 0 < units <= MOVEMENT_LIMIT:
        yield "units", f"Une écriture porte sur 1 à {MOVEMENT_LIMIT} unités entières."


def overdrawn(key: str, units: int, pending: int) -> Iterator[Fault]:
    """Yield the fault of settling more than a reservation holds."""
    if units > pending:
        yield Fault(
            where=key,
            message=(
                f"La réservation « {key} » ne contient plus que {pending} unités : "
                f"impossible d’en régler {units}."
            ),
            values={"asked": units, "left": pending},
        )


def refuse_lost_race(keys: Sequence[str], ids: Mapping[str, int]) -> None:
    """Refuse a key written since we looked, on other accounts: other locks, so no waiting."""
    if len(ids) < len(keys):
        raise KeyReused(
            *(
                Fault(where=key, message=f"La clé « {key} » vient de servir.")
                for key in sorted(set(keys) - ids.keys())
            )
        )


def columns(rows: Collection[Sequence[object]], *, width: int) -> list[list[object]]:
    """Turn rows into the arrays that `unnest` reads."""
    return [[row[place] for row in rows] for place in range(width)]
