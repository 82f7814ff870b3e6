"""Taking locks in one order, by id: positions, reservations, accounts; opening what was never used."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection

from distrilog.domain.stock.rules import Status
from distrilog.domain.stock.services.ledger.values import (
    AccountKey,
    HeldPosition,
    HeldReservation,
    Ledger,
    Movement,
    NotEnoughStock,
    PositionKey,
    columns,
)
from distrilog.kernel.refusals import Fault, Invalid


def lock(movements: Sequence[Movement]) -> Ledger:
    """Lock what movements touch, and return it; refuse what nobody knows."""
    accounts = sorted(
        {each.source_account for each in movements} | {each.target_account for each in movements}
    )
    families = _families({each.lot for each in movements})
    usable = _usable_positions(accounts, families)
    reservations = {each.posts for each in movements if each.posts}
    positions = locked_positions(usable)
    found = locked_reservations(reservations)
    _refuse_unknown_reservations(reservations - found.keys())
    ids, balances, recalled = _locked_accounts(accounts)
    _refuse_unknown_accounts(movements, known=ids.keys())
    return Ledger(
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
    locked_positions(positions)
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
            columns(sorted(keys), width=3),
        )


def locked_positions(keys: Collection[PositionKey]) -> dict[PositionKey, HeldPosition]:
    """Lock positions in the order of their ids; those never used are opened, after those that are there."""
    found = _lock_positions(keys)
    missing = set(keys) - found.keys()
    if missing:
        _open_positions(missing)
        found |= _lock_positions(missing)
    return found


def _lock_positions(keys: Collection[PositionKey]) -> dict[PositionKey, HeldPosition]:
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
            columns(sorted(keys), width=3),
        )
        return {
            (place, owner, family): HeldPosition(id=id_, usable=usable, reserved=reserved)
            for place, owner, family, id_, usable, reserved in cursor.fetchall()
        }


def locked_reservations(keys: Collection[str]) -> dict[str, HeldReservation]:
    """Lock reservations in the order of their ids; a key nobody has reserved under is absent."""
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
            key: HeldReservation(id=id_, position=(place, owner, family), pending=pending)
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
            columns(keys, width=4),
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
            columns(keys, width=4),
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
