"""Moving units, lot by lot: all or nothing, once a key, in a fixed number of statements."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from django.db import connection, transaction

from distrilog.domain.stock.rules import Kind, Status, path_fault
from distrilog.domain.stock.services.ledger.locking import lock
from distrilog.domain.stock.services.ledger.values import (
    AccountKey,
    KeyReused,
    Ledger,
    LotRecalled,
    Movement,
    NotEnoughStock,
    PositionKey,
    columns,
    overdrawn,
    refuse_lost_race,
    refuse_malformed,
    text_faults,
)
from distrilog.kernel.refusals import Fault


_USED: Final = frozenset({Status.AVAILABLE, Status.STRATEGIC})
# A fact is written even where it leaves less than was promised; a decision is not.
_FACTS: Final = frozenset({Kind.BLOCK, Kind.WRITE_OFF, Kind.COUNT})


@transaction.atomic
def move(*, movements: Sequence[Movement], by: str, at: datetime) -> dict[str, int]:
    """
    Write the movements together, or none; return the id of the entry of each key.

    A movement already written is passed over: callers may safely try again. Raises `Invalid`,
    `KeyReused`, or `NotEnoughStock` with everything that is short at once.
    """
    if not movements:
        return {}
    refuse_malformed(
        "movements",
        [
            (each.key, each.units, chain(_movement_faults(each), text_faults(each)))
            for each in movements
        ],
    )
    ledger = lock(movements)
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
        same_owner=movement.to_owner in {"", movement.owner},
    )
    if fault:
        yield "kind", fault


def _written_entries(movements: Sequence[Movement]) -> dict[str, tuple[int, str, int, int, int]]:
    """Read, once the accounts are locked, the entries that the movements repeat: id and content by key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, id, kind, source_id, target_id, units FROM stock_entry WHERE key = ANY(%s)",
            [[each.key for each in movements]],
        )
        return {key: tuple(row) for key, *row in cursor.fetchall()}


def _refuse_reused(
    ledger: Ledger,
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


def _refuse_recalled(ledger: Ledger, movements: Sequence[Movement]) -> None:
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


def _changes(ledger: Ledger, movements: Sequence[Movement]) -> _Changes:
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


def _refuse_shortages(ledger: Ledger, movements: Sequence[Movement], changes: _Changes) -> None:
    faults = [
        *_short_accounts(ledger, changes),
        *_short_positions(ledger, changes),
        *_short_reservations(ledger, movements, changes),
    ]
    if faults:
        raise NotEnoughStock(*faults)


def _short_accounts(ledger: Ledger, changes: _Changes) -> Iterator[Fault]:
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


def _short_positions(ledger: Ledger, changes: _Changes) -> Iterator[Fault]:
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
    ledger: Ledger, movements: Sequence[Movement], changes: _Changes
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
        yield from overdrawn(key, units, ledger.reservations[key].pending)


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
    ledger: Ledger,
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
                *columns(_position_changes(ledger, changes), width=3),
                *columns(reservations, width=2),
                *columns(accounts, width=2),
                by,
                at,
                *columns(rows, width=9),
            ],
        )
        ids = dict(cursor.fetchall())
    refuse_lost_race([row[0] for row in rows], ids)
    return ids


def _position_changes(ledger: Ledger, changes: _Changes) -> list[tuple[int, int, int]]:
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
