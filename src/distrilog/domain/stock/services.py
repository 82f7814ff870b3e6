"""The one way units move: entries written together, once a key, or not at all."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from distrilog.domain.stock.rules import MOVEMENT_LIMIT, Kind, Status, path_fault
from distrilog.kernel.refusals import Fault, Invalid, Refusal


AccountKey = tuple[str, str, str]


class NotEnoughStock(Refusal):
    """Le stock ne suffit pas."""

    slug = "not-enough-stock"


class KeyReused(Refusal):
    """Cette clé a déjà servi à une autre écriture."""

    slug = "key-reused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Movement:
    """
    Units of a family to move at a place, from one status to another. `key` is chosen by the caller.

    `settles` is the key of the reservation that the movement posts or gives back.
    """

    key: str
    kind: Kind
    place: str
    family: str
    source: Status
    target: Status
    units: int
    reason: str = ""
    settles: str = ""

    def __post_init__(self) -> None:
        # The choices of the models are the same words; rules read their own.
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "source", Status(self.source))
        object.__setattr__(self, "target", Status(self.target))

    @property
    def source_account(self) -> AccountKey:
        """The account that units leave."""
        return self.place, self.family, self.source.value

    @property
    def target_account(self) -> AccountKey:
        """The account that units reach."""
        return self.place, self.family, self.target.value


@dataclass(frozen=True, kw_only=True, slots=True)
class _Written:
    """An entry that is there already, and what later entries settled of it."""

    id: int
    kind: str
    source_id: int
    target_id: int
    units: int
    settles_id: int | None
    settled: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ledger:
    """What the movements meet: their accounts, locked, and the entries they repeat or settle."""

    account_ids: Mapping[AccountKey, int]
    balances: dict[AccountKey, int]
    entries: Mapping[str, _Written]
    to_write: list[Movement] = field(default_factory=list)


@transaction.atomic
def move(*, movements: Sequence[Movement], by: str, at: datetime) -> dict[str, int]:
    """
    Write the movements together, or none; return the id of the entry of each key.

    Accounts are locked in one go and in one order, so that two callers can wait for each other but
    never in a circle. A movement already written is passed over: callers may safely try again. Raises
    `Invalid`, `KeyReused`, or `NotEnoughStock` with everything that is short at once.
    """
    if not movements:
        return {}
    _refuse_malformed(movements)
    _open_missing_accounts(movements)
    ledger = _locked(movements)
    _refuse_reused_keys(ledger, movements)
    ledger.to_write.extend(each for each in movements if each.key not in ledger.entries)
    changes = _changes(ledger.to_write)
    _refuse_shortages(ledger, changes)
    # After this point, the movements must succeed.

    written = {
        each.key: ledger.entries[each.key].id for each in movements if each.key in ledger.entries
    }
    if not ledger.to_write:
        return written
    _apply(ledger, changes)
    return written | _insert(ledger, by=by, at=at)


def _refuse_malformed(movements: Sequence[Movement]) -> None:
    faults = [
        Fault(where=f"movements.{rank}.{where}", message=message)
        for rank, movement in enumerate(movements)
        for where, message in _malformed(movement)
    ]
    repeated = [key for key, count in Counter(each.key for each in movements).items() if count > 1]
    faults += [
        Fault(where=key, message=f"La clé « {key} » est donnée deux fois.") for key in repeated
    ]
    if faults:
        raise Invalid(*faults)


def _malformed(movement: Movement) -> Iterator[tuple[str, str]]:
    if not movement.key:
        yield "key", "Une écriture doit avoir une clé."
    if not 0 < movement.units <= MOVEMENT_LIMIT:
        yield "units", f"Une écriture porte sur 1 à {MOVEMENT_LIMIT} unités."
    message = path_fault(
        kind=movement.kind, source=movement.source, target=movement.target, settles=movement.settles
    )
    if message:
        yield "kind", message


def _open_missing_accounts(movements: Sequence[Movement]) -> None:
    """Open the accounts that were never used; a place or family nobody knows opens none."""
    keys = _account_keys(movements)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO stock_account (place_id, family_id, status, units)
            SELECT place.code, family.code, wanted.status, 0
            FROM unnest(%s::text[], %s::text[], %s::text[]) AS wanted (place, family, status)
            JOIN stock_place place ON place.code = wanted.place
            JOIN catalogue_family family ON family.code = wanted.family
            WHERE NOT EXISTS (
                SELECT FROM stock_account account
                WHERE (account.place_id, account.family_id, account.status)
                    = (wanted.place, wanted.family, wanted.status))
            ORDER BY 1, 2, 3
            ON CONFLICT DO NOTHING
            """,
            [list(column) for column in zip(*keys, strict=True)],
        )


def _account_keys(movements: Sequence[Movement]) -> list[AccountKey]:
    keys = {each.source_account for each in movements}
    return sorted(keys | {each.target_account for each in movements})


