"""Promising units of a position, or giving them back: pending entries, which name no lot."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from django.db import connection, transaction

from distrilog.domain.stock.rules import PendingKind, sign_of
from distrilog.domain.stock.services.ledger.locking import locked_positions, locked_reservations
from distrilog.domain.stock.services.ledger.values import (
    TEXT_LENGTHS,
    HeldPosition,
    KeyReused,
    Ledger,
    NotEnoughStock,
    PositionKey,
    Promise,
    columns,
    overdrawn,
    refuse_lost_race,
    refuse_malformed,
    text_faults,
)
from distrilog.kernel.refusals import Fault, Invalid


@transaction.atomic
def promise(*, promises: Sequence[Promise], by: str, at: datetime) -> None:
    """
    Reserve units of positions, or give them back: together, or not at all.

    Within one call what is given back may be promised again. A promise already written is passed over.
    Raises `Invalid`, `KeyReused`, or `NotEnoughStock` with everything that is short at once.
    """
    if not promises:
        return
    refuse_malformed(
        "promises",
        [
            (each.key, each.units, chain(_promise_faults(each), text_faults(each)))
            for each in promises
        ],
    )
    positions = {each.position for each in promises}
    held = locked_positions(positions)
    _refuse_unknown_positions(promises, known=held.keys())
    _open_reservations(promises, held)
    reservations = locked_reservations({each.reservation for each in promises})
    ledger = Ledger(families={}, positions=held, reservations=reservations)
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
    promises: Sequence[Promise], positions: Mapping[PositionKey, HeldPosition]
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
            columns(sorted(rows.items()), width=2),
        )


def _add_to_positions(ledger: Ledger, changes: Mapping[PositionKey, Sequence[int]]) -> None:
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
            columns(rows, width=3),
        )


def _add_to_reservations(ledger: Ledger, changes: Mapping[str, int]) -> None:
    if not changes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE stock_reservation reservation SET pending = reservation.pending + change.units
            FROM unnest(%s::bigint[], %s::bigint[]) AS change (id, units)
            WHERE reservation.id = change.id
            """,
            columns(
                [(ledger.reservations[key].id, units) for key, units in changes.items()], width=2
            ),
        )


def _not_yet_written(ledger: Ledger, promises: Sequence[Promise]) -> list[Promise]:
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


def _content(ledger: Ledger, promise_: Promise) -> tuple[str, int, int]:
    return promise_.kind.value, ledger.reservations[promise_.reservation].id, promise_.units


def _refuse_broken_promises(
    ledger: Ledger, promises: Sequence[Promise], changes: Mapping[str, int]
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
        overdrawn(key, -units, ledger.reservations[key].pending)
        for key, units in changes.items()
        if units < 0
    )
    if faults:
        raise NotEnoughStock(*faults)


def _insert_pending(ledger: Ledger, promises: Sequence[Promise], *, by: str, at: datetime) -> None:
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
            [by, at, *columns(rows, width=5)],
        )
        ids = dict(cursor.fetchall())
    refuse_lost_race([row[0] for row in rows], ids)
