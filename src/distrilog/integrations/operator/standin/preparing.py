"""
How orders are answered and prepared: received → confirmed → packed.

Packed is not gone: parcels leave once the portal has accepted their despatch (see `parcels`).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from sqlite3 import Row

from distrilog.integrations.operator.content import (
    Answer,
    Confirmation,
    ConfirmedLine,
    Despatch,
    Message,
    PackedLine,
    Parcel,
)
from distrilog.integrations.operator.standin import outbox, stock
from distrilog.integrations.operator.standin.environment import Environment
from distrilog.integrations.operator.standin.moments import day_in, day_of, moment
from distrilog.integrations.operator.standin.rules import (
    SHORT,
    Pick,
    Wanted,
    cartons,
    confirm,
)
from distrilog.integrations.operator.standin.store import Store
from distrilog.kernel import gs1


CARRIER = "La Poste – Colissimo"
PARCELS_IN_A_DESPATCH = 200
_CLOSED = {Answer.REFUSED: "refused", Answer.SHORT: "done"}


def confirm_orders(store: Store, environment: Environment, *, at: float) -> int:
    """Answer orders, first come first served, by what the stock can serve; return how many."""
    articles = stock.articles_by_family(store)
    store.run(
        "UPDATE line SET family = (SELECT family FROM article a WHERE a.gtin = line.gtin)"
        " WHERE family = '' AND gtin IN (SELECT gtin FROM article)"
    )
    lines = _lines_of(store, "received", "o.rowid", environment.orders_in_a_wave)
    if not articles or not lines:
        return 0
    free = stock.units_to_promise(store, environment, at=at)
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
    return len(answers)


def pack_orders(store: Store, environment: Environment, *, at: float) -> int:
    """Prepare a wave, the most urgent orders, with despatches that ask for leave to go; return how many."""
    lines = _lines_of(store, "confirmed", "o.promised_on, o.rowid", environment.orders_in_a_wave)
    if not lines:
        return 0
    shelf = stock.shelf_at(store, environment, at=at)
    wave = _Wave(store, environment, at=at)
    for (reference, assignment), rows in _by_order(lines):
        picks = [pick for row in rows for pick in shelf.pick(_wanted(row, "confirmed"))]
        wave.pack(reference, assignment, rows[0]["promised_on"], cartons(picks))
    wave.close()
    return len(wave.states)


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
                    expires_on=day_in(pick.bin.expires_on),
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
