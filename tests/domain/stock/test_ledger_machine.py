"""Random days in the stock against a model of four dictionaries; the books are proven after every step."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from distrilog.domain.accounts.rules import Role
from distrilog.domain.stock.models import Account, Lot, Position, Recall, Reservation
from distrilog.domain.stock.queries import discrepancies
from distrilog.domain.stock.rules import STATE, Kind, PendingKind, Status
from distrilog.domain.stock.services import (
    Counted,
    Movement,
    Promise,
    close_recall,
    count,
    move,
    promise,
    recall,
    seal_entries,
)
from distrilog.kernel.refusals import Refusal
from tests.domain.stock.world import furnish
from tests.factories import actor


START = datetime(2020, 11, 2, 8, tzinfo=UTC)
KEEPER = actor(Role.SPF)
PLACES = st.sampled_from(["operator", "spf"])
LOTS = st.sampled_from(["G1", "G2", "M1"])
FAMILY = {"G1": "gown", "G2": "gown", "M1": "surgical_mask"}
UNITS = st.integers(1, 30)
FREE, KEPT, BAD = Status.AVAILABLE, Status.STRATEGIC, Status.QUARANTINE
OUT, WAY, GONE = Status.OUTSIDE, Status.IN_TRANSIT, Status.DELIVERED
# What may happen to a lot where it lies: kind, from, to.
STEPS = [
    (Kind.RECEIPT, OUT, FREE),
    (Kind.RECEIPT, OUT, KEPT),
    (Kind.ALLOT, FREE, KEPT),
    (Kind.ALLOT, KEPT, FREE),
    (Kind.BLOCK, FREE, BAD),
    (Kind.UNBLOCK, BAD, FREE),
    (Kind.WRITE_OFF, FREE, OUT),
    (Kind.WRITE_OFF, BAD, OUT),
    (Kind.RETURN, WAY, FREE),
    (Kind.ISSUE, FREE, WAY),
]
FACTS = {Kind.BLOCK, Kind.WRITE_OFF}


class Books(RuleBasedStateMachine):
    """What a keeper with paper and pencil would write, beside what the ledger does."""

    def __init__(self):
        super().__init__()
        self.atom = transaction.atomic()
        self.atom.__enter__()
        self.moment = START
        self.number = 0
        self.units = Counter()  # (lot, place, status) → units
        self.pending = Counter()  # reservation → units
        self.home = {}  # reservation → (place, family)
        self.recalled = set()

    def teardown(self):
        transaction.set_rollback(True)
        self.atom.__exit__(None, None, None)

    @initialize()
    def open_the_doors(self):
        """Begin with something to promise: what happens to empty stores is soon told."""
        furnish()
        self.lots = dict(Lot.objects.values_list("number", "pk"))
        for lot, place in (("G1", "operator"), ("G2", "operator"), ("M1", "spf")):
            self.move_units(lot, place, (Kind.RECEIPT, OUT, FREE), 30)
        self.promise_units("operator", "gown", 0, 25, PendingKind.RESERVE)
        self.promise_units("spf", "surgical_mask", 1, 25, PendingKind.RESERVE)

    # ------------------------------------------------------------ what the model says

    def usable(self, place, family):
        return sum(self.units[lot, place, FREE] for lot in FAMILY if FAMILY[lot] == family)

    def free(self, place, family):
        promised = sum(
            units for key, units in self.pending.items() if self.home[key] == (place, family)
        )
        return self.usable(place, family) - promised

    def key(self):
        self.number += 1
        self.moment += timedelta(minutes=1)
        return f"k{self.number}"

    def agrees(self, expected, act):
        """Play, inside a savepoint; the ledger must accept or refuse as the model does."""
        try:
            with transaction.atomic():
                act()
        except Refusal:
            accepted = False
        else:
            accepted = True
        assert accepted is expected
        return accepted

    # ------------------------------------------------------------ what may happen

    @rule(lot=LOTS, place=PLACES, step=st.sampled_from(STEPS), units=UNITS)
    def somebody_moves(self, lot, place, step, units):
        self.move_units(lot, place, step, units)

    def move_units(self, lot, place, step, units):
        kind, source, target = step
        there = source is OUT or self.units[lot, place, source] >= units
        decided = source is FREE and kind not in FACTS
        expected = (
            there
            and not (decided and units > self.free(place, FAMILY[lot]))
            and not (target in {FREE, KEPT} and lot in self.recalled)
        )
        movement = Movement(
            key=self.key(), kind=kind, lot=self.lots[lot], units=units, place=place,
            source=source, target=target,
        )  # fmt: skip

        if self.agrees(expected, lambda: move(movements=[movement], by="x", at=self.moment)):
            move(movements=[movement], by="again", at=self.moment)
            self.units[lot, place, source] -= units
            self.units[lot, place, target] += units

    @rule(lot=LOTS, place=PLACES, name=st.integers(0, 2), units=UNITS)
    def post(self, lot, place, name, units):
        key = f"q{name}"
        expected = (
            self.home.get(key) == (place, FAMILY[lot])
            and self.pending[key] >= units
            and self.units[lot, place, FREE] >= units
        )
        leave = Movement(
            key=self.key(), kind=Kind.ISSUE, lot=self.lots[lot], units=units, place=place,
            source=FREE, target=WAY, posts=key,
        )  # fmt: skip
        if self.agrees(expected, lambda: move(movements=[leave], by="x", at=self.moment)):
            self.pending[key] -= units
            self.units[lot, place, FREE] -= units
            self.units[lot, place, WAY] += units

    @rule(lot=LOTS, place=PLACES, units=UNITS)
    def deliver(self, lot, place, units):
        arrive = Movement(
            key=self.key(), kind=Kind.DELIVERY, lot=self.lots[lot], units=units, place=place,
            to="door", source=WAY, target=GONE,
        )  # fmt: skip
        expected = self.units[lot, place, WAY] >= units
        if self.agrees(expected, lambda: move(movements=[arrive], by="x", at=self.moment)):
            self.units[lot, place, WAY] -= units
            self.units[lot, "door", GONE] += units

    @rule(
        place=PLACES,
        family=st.sampled_from(["gown", "surgical_mask"]),
        name=st.integers(0, 2),
        units=UNITS,
        kind=st.sampled_from(PendingKind),
    )
    def somebody_promises(self, place, family, name, units, kind):
        self.promise_units(place, family, name, units, kind)

    def promise_units(self, place, family, name, units, kind):
        key = f"q{name}"
        here = self.home.get(key, (place, family)) == (place, family)
        if kind is PendingKind.RESERVE:
            expected = here and units <= self.free(place, family)
        else:
            expected = here and units <= self.pending[key]
        change = Promise(
            key=self.key(), kind=kind, reservation=key, place=place, family=family, units=units
        )
        if self.agrees(expected, lambda: promise(promises=[change], by="x", at=self.moment)):
            self.home[key] = (place, family)
            self.pending[key] += units if kind is PendingKind.RESERVE else -units

    @rule(
        place=PLACES,
        found=st.dictionaries(
            st.tuples(LOTS, st.sampled_from([FREE, KEPT, BAD])), st.integers(0, 40), min_size=1,
            max_size=4,
        ),
    )  # fmt: skip
    def count_units(self, place, found):
        expected = not any(
            lot in self.recalled and status is not BAD and units > self.units[lot, place, status]
            for (lot, status), units in found.items()
        )
        values = {
            "actor": KEEPER, "place": place, "reason": "Inventaire", "key": self.key(),
            "at": self.moment,
            "counted": [
                Counted(lot=self.lots[lot], status=status, units=units)
                for (lot, status), units in found.items()
            ],
        }  # fmt: skip
        if self.agrees(expected, lambda: count(**values)):
            count(**values)
            for (lot, status), units in found.items():
                self.units[lot, place, OUT] += self.units[lot, place, status] - units
                self.units[lot, place, status] = units

    @rule(lot=LOTS)
    def recall_lot(self, lot):
        self.key()
        recall(
            actor=KEEPER, lot=self.lots[lot], reason="Défaut", instruction="Isoler", at=self.moment
        )
        self.recalled.add(lot)
        for place in ("operator", "spf"):
            for status in (FREE, KEPT):
                self.units[lot, place, BAD] += self.units.pop((lot, place, status), 0)

    @rule(lot=LOTS)
    def close(self, lot):
        if lot in self.recalled:
            number = Recall.objects.get(lot=self.lots[lot]).pk
            close_recall(actor=KEEPER, recall_id=number, reason="Levé", at=self.moment)
            self.recalled.discard(lot)

    @rule()
    def seal(self):
        seal_entries(at=self.moment)

    # ------------------------------------------------------------ what is always so

    @invariant()
    def books_are_right(self):
        assert discrepancies() == []

    @invariant()
    def ledger_says_what_the_model_says(self):
        rows = Account.objects.filter(owner=STATE).exclude(units=0)
        assert {
            (row.lot.number, row.place_id, row.status): row.units
            for row in rows.select_related("lot")
        } == {key: units for key, units in self.units.items() if units}
        assert dict(Reservation.objects.exclude(pending=0).values_list("key", "pending")) == {
            key: units for key, units in self.pending.items() if units
        }
        for place, family, usable, reserved in Position.objects.values_list(
            "place_id", "family_id", "usable", "reserved"
        ):
            assert usable == self.usable(place, family)
            assert usable - reserved == self.free(place, family)


@pytest.mark.django_db
class TestLedger:
    def test_keeps_books_as_the_model_does(self):
        run_state_machine_as_test(
            Books,
            settings=settings(
                max_examples=30,
                stateful_step_count=25,
                deadline=None,
                # Shrinking plays the database for minutes; a failing day of 25 steps can be read as it is.
                phases=[Phase.generate],
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