def _locked(movements: Sequence[Movement]) -> _Ledger:
    keys = _account_keys(movements)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT account.id, account.place_id, account.family_id, account.status, account.units
            FROM stock_account account
            WHERE (account.place_id, account.family_id, account.status) IN (
                SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]))
            ORDER BY account.id FOR UPDATE
            """,
            [list(column) for column in zip(*keys, strict=True)],
        )
        accounts = cursor.fetchall()
    _refuse_unknown_accounts(movements, known={(row[1], row[2]) for row in accounts})
    return _Ledger(
        account_ids={(row[1], row[2], row[3]): row[0] for row in accounts},
        balances={(row[1], row[2], row[3]): row[4] for row in accounts},
        entries=_written(movements),
    )


def _refuse_unknown_accounts(movements: Sequence[Movement], *, known: set[tuple[str, str]]) -> None:
    faults = [
        Fault(
            where=f"movements.{rank}",
            message=f"Lieu ou famille inconnus : {movement.place}, {movement.family}.",
        )
        for rank, movement in enumerate(movements)
        if (movement.place, movement.family) not in known
    ]
    if faults:
        raise Invalid(*faults)


def _written(movements: Sequence[Movement]) -> dict[str, _Written]:
    """Read, once the accounts are locked, the entries that the movements repeat or settle."""
    keys = {each.key for each in movements} | {each.settles for each in movements if each.settles}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT entry.key, entry.id, entry.kind, entry.source_id, entry.target_id, entry.units,
                   entry.settles_id,
                   (SELECT coalesce(sum(later.units), 0)::bigint
                    FROM stock_entry later WHERE later.settles_id = entry.id)
            FROM stock_entry entry WHERE entry.key = ANY(%s)
            """,
            [list(keys)],
        )
        rows = cursor.fetchall()
    return {
        key: _Written(
            id=entry_id,
            kind=kind,
            source_id=source_id,
            target_id=target_id,
            units=units,
            settles_id=settles_id,
            settled=settled,
        )
        for key, entry_id, kind, source_id, target_id, units, settles_id, settled in rows
    }


def _refuse_reused_keys(ledger: _Ledger, movements: Sequence[Movement]) -> None:
    faults = [
        Fault(where=each.key, message=f"La clé « {each.key} » a servi à une autre écriture.")
        for each in movements
        if each.key in ledger.entries and not _same(ledger, each)
    ]
    if faults:
        raise KeyReused(*faults)


def _same(ledger: _Ledger, movement: Movement) -> bool:
    """Tell whether the entry of this key says what the movement says; who and why do not count."""
    entry = ledger.entries[movement.key]
    settles = ledger.entries.get(movement.settles)
    return (entry.kind, entry.source_id, entry.target_id, entry.units, entry.settles_id) == (
        movement.kind.value,
        ledger.account_ids[movement.source_account],
        ledger.account_ids[movement.target_account],
        movement.units,
        settles.id if settles else None,
    )


def _changes(movements: Sequence[Movement]) -> dict[AccountKey, int]:
    changes: defaultdict[AccountKey, int] = defaultdict(int)
    for movement in movements:
        changes[movement.source_account] -= movement.units
        changes[movement.target_account] += movement.units
    return dict(changes)


def _refuse_shortages(ledger: _Ledger, changes: Mapping[AccountKey, int]) -> None:
    faults = [
        Fault(
            where=f"{place}.{family}",
            message=(
                f"{family} à {place} : {-change} unités demandées, {ledger.balances[place, family, status]} "
                f"en « {status} »."
            ),
            remedy="Réduire la quantité, ou attendre une réception.",
            values={"asked": -change, "left": ledger.balances[place, family, status]},
        )
        for (place, family, status), change in sorted(changes.items())
        if status != Status.OUTSIDE and ledger.balances[place, family, status] + change < 0
    ]
    faults += _reservation_faults(ledger)
    if faults:
        raise NotEnoughStock(*faults)


def _reservation_faults(ledger: _Ledger) -> Iterator[Fault]:
    """Refuse to settle more than a reservation still holds, or one of another account."""
    asked: Counter[str] = Counter()
    for movement in ledger.to_write:
        if not movement.settles:
            continue
        asked[movement.settles] += movement.units
        reservation = ledger.entries.get(movement.settles)
        if (
            reservation is None
            or reservation.target_id != ledger.account_ids[movement.source_account]
        ):
            yield Fault(
                where=movement.key,
                message=f"La réservation « {movement.settles} » n’existe pas ici.",
            )
    for key, units in asked.items():
        entry = ledger.entries.get(key)
        if entry is not None and units > entry.units - entry.settled:
            yield Fault(
                where=key,
                message=(
                    f"La réservation « {key} » ne contient plus que {entry.units - entry.settled} "
                    f"unités : impossible d’en régler {units}."
                ),
                values={"asked": units, "left": entry.units - entry.settled},
            )


def _apply(ledger: _Ledger, changes: Mapping[AccountKey, int]) -> None:
    changed = sorted((ledger.account_ids[key], units) for key, units in changes.items())
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE stock_account account SET units = account.units + change.units
            FROM unnest(%s::bigint[], %s::bigint[]) AS change (id, units)
            WHERE account.id = change.id
            """,
            [list(column) for column in zip(*changed, strict=True)],
        )


def _insert(ledger: _Ledger, *, by: str, at: datetime) -> dict[str, int]:
    rows = [
        (
            each.key,
            each.kind.value,
            ledger.account_ids[each.source_account],
            ledger.account_ids[each.target_account],
            each.units,
            ledger.entries[each.settles].id if each.settles else None,
            each.reason,
        )
        for each in ledger.to_write
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO stock_entry
                (key, kind, source_id, target_id, units, settles_id, reason, by, at)
            SELECT line.*, %s, %s
            FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
                        %s::bigint[], %s::text[]) AS line
            ON CONFLICT (key) DO NOTHING RETURNING key, id
            """,
            [by, at, *(list(column) for column in zip(*rows, strict=True))],
        )
        ids = dict(cursor.fetchall())
    if len(ids) < len(rows):
        # The same key on other accounts, written since we looked: other locks, so no waiting.
        missing = sorted({row[0] for row in rows} - ids.keys())
        raise KeyReused(
            *(Fault(where=key, message=f"La clé « {key} » vient de servir.") for key in missing)
        )
    return ids
