"""
The one way units move, and the one way they are promised: written together, once a key, or not at all.

Locks are taken in one order, by id: positions, reservations, accounts. Two callers can wait for each
other but never in a circle. A fixed number of statements, whatever the number of movements.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, Final

from django.db import connection, transaction

from distrilog.domain.stock.rules import (
    MOVEMENT_LIMIT,
    STATE,
    Kind,
    PendingKind,
    Status,
    path_fault,
    sign_of,
)
from distrilog.kernel.refusals import Fault, Invalid, Refusal


AccountKey = tuple[int, str, str, str]  # lot, place, owner, status
PositionKey = tuple[str, str, str]  # place, owner, family

_USED: Final = frozenset({Status.AVAILABLE, Status.STRATEGIC})
# What the columns hold.
KEY_LENGTH: Final = 160
TEXT_LENGTHS: Final = {"posts": 120, "about": 80, "reason": 300}

# A fact is written even where it leaves less than was promised; a decision is not.
_FACTS = frozenset({Kind.BLOCK, Kind.WRITE_OFF, Kind.COUNT})


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

    `posts` is the key of the reservation that an issue uses up; `about` is what it is done for.
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
        return self.lot, self.to or self.place, self.owner, self.target.value


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
class _Position:
    id: int
    usable: int
    reserved: int

    @property
    def free(self) -> int:
        return self.usable - self.reserved


@dataclass(slots=True, kw_only=True)
class _Reservation:
    id: int
    position: PositionKey
    pending: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ledger:
    """What movements and promises meet: positions, reservations and accounts, locked; entries already written."""

    families: Mapping[int, str]
    positions: Mapping[PositionKey, _Position]
    reservations: Mapping[str, _Reservation]
    account_ids: Mapping[AccountKey, int] = field(default_factory=dict)
    balances: Mapping[AccountKey, int] = field(default_factory=dict)
    recalled: Collection[int] = frozenset()

    def position_of(self, account: AccountKey) -> PositionKey:
        """Return the position an account's units count in when they are usable."""
        lot, place, owner, _status = account
        return place, owner, self.families[lot]


# ------------------------------------------------------------------ moving


@transaction.atomic
def move(*, movements: Sequence[Movement], by: str, at: datetime) -> dict[str, int]:
    """
    Write the movements together, or none; return the id of the entry of each key.

    A movement already written is passed over: callers may safely try again. Raises `Invalid`,
    `KeyReused`, or `NotEnoughStock` with everything that is short at once.
    """
    if not movements:
        return {}
    _refuse_malformed(
        "movements",
        [(each.key, each.units, chain(_movement_faults(each), _texts(each))) for each in movements],
    )
    ledger = _lock(movements)
    written = _written_entries(movements)
    _refuse_reused(ledger, movements, written)
    to_write = [each for each in movements if each.key not in written]
    ids = {key: row[0] for key, row in written.items()}
    if not to_write:
        return ids
    _refuse_recalled(ledger, to_write)
    changes = _changes(ledger, to_write)
    _refuse_shortages(ledger, to_write, changes)
    # After this point, the movements must succeed.

    return ids | _write(ledger, to_write, changes, by=by, at=at)


def _movement_faults(movement: Movement) -> Iterator[tuple[str, str]]:
    fault = path_fault(
        kind=movement.kind,
        source=movement.source,
        target=movement.target,
        same_place=movement.to in {"", movement.place},
        posts=bool(movement.posts),
    )
    if fault:
        yield "kind", fault


def _texts(row: Movement | Promise) -> Iterator[tuple[str, str]]:
    for name, length in TEXT_LENGTHS.items():
        text = getattr(row, name, "")
        if len(text) > length or "\0" in text:
            yield name, f"Ce texte compte au plus {length} caractères lisibles."


def _refuse_malformed(
    name: str, rows: Sequence[tuple[str, int, Iterable[tuple[str, str]]]]
) -> None:
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


def _lock(movements: Sequence[Movement]) -> _Ledger:
    accounts = sorted(
        {each.source_account for each in movements} | {each.target_account for each in movements}
    )
    families = _families({each.lot for each in movements})
    usable = _usable_positions(accounts, families)
    reservations = {each.posts for each in movements if each.posts}
    positions = _locked_positions(usable)
    found = _locked_reservations(reservations)
    _refuse_unknown_reservations(reservations - found.keys())
    ids, balances, recalled = _locked_accounts(accounts)
    _refuse_unknown_accounts(movements, known=ids.keys())
    return _Ledger(
        families=families,
        positions=positions,
        reservations=found,
        account_ids=ids,
        balances=balances,
        recalled=recalled,
    )


