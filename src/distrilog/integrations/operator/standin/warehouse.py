"""
The warehouse at work: what one tick of its clock does, each step whole or not at all.

Orders go received → confirmed → packed → shipped → done. Parcels leave only once the portal has accepted
their despatch; where it refuses (the order was withdrawn), the goods go back on the shelf.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from sqlite3 import Row

from distrilog.integrations.operator.content import (
    Answer,
    Condition,
    Confirmation,
    ConfirmedLine,
    Delivery,
    Despatch,
    Message,
    Order,
    OrderedLine,
    Outcome,
    PackedLine,
    Parcel,
    Party,
    StockLine,
    StockReport,
)
from distrilog.integrations.operator.standin import outbox
from distrilog.integrations.operator.standin.environment import Environment
from distrilog.integrations.operator.standin.rules import (
    SHORT,
    Bin,
    Pick,
    Shelf,
    Wanted,
    cartons,
    confirm,
    journey,
)
from distrilog.integrations.operator.standin.store import Store
from distrilog.integrations.operator.standin.tracking import PARIS
from distrilog.kernel import gs1


CARRIER = "La Poste – Colissimo"
PARCELS_IN_A_DESPATCH = 200
DELIVERIES_IN_A_TICK = 20_000
TICKS_BEFORE_ASKING_AGAIN = 20
REPLENISHMENT_PREFIX = "LPR-"


def day_of(at: float) -> date:
    """Return the day of a moment, where the warehouse is."""
    return datetime.fromtimestamp(at, PARIS).date()


def moment(at: float) -> datetime:
    """Return a moment as messages carry it: aware, without the fractions that EDIFACT cannot write."""
    return datetime.fromtimestamp(int(at), PARIS)


# ------------------------------------------------------------------ orders


def confirm_orders(store: Store, environment: Environment, *, at: float) -> None:
    """Answer the orders that arrived, first come first served, by what the stock can serve."""
    articles = _articles_by_family(store)
    store.run(
        "UPDATE line SET family = (SELECT family FROM article a WHERE a.gtin = line.gtin)"
        " WHERE family = '' AND gtin IN (SELECT gtin FROM article)"
    )
    lines = _lines_of(store, "received", "o.rowid", environment.orders_in_a_wave)
    if not articles or not lines:
        return
    free = _units_to_promise(store, at=at)
    answers: list[Message] = []
    states, units = [], []
    for (reference, assignment), rows in _by_order(lines):
        said = confirm([_wanted(row, "asked") for row in rows], free=free, articles=articles)
        promised = any(line.units for line in said.lines)
        state = "confirmed" if promised else _CLOSED[said.answer]
        states.append((state, reference, assignment))
        units += [(one.units, reference, assignment, one.number) for one in said.lines]
        answers.append(
            Confirmation(
                reference=reference,
                assignment=assignment,
                answer=said.answer,
                lines=said.lines,
                despatch_on=day_of(at) if state == "confirmed" else None,
                reason="" if promised else said.lines[0].reason,
            )
        )
    store.run_many(
        "UPDATE line SET confirmed = ? WHERE reference = ? AND assignment = ? AND number = ?", units
    )
    _set_states(store, states)
    outbox.add(store, answers)


_CLOSED = {Answer.REFUSED: "refused", Answer.SHORT: "done"}


def _articles_by_family(store: Store) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for family, gtin in store.rows("SELECT family, gtin FROM article"):
        found[family].add(gtin)
    return found


def _units_to_promise(store: Store, *, at: float) -> dict[str, int]:
    """Return the usable units of each family, less those promised and not packed yet."""
    shelf = _shelf(store, at=at)
    free = {family: shelf.free(family) for family in shelf.by_family}
    promised = store.rows(
        "SELECT l.family, SUM(l.confirmed) FROM orders o JOIN line l USING (reference, assignment)"
        " WHERE o.state = 'confirmed' GROUP BY l.family"
    )
    for family, units in promised:
        free[family] = max(0, free.get(family, 0) - units)
    return free


def _shelf(store: Store, *, at: float) -> Shelf:
    """Return what may be taken: neither blocked nor expired, nor in a closed parcel, nor missing."""
    missing = Counter(store.setting("short", {}))
    rows = store.rows(
        "SELECT family, gtin, lot, expires_on, units - packed AS free, box_units, carton_units"
        " FROM lot JOIN article USING (gtin)"
        " WHERE NOT blocked AND units > packed AND (expires_on IS NULL OR expires_on > ?)"
        " ORDER BY expires_on IS NULL, expires_on, gtin, lot",
        day_of(at).isoformat(),
    )
    bins = [Bin(**dict(row)) for row in rows]
    for one in reversed(bins):
        hidden = min(one.free, missing[one.gtin])
        missing[one.gtin] -= hidden
        one.free -= hidden
    return Shelf(bins)


def pack_orders(store: Store, environment: Environment, *, at: float) -> None:
    """Prepare a wave: the most urgent orders, into cartons, with a despatch that asks for leave to go."""
    lines = _lines_of(store, "confirmed", "o.promised_on, o.rowid", environment.orders_in_a_wave)
    if not lines:
        return
    shelf = _shelf(store, at=at)
    wave = _Wave(store, environment, at=at)
    for (reference, assignment), rows in _by_order(lines):
        picks = [pick for row in rows for pick in shelf.pick(_wanted(row, "confirmed"))]
        wave.pack(reference, assignment, rows[0]["promised_on"], cartons(picks))
    wave.close()


class _Wave:
    """The parcels of one wave, written together."""

    def __init__(self, store: Store, environment: Environment, *, at: float) -> None:
        self.store, self.environment, self.at = store, environment, at
        self.messages: list[Message] = []
        self.waiting: list[tuple[str, int, str, Sequence[list[Pick]], bool]] = []
        self.states: list[tuple[str, str, int]] = []

    def pack(
        self, reference: str, assignment: int, promised_on: str, filled: list[list[Pick]]
    ) -> None:
        """Add an order; a large one goes in several despatches, the last of which completes it."""
        if not filled:
            self._say_that_nothing_is_left(reference, assignment)
            return
        self.states.append(("packed", reference, assignment))
        for start in range(0, len(filled), PARCELS_IN_A_DESPATCH):
            end = start + PARCELS_IN_A_DESPATCH
            complete = end >= len(filled)
            self.waiting.append((reference, assignment, promised_on, filled[start:end], complete))

    def _say_that_nothing_is_left(self, reference: str, assignment: int) -> None:
        """Answer the order again: what was promised has expired or was damaged meanwhile."""
        self.states.append(("done", reference, assignment))
        numbers = self.store.rows(
            "SELECT number FROM line WHERE reference = ? AND assignment = ? ORDER BY number",
            reference,
            assignment,
        )
        self.messages.append(
            Confirmation(
                reference=reference,
                assignment=assignment,
                answer=Answer.SHORT,
                lines=[ConfirmedLine(number=n, units=0, reason=SHORT) for (n,) in numbers],
                reason=SHORT,
            )
        )

    def close(self) -> None:
        """Write the wave: numbered parcels, units off the shelf, and despatches that ask for leave."""
        store = self.store
        parcels_count = sum(len(filled) for *_order, filled, _complete in self.waiting)
        serials = iter(store.numbers("parcel", parcels_count))
        numbers = store.numbers("despatch", len(self.waiting))
        despatches, parcels, packed = [], [], []
        taken: Counter[tuple[str, str]] = Counter()
        for number, waiting in zip(numbers, self.waiting, strict=True):
            order, assignment, promised_on, filled, complete = waiting
            reference = f"EXP-{number:09d}"
            closed = [self._parcel(next(serials), picks) for picks in filled]
            despatches.append((reference, order, assignment))
            for parcel in closed:
                parcels.append((parcel.sscc, reference, parcel.tracking, self.at))
                for line in parcel.lines:
                    packed.append((parcel.sscc, line.number, line.gtin, line.lot, line.units))
                    taken[line.gtin, line.lot] += line.units
            self.messages.append(
                Despatch(
                    reference=reference,
                    order=order,
                    assignment=assignment,
                    packed_at=moment(self.at),
                    parcels=closed,
                    carrier=CARRIER,
                    expected_on=date.fromisoformat(promised_on),
                    complete=complete,
                )
            )
        store.run_many("INSERT INTO despatch VALUES (?, ?, ?, 'packed')", despatches)
        store.run_many(
            "INSERT INTO parcel (sscc, despatch, tracking, packed_at, state)"
            " VALUES (?, ?, ?, ?, 'packed')",
            parcels,
        )
        store.run_many("INSERT INTO packed_line VALUES (?, ?, ?, ?, ?)", packed)
        store.run_many(
            "UPDATE lot SET packed = packed + ? WHERE gtin = ? AND lot = ? AND NOT blocked",
            [(units, *lot) for lot, units in taken.items()],
        )
        _set_states(store, self.states)
        outbox.add(store, self.messages)

    def _parcel(self, serial: int, picks: Sequence[Pick]) -> Parcel:
        return Parcel(
            sscc=gs1.make_sscc(prefix=self.environment.sscc_prefix, serial=serial),
            tracking=f"6A{serial:011d}",
            lines=[
                PackedLine(
                    number=pick.number,
                    gtin=pick.bin.gtin,
                    lot=pick.bin.lot,
                    units=pick.units,
                    expires_on=_day(pick.bin.expires_on),
                    substitute=pick.substitute,
                )
                for pick in picks
            ],
        )


def _lines_of(store: Store, state: str, order_by: str, limit: int) -> list[Row]:
    """Return the lines of the next orders in a state, those of one order together."""
    return store.rows(
        "SELECT l.*, o.promised_on FROM (SELECT o.*, ROW_NUMBER() OVER"  # noqa: S608 - our own words
        f" (ORDER BY {order_by}) AS turn FROM orders o WHERE o.state = ? ORDER BY turn LIMIT ?) o"
        " JOIN line l USING (reference, assignment) ORDER BY o.turn, l.number",
        state,
        limit,
    )


def _by_order(lines: Sequence[Row]) -> Iterator[tuple[tuple[str, int], list[Row]]]:
    for key, rows in groupby(lines, key=itemgetter("reference", "assignment")):
        yield key, list(rows)


def _wanted(row: Row, units: str) -> Wanted:
    return Wanted(
        number=row["number"],
        family=row["family"],
        gtin=row["gtin"],
        units=row[units],
        box_units=row["box_units"],
    )


def _set_states(store: Store, states: Sequence[tuple[str, str, int]]) -> None:
    store.run_many("UPDATE orders SET state = ? WHERE reference = ? AND assignment = ?", states)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


# ------------------------------------------------------------------ parcels


def let_go(store: Store, environment: Environment, *, references: Sequence[str], at: float) -> None:
    """Let the parcels of accepted despatches leave, and their units the warehouse."""
    allowed = json.dumps(references)
    lead_seconds = environment.lead_seconds / store.setting("speed", 1)
    leaving = store.rows(
        "SELECT p.sscc FROM parcel p JOIN despatch d ON d.reference = p.despatch"
        " WHERE d.state = 'packed' AND d.reference IN (SELECT value FROM json_each(?))",
        allowed,
    )
    ways = []
    for (sscc,) in leaving:
        drawn = journey(sscc, mishaps_per_thousand=environment.mishaps_per_thousand)
        ways.append((at, at + drawn.leads * lead_seconds, str(drawn.outcome), sscc))
    _off_the_shelf(store, allowed, left=True)
    store.run_many(
        "UPDATE parcel SET state = 'left', left_at = ?, ends_at = ?, outcome = ? WHERE sscc = ?",
        ways,
    )
    _end_despatches(store, allowed, despatch="left", order="shipped")


def put_back(store: Store, *, references: Sequence[str], withdrawn: bool) -> None:
    """Put the goods of refused despatches back; the order is withdrawn, or stopped where it is not."""
    refused = json.dumps(references)
    _off_the_shelf(store, refused, left=False)
    store.run(
        "UPDATE parcel SET state = 'unpacked' WHERE state = 'packed'"
        " AND despatch IN (SELECT value FROM json_each(?))",
        refused,
    )
    _end_despatches(
        store, refused, despatch="refused", order="withdrawn" if withdrawn else "stopped"
    )


def _off_the_shelf(store: Store, references: str, *, left: bool) -> None:
    """Count the units of closed parcels as packed no more, and off the lot where they leave."""
    units = store.rows(
        "SELECT SUM(l.units), l.gtin, l.lot FROM despatch d JOIN parcel p ON p.despatch = d.reference"
        " JOIN packed_line l USING (sscc) WHERE d.state = 'packed'"
        " AND d.reference IN (SELECT value FROM json_each(?)) GROUP BY l.gtin, l.lot",
        references,
    )
    store.run_many(
        "UPDATE lot SET units = units - ?, packed = packed - ?"
        " WHERE gtin = ? AND lot = ? AND NOT blocked",
        [(count if left else 0, count, gtin, lot) for count, gtin, lot in units],
    )


def _end_despatches(store: Store, references: str, *, despatch: str, order: str) -> None:
    store.run(
        "UPDATE orders SET state = ? WHERE state IN ('packed', 'shipped') AND (reference, assignment)"
        " IN (SELECT order_reference, assignment FROM despatch WHERE state = 'packed'"
        " AND reference IN (SELECT value FROM json_each(?)))",
        order,
        references,
    )
    store.run(
        "UPDATE despatch SET state = ? WHERE state = 'packed'"
        " AND reference IN (SELECT value FROM json_each(?))",
        despatch,
        references,
    )


def deliver(store: Store, *, at: float) -> None:
    """End the journeys that are over, and report each; what was refused is back, and blocked."""
    ended = store.rows(
        "SELECT sscc, despatch, outcome, ends_at FROM parcel WHERE state = 'left' AND ends_at <= ?"
        " ORDER BY ends_at, sscc LIMIT ?",
        at,
        DELIVERIES_IN_A_TICK,
    )
    store.run_many(
        "UPDATE parcel SET state = ? WHERE sscc = ?",
        [(row["outcome"], row["sscc"]) for row in ended],
    )
    for row in ended:
        if row["outcome"] == Outcome.REFUSED:
            _take_back(store, row["sscc"])
    _finish_orders(store, sorted({row["despatch"] for row in ended}))
    outbox.add(
        store,
        [
            Delivery(
                despatch=row["despatch"],
                sscc=row["sscc"],
                outcome=Outcome(row["outcome"]),
                at=moment(row["ends_at"]),
                reason=REASONS.get(row["outcome"], ""),
            )
            for row in ended
        ],
    )


REASONS = {
    Outcome.REFUSED: "Refusé par le destinataire, revenu à l’entrepôt.",
    Outcome.LOST: "Introuvable après recherche.",
}


def _take_back(store: Store, sscc: str) -> None:
    store.run(
        "INSERT INTO lot (gtin, lot, blocked, expires_on, units)"
        " SELECT p.gtin, p.lot, 1, l.expires_on, SUM(p.units) FROM packed_line p"
        " LEFT JOIN lot l ON l.gtin = p.gtin AND l.lot = p.lot AND NOT l.blocked"
        " WHERE p.sscc = ? GROUP BY p.gtin, p.lot"
        " ON CONFLICT (gtin, lot, blocked) DO UPDATE SET units = units + excluded.units",
        sscc,
    )


def _finish_orders(store: Store, despatches: Sequence[str]) -> None:
    """Close the orders none of whose parcels is packed or under way."""
    store.run(
        "UPDATE orders AS o SET state = 'done' WHERE o.state = 'shipped' AND (reference, assignment)"
        " IN (SELECT order_reference, assignment FROM despatch"
        "     WHERE reference IN (SELECT value FROM json_each(?)))"
        " AND NOT EXISTS (SELECT 1 FROM despatch d JOIN parcel p ON p.despatch = d.reference"
        " WHERE d.order_reference = o.reference AND d.assignment = o.assignment"
        " AND p.state IN ('packed', 'left'))",
        json.dumps(despatches),
    )


# ------------------------------------------------------------------ stock


def shelve(store: Store, environment: Environment, *, at: float) -> None:
    """Put away the pallets that arrived, within the warehouse's capacity, and report each."""
    due = store.rows(
        "SELECT sscc, despatch FROM inbound WHERE state = 'announced' AND due_at <= ?"
        " ORDER BY due_at, sscc",
        at,
    )
    reports: list[Message] = []
    for sscc, despatch in due:
        reason = _reason_to_turn_away(store, environment, sscc)
        if not reason:
            store.run(
                "INSERT INTO lot (gtin, lot, expires_on, units)"
                " SELECT gtin, lot, MIN(expires_on), SUM(units) FROM inbound_line WHERE sscc = ?"
                " GROUP BY gtin, lot ON CONFLICT (gtin, lot, blocked)"
                " DO UPDATE SET units = units + excluded.units",
                sscc,
            )
        outcome = Outcome.REFUSED if reason else Outcome.DELIVERED
        state = "turned away" if reason else "shelved"
        store.run("UPDATE inbound SET state = ? WHERE sscc = ?", state, sscc)
        reports.append(
            Delivery(despatch=despatch, sscc=sscc, outcome=outcome, at=moment(at), reason=reason)
        )
    outbox.add(store, reports)