def hold(*, accounts: Collection[AccountKey]) -> dict[AccountKey, int]:
    """
    Return what accounts (lot, place, owner, status) hold, and keep others from moving it until the end.

    For those who decide on what there is before they move it, inside their own transaction. Name every
    account that will be moved: what is locked later is locked out of order. Raises `Invalid`.
    """
    if not accounts:
        return {}
    keys = sorted(accounts)
    positions = _usable_positions(keys, _families({key[0] for key in keys}))
    _locked_positions(positions)
    _ids, balances, _recalled = _locked_accounts(keys)
    return balances


def _usable_positions(
    accounts: Collection[AccountKey], families: Mapping[int, str]
) -> set[PositionKey]:
    return {
        (place, owner, families[lot])
        for lot, place, owner, status in accounts
        if status == Status.AVAILABLE
    }


def _families(lots: Collection[int]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT lot.id, article.family_id FROM stock_lot lot
            JOIN catalogue_article article ON article.gtin = lot.article_id
            WHERE lot.id = ANY(%s)
            """,
            [list(lots)],
        )
        families = dict(cursor.fetchall())
    if len(families) < len(lots):
        raise Invalid(
            *(
                Fault(where=f"lots.{lot}", message="Ce lot n’est pas connu du registre des lots.")
                for lot in sorted(set(lots) - families.keys())
            )
        )
    return families


def _open_positions(keys: Collection[PositionKey]) -> None:
    """Open the positions that were never used; a place, owner or family nobody knows opens none."""
    if not keys:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO stock_position (place_id, owner_id, family_id, usable, reserved)
            SELECT place.code, owner.code, family.code, 0, 0
            FROM unnest(%s::text[], %s::text[], %s::text[]) AS wanted (place, owner, family)
            JOIN stock_place place ON place.code = wanted.place
            JOIN stock_owner owner ON owner.code = wanted.owner
            JOIN catalogue_family family ON family.code = wanted.family
            WHERE NOT EXISTS (
                SELECT FROM stock_position there
                WHERE (there.place_id, there.owner_id, there.family_id)
                    = (wanted.place, wanted.owner, wanted.family))
            ORDER BY 1, 2, 3
            ON CONFLICT DO NOTHING
            """,
            _columns(sorted(keys), width=3),
        )


def _locked_positions(keys: Collection[PositionKey]) -> dict[PositionKey, _Position]:
    """Lock positions in the order of their ids; those never used are opened, after those that are there."""
    found = _lock_positions(keys)
    missing = set(keys) - found.keys()
    if missing:
        _open_positions(missing)
        found |= _lock_positions(missing)
    return found


def _lock_positions(keys: Collection[PositionKey]) -> dict[PositionKey, _Position]:
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT place_id, owner_id, family_id, id, usable, reserved FROM stock_position
            WHERE (place_id, owner_id, family_id) IN (
                SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]))
            ORDER BY id FOR UPDATE
            """,
            _columns(sorted(keys), width=3),
        )
        return {
            (place, owner, family): _Position(id=id_, usable=usable, reserved=reserved)
            for place, owner, family, id_, usable, reserved in cursor.fetchall()
        }


def _locked_reservations(keys: Collection[str]) -> dict[str, _Reservation]:
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT reservation.key, reservation.id, reservation.pending,
                   position.place_id, position.owner_id, position.family_id
            FROM stock_reservation reservation
            JOIN stock_position position ON position.id = reservation.position_id
            WHERE reservation.key = ANY(%s)
            ORDER BY reservation.id FOR UPDATE OF reservation
            """,
            [list(keys)],
        )
        return {
            key: _Reservation(id=id_, position=(place, owner, family), pending=pending)
            for key, id_, pending, place, owner, family in cursor.fetchall()
        }


def _refuse_unknown_reservations(keys: Collection[str]) -> None:
    if keys:
        raise NotEnoughStock(
            *(
                Fault(where=key, message=f"La réservation « {key} » n’existe pas.")
                for key in sorted(keys)
            )
        )


def _open_accounts(keys: Sequence[AccountKey]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO stock_account (lot_id, place_id, owner_id, status, units)
            SELECT wanted.lot, place.code, owner.code, wanted.status, 0
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])
                 AS wanted (lot, place, owner, status)
            JOIN stock_place place ON place.code = wanted.place
            JOIN stock_owner owner ON owner.code = wanted.owner
            WHERE NOT EXISTS (
                SELECT FROM stock_account there
                WHERE (there.lot_id, there.place_id, there.owner_id, there.status)
                    = (wanted.lot, wanted.place, wanted.owner, wanted.status))
            ORDER BY 1, 2, 3, 4
            ON CONFLICT DO NOTHING
            """,
            _columns(keys, width=4),
        )


def _locked_accounts(
    keys: Sequence[AccountKey],
) -> tuple[dict[AccountKey, int], dict[AccountKey, int], set[int]]:
    """
    Return the id and the balance of each account, and which of the lots are recalled.

    Accounts never used are opened, after those that are there are locked. A recall locks the positions we
    already hold, so it is either seen here or waits for us.
    """
    rows = _lock_accounts(keys)
    if len(rows) < len(keys):
        missing = sorted(set(keys) - {tuple(row[:4]) for row in rows})
        _open_accounts(missing)
        rows += _lock_accounts(missing)
    ids: dict[AccountKey, int] = {tuple(row[:4]): row[4] for row in rows}
    balances: dict[AccountKey, int] = {tuple(row[:4]): row[5] for row in rows}
    return ids, balances, {row[0] for row in rows if row[6]}


def _lock_accounts(keys: Sequence[AccountKey]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT account.lot_id, account.place_id, account.owner_id, account.status,
                   account.id, account.units, lot.recalled_at IS NOT NULL
            FROM stock_account account JOIN stock_lot lot ON lot.id = account.lot_id
            WHERE (account.lot_id, account.place_id, account.owner_id, account.status) IN (
                SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]))
            ORDER BY account.id FOR UPDATE OF account
            """,
            _columns(keys, width=4),
        )
        return list(cursor.fetchall())


def _refuse_unknown_accounts(
    movements: Sequence[Movement], *, known: Collection[AccountKey]
) -> None:
    faults = [
        Fault(
            where=f"movements.{rank}",
            message=f"Lieu ou propriétaire inconnus : {account[1]}, {account[2]}.",
        )
        for rank, movement in enumerate(movements)
        for account in (movement.source_account, movement.target_account)
        if account not in known
    ]
    if faults:
        raise Invalid(*faults)