def _reason_to_turn_away(store: Store, environment: Environment, sscc: str) -> str:
    unknown = store.value(
        "SELECT 1 FROM inbound_line LEFT JOIN article USING (gtin)"
        " WHERE sscc = ? AND family IS NULL",
        sscc,
    )
    if unknown:
        return "Article inconnu de l’entrepôt."
    with_it = pallets(store, arriving=sscc)
    return "Entrepôt plein." if with_it > environment.pallets else ""


def pallets(store: Store, *, arriving: str = "") -> int:
    """Return the pallet places taken, a lot's last pallet counting whole; with an arriving one or without."""
    places = store.value(
        "SELECT SUM((units + pallet_units - 1) / pallet_units) FROM ("
        " SELECT gtin, SUM(units) AS units FROM ("
        "  SELECT gtin, lot, units FROM lot UNION ALL"
        "  SELECT gtin, lot, units FROM inbound_line WHERE sscc = ?) GROUP BY gtin, lot)"
        " JOIN article USING (gtin)",
        arriving,
    )
    return int(places or 0)


def ask_for_stock(store: Store, environment: Environment, *, at: float) -> None:
    """Order from SPF for each family below its minimum: up to its maximum, one order open at a time."""
    shelf_free = _units_to_promise(store, at=at)
    patience = TICKS_BEFORE_ASKING_AGAIN * environment.tick_seconds
    _close_replenishments(store, at=at)
    families = store.rows(
        "SELECT family, maximum, minimum, (SELECT MAX(box_units) FROM article a"
        " WHERE a.family = t.family) AS box_units FROM threshold t WHERE NOT EXISTS ("
        " SELECT 1 FROM replenishment r WHERE r.family = t.family"
        " AND (r.state = 'open' OR r.changed_at > ?))",
        at - patience,
    )
    orders: list[Message] = []
    for family, maximum, minimum, box_units in families:
        free = shelf_free.get(family, 0)
        units = (maximum - free) // (box_units or 1) * (box_units or 1)
        if free >= minimum or units <= 0 or not box_units:
            continue
        reference = f"{REPLENISHMENT_PREFIX}{store.numbers('replenishment')[0]:09d}"
        store.run(
            "INSERT INTO replenishment VALUES (?, ?, ?, 'open', ?)", reference, family, units, at
        )
        line = OrderedLine(number=1, family=family, units=units, box_units=box_units)
        orders.append(
            Order(
                reference=reference,
                assignment=1,
                placed_at=moment(at),
                promised_on=day_of(at),
                receiver=Party(code=environment.gln, name="Entrepôt de l’opérateur"),
                lines=[line],
                replenishment=True,
            )
        )
    outbox.add(store, orders)