def _written_entries(movements: Sequence[Movement]) -> dict[str, tuple[int, str, int, int, int]]:
    """Read, once the accounts are locked, the entries that the movements repeat: id and content by key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, id, kind, source_id, target_id, units FROM stock_entry WHERE key = ANY(%s)",
            [[each.key for each in movements]],
        )
        return {key: tuple(row) for key, *row in cursor.fetchall()}


def _refuse_reused(
    ledger: _Ledger,
    movements: Sequence[Movement],
    written: Mapping[str, tuple[int, str, int, int, int]],
) -> None:
    """Refuse a key that served another movement; who and why do not count."""
    faults = [
        Fault(where=each.key, message=f"La clé « {each.key} » a servi à une autre écriture.")
        for each in movements
        if each.key in written
        and written[each.key][1:]
        != (
            each.kind.value,
            ledger.account_ids[each.source_account],
            ledger.account_ids[each.target_account],
            each.units,
        )
    ]
    if faults:
        raise KeyReused(*faults)


def _refuse_recalled(ledger: _Ledger, movements: Sequence[Movement]) -> None:
    """Refuse to make a recalled lot usable or strategic, wherever it comes from; it may still leave."""
    faults = [
        Fault(
            where=each.key,
            message=f"Le lot n° {each.lot} est rappelé : il ne peut plus servir.",
            remedy="Le mettre en quarantaine.",
            values={"lot": each.lot},
        )
        for each in movements
        if each.target in _USED and each.lot in ledger.recalled
    ]
    if faults:
        raise LotRecalled(*faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changes:
    """What the movements add to each account and position, and take from each reservation."""

    accounts: Mapping[AccountKey, int]
    usable: Mapping[PositionKey, int]
    posted: Mapping[str, int]
    # What decisions take beyond what was promised to them.
    unpromised: Mapping[PositionKey, int]


def _changes(ledger: _Ledger, movements: Sequence[Movement]) -> _Changes:
    accounts: defaultdict[AccountKey, int] = defaultdict(int)
    usable: defaultdict[PositionKey, int] = defaultdict(int)
    posted: Counter[str] = Counter()
    unpromised: Counter[PositionKey] = Counter()
    for each in movements:
        accounts[each.source_account] -= each.units
        accounts[each.target_account] += each.units
        if each.target is Status.AVAILABLE:
            usable[ledger.position_of(each.target_account)] += each.units
        if each.source is Status.AVAILABLE:
            position = ledger.position_of(each.source_account)
            usable[position] -= each.units
            if each.posts:
                posted[each.posts] += each.units
            elif each.kind not in _FACTS:
                unpromised[position] += each.units
    return _Changes(accounts=accounts, usable=usable, posted=posted, unpromised=unpromised)


def _refuse_shortages(ledger: _Ledger, movements: Sequence[Movement], changes: _Changes) -> None:
    faults = [
        *_short_accounts(ledger, changes),
        *_short_positions(ledger, changes),
        *_short_reservations(ledger, movements, changes),
    ]
    if faults:
        raise NotEnoughStock(*faults)


def _short_accounts(ledger: _Ledger, changes: _Changes) -> Iterator[Fault]:
    for account, change in sorted(changes.accounts.items()):
        lot, place, _owner, status = account
        if status != Status.OUTSIDE and ledger.balances[account] + change < 0:
            yield Fault(
                where=f"{place}.{ledger.families[lot]}.{lot}",
                message=(
                    f"Lot n° {lot} ({ledger.families[lot]}) à {place} : {-change} unités demandées, "
                    f"{ledger.balances[account]} en « {status} »."
                ),
                remedy="Réduire la quantité, ou attendre une réception.",
                values={"asked": -change, "left": ledger.balances[account]},
            )


def _short_positions(ledger: _Ledger, changes: _Changes) -> Iterator[Fault]:
    """Refuse what decisions take beyond what nobody was promised, once all else in the call is done."""
    posted: Counter[PositionKey] = Counter()
    for reservation, units in changes.posted.items():
        posted[ledger.reservations[reservation].position] += units
    for key, units in sorted(changes.unpromised.items()):
        free = ledger.positions[key].free + changes.usable[key] + posted[key] + units
        if units > free:
            left = max(0, free)
            yield Fault(
                where=".".join(key),
                message=f"{key[2]} à {key[0]} : {units} unités demandées, {left} non réservées.",
                remedy="Le reste est promis à des contingents et à des commandes.",
                values={"asked": units, "left": left},
            )


def _short_reservations(
    ledger: _Ledger, movements: Sequence[Movement], changes: _Changes
) -> Iterator[Fault]:
    for each in movements:
        if each.posts and ledger.reservations[each.posts].position != ledger.position_of(
            each.source_account
        ):
            yield Fault(
                where=each.key,
                message=f"La réservation « {each.posts} » porte sur un autre lieu ou une autre famille.",
            )
    for key, units in changes.posted.items():
        yield from _overdrawn(key, units, ledger.reservations[key].pending)


def _overdrawn(key: str, units: int, pending: int) -> Iterator[Fault]:
    if units > pending:
        yield Fault(
            where=key,
            message=(
                f"La réservation « {key} » ne contient plus que {pending} unités : "
                f"impossible d’en régler {units}."
            ),
            values={"asked": units, "left": pending},
        )


def _add_to_positions(ledger: _Ledger, changes: Mapping[PositionKey, Sequence[int]]) -> None:
    rows = [(ledger.positions[key].id, *change) for key, change in changes.items() if any(change)]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE stock_position position
               SET usable = position.usable + change.usable,
                   reserved = position.reserved + change.reserved
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS change (id, usable, reserved)
            WHERE position.id = change.id
            """,
            _columns(rows, width=3),
        )


def _add_to_reservations(ledger: _Ledger, changes: Mapping[str, int]) -> None:
    if not changes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE stock_reservation reservation SET pending = reservation.pending + change.units
            FROM unnest(%s::bigint[], %s::bigint[]) AS change (id, units)
            WHERE reservation.id = change.id
            """,
            _columns(
                [(ledger.reservations[key].id, units) for key, units in changes.items()], width=2
            ),
        )


# The balances and the entries that change them, in one statement: one without the other cannot be written.
_WRITE = """
    WITH positions AS (
        UPDATE stock_position position
           SET usable = position.usable + change.usable, reserved = position.reserved + change.reserved
          FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS change (id, usable, reserved)
         WHERE position.id = change.id
    ), reservations AS (
        UPDATE stock_reservation reservation SET pending = reservation.pending - change.units
          FROM unnest(%s::bigint[], %s::bigint[]) AS change (id, units)
         WHERE reservation.id = change.id
    ), accounts AS (
        UPDATE stock_account account SET units = account.units + change.units
          FROM unnest(%s::bigint[], %s::bigint[]) AS change (id, units)
         WHERE account.id = change.id
    )
    INSERT INTO stock_entry (key, kind, lot_id, source_id, target_id, units, posts_id,
                             about, reason, by, at)
    SELECT line.*, %s, %s
      FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
                  %s::bigint[], %s::bigint[], %s::text[], %s::text[]) AS line
        ON CONFLICT (key) DO NOTHING RETURNING key, id
"""


def _write(
    ledger: _Ledger,
    movements: Sequence[Movement],
    changes: _Changes,
    *,
    by: str,
    at: datetime,
) -> dict[str, int]:
    rows = [
        (
            each.key,
            each.kind.value,
            each.lot,
            ledger.account_ids[each.source_account],
            ledger.account_ids[each.target_account],
            each.units,
            ledger.reservations[each.posts].id if each.posts else None,
            each.about,
            each.reason,
        )
        # By key, so that callers who share keys by mistake wait for each other in one order.
        for each in sorted(movements, key=lambda movement: movement.key)
    ]
    reservations = [(ledger.reservations[key].id, units) for key, units in changes.posted.items()]
    accounts = [(ledger.account_ids[key], units) for key, units in changes.accounts.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                *_columns(_position_changes(ledger, changes), width=3),
                *_columns(reservations, width=2),
                *_columns(accounts, width=2),
                by,
                at,
                *_columns(rows, width=9),
            ],
        )
        ids = dict(cursor.fetchall())
    _refuse_lost_race([row[0] for row in rows], ids)
    return ids


def _position_changes(ledger: _Ledger, changes: _Changes) -> list[tuple[int, int, int]]:
    """Return what is added to each position, as (id, usable, reserved)."""
    positions: defaultdict[PositionKey, list[int]] = defaultdict(lambda: [0, 0])
    for key, units in changes.usable.items():
        positions[key][0] += units
    for reservation, units in changes.posted.items():
        positions[ledger.reservations[reservation].position][1] -= units
    return [
        (ledger.positions[key].id, usable, reserved)
        for key, (usable, reserved) in positions.items()
        if usable or reserved
    ]


def _refuse_lost_race(keys: Sequence[str], ids: Mapping[str, int]) -> None:
    """Refuse a key written since we looked, on other accounts: other locks, so no waiting."""
    if len(ids) < len(keys):
        raise KeyReused(
            *(
                Fault(where=key, message=f"La clé « {key} » vient de servir.")
                for key in sorted(set(keys) - ids.keys())
            )
        )


# ------------------------------------------------------------------ promising


@transaction.atomic
def promise(*, promises: Sequence[Promise], by: str, at: datetime) -> None:
    """
    Reserve units of positions, or give them back: together, or not at all.

    Within one call what is given back may be promised again. A promise already written is passed over.
    Raises `Invalid`, `KeyReused`, or `NotEnoughStock` with everything that is short at once.
    """
    if not promises:
        return
    _refuse_malformed(
        "promises",
        [(each.key, each.units, chain(_promise_faults(each), _texts(each))) for each in promises],
    )
    positions = {each.position for each in promises}
    held = _locked_positions(positions)
    _refuse_unknown_positions(promises, known=held.keys())
    _open_reservations(promises, held)
    reservations = _locked_reservations({each.reservation for each in promises})
    ledger = _Ledger(families={}, positions=held, reservations=reservations)
    to_write = _not_yet_written(ledger, promises)
    changes: Counter[str] = Counter()
    for each in to_write:
        changes[each.reservation] += sign_of(each.kind) * each.units
    _refuse_broken_promises(ledger, to_write, changes)
    # After this point, the promises must succeed.

    reserved: defaultdict[PositionKey, list[int]] = defaultdict(lambda: [0, 0])
    for key, units in changes.items():
        reserved[reservations[key].position][1] += units
    _add_to_positions(ledger, reserved)
    _add_to_reservations(ledger, {key: units for key, units in changes.items() if units})
    _insert_pending(ledger, to_write, by=by, at=at)


def _promise_faults(promise_: Promise) -> Iterator[tuple[str, str]]:
    length = TEXT_LENGTHS["posts"]
    if not promise_.reservation or len(promise_.reservation) > length:
        yield "reservation", f"Une réservation a une clé de 1 à {length} caractères."


def _refuse_unknown_positions(
    promises: Sequence[Promise], *, known: Collection[PositionKey]
) -> None:
    faults = [
        Fault(
            where=f"promises.{rank}",
            message=f"Lieu ou famille inconnus : {each.place}, {each.family}.",
        )
        for rank, each in enumerate(promises)
        if each.position not in known
    ]
    if faults:
        raise Invalid(*faults)


def _open_reservations(
    promises: Sequence[Promise], positions: Mapping[PositionKey, _Position]
) -> None:
    rows = {each.reservation: positions[each.position].id for each in promises}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO stock_reservation (key, position_id, pending)
            SELECT wanted.key, wanted.position, 0
            FROM unnest(%s::text[], %s::bigint[]) AS wanted (key, position)
            WHERE NOT EXISTS (SELECT FROM stock_reservation there WHERE there.key = wanted.key)
            ORDER BY 1 ON CONFLICT DO NOTHING
            """,
            _columns(sorted(rows.items()), width=2),
        )