def _close_replenishments(store: Store, *, at: float) -> None:
    """Close the requests whose announced pallets have all been dealt with, the last one included."""
    store.run(
        "UPDATE replenishment AS r SET state = 'closed', changed_at = ? WHERE state = 'open'"
        " AND EXISTS (SELECT 1 FROM inbound i WHERE i.replenishment = r.reference AND i.complete)"
        " AND NOT EXISTS (SELECT 1 FROM inbound i WHERE i.replenishment = r.reference"
        " AND i.state = 'announced')",
        at,
    )


def close_replenishment(store: Store, *, reference: str, at: float) -> None:
    """SPF will send nothing: the family may ask again later."""
    store.run(
        "UPDATE replenishment SET state = 'closed', changed_at = ?"
        " WHERE reference = ? AND state = 'open'",
        at,
        reference,
    )


def report_stock(store: Store, *, at: float) -> None:
    """
    Report all that lies in the warehouse, closed parcels included: they have not left.

    Only when nothing waits to be said: the portal's books then stand where ours do.
    """
    rows = store.rows(
        "SELECT gtin, lot, units, blocked, expires_on FROM lot WHERE units > 0"
        " ORDER BY gtin, lot, blocked"
    )
    today = day_of(at)
    (number,) = store.numbers("report")
    outbox.add(
        store,
        [
            StockReport(
                reference=f"STK-{number:09d}",
                at=moment(at),
                lines=[_stock_line(row, today) for row in rows],
            )
        ],
    )


def _stock_line(row: Row, today: date) -> StockLine:
    expires_on = _day(row["expires_on"])
    usable = not row["blocked"] and (expires_on is None or expires_on > today)
    return StockLine(
        gtin=row["gtin"],
        lot=row["lot"],
        units=row["units"],
        condition=Condition.USABLE if usable else Condition.BLOCKED,
        expires_on=expires_on,
    )