def _not_yet_written(ledger: _Ledger, promises: Sequence[Promise]) -> list[Promise]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, kind, reservation_id, units FROM stock_pendingentry WHERE key = ANY(%s)",
            [[each.key for each in promises]],
        )
        written = {key: tuple(row) for key, *row in cursor.fetchall()}
    faults = [
        Fault(where=each.key, message=f"La clé « {each.key} » a servi à une autre écriture.")
        for each in promises
        if ledger.reservations[each.reservation].position != each.position
        or written.get(each.key, _content(ledger, each)) != _content(ledger, each)
    ]
    if faults:
        raise KeyReused(*faults)
    return [each for each in promises if each.key not in written]


def _content(ledger: _Ledger, promise_: Promise) -> tuple[str, int, int]:
    return promise_.kind.value, ledger.reservations[promise_.reservation].id, promise_.units


def _refuse_broken_promises(
    ledger: _Ledger, promises: Sequence[Promise], changes: Mapping[str, int]
) -> None:
    """Refuse to give back more than is pending, and to promise more than is free."""
    added: Counter[PositionKey] = Counter()
    for key, units in changes.items():
        added[ledger.reservations[key].position] += units
    grows = {each.position for each in promises if each.kind is PendingKind.RESERVE}
    faults = [
        Fault(
            where=".".join(position),
            message=(
                f"{position[2]} à {position[0]} : {units} unités à réserver, "
                f"{max(0, ledger.positions[position].free)} disponibles."
            ),
            remedy="Réduire la quantité, ou attendre une réception.",
            values={"asked": units, "left": max(0, ledger.positions[position].free)},
        )
        for position, units in sorted(added.items())
        if position in grows and units > max(0, ledger.positions[position].free)
    ]
    faults += chain.from_iterable(
        _overdrawn(key, -units, ledger.reservations[key].pending)
        for key, units in changes.items()
        if units < 0
    )
    if faults:
        raise NotEnoughStock(*faults)


def _insert_pending(ledger: _Ledger, promises: Sequence[Promise], *, by: str, at: datetime) -> None:
    rows = [
        (
            each.key,
            each.kind.value,
            ledger.reservations[each.reservation].id,
            each.units,
            each.reason,
        )
        for each in sorted(promises, key=lambda promise_: promise_.key)
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO stock_pendingentry (key, kind, reservation_id, units, reason, by, at)
            SELECT line.*, %s, %s
            FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[]) AS line
            ON CONFLICT (key) DO NOTHING RETURNING key, id
            """,
            [by, at, *_columns(rows, width=5)],
        )
        ids = dict(cursor.fetchall())
    _refuse_lost_race([row[0] for row in rows], ids)


def _columns(rows: Collection[Sequence[object]], *, width: int) -> list[list[object]]:
    """Turn rows into the arrays that `unnest` reads."""
    return [[row[place] for row in rows] for place in range(width)]
