"""The operator's stock against our books, as of the moment it looked."""

from datetime import timedelta

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.stock import queries as stock_queries, services as stock
from distrilog.domain.stock.rules import Kind, Status
from distrilog.integrations.operator.content import Condition, StockLine, StockReport
from distrilog.integrations.operator.models import Comparison
from distrilog.integrations.operator.reconciling import (
    AlreadyCounted,
    compare,
    post_difference,
)
from distrilog.kernel.models import InboxMessage, OutboxMessage
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from tests.factories import PlaceFactory, actor, gtin_of, stocked
from tests.integrations.operator.partner import NOW


MASK = gtin_of("surgical_mask")
SPF = actor(Role.SPF)

pytestmark = pytest.mark.django_db


def line(units, *, lot="L1", gtin=MASK, **values):
    return StockLine(gtin=gtin, lot=lot, units=units, **values)


def compared(*lines, at=NOW, reference="STK-1"):
    """Compare a report; return the comparison and what differs, as (lot, difference)."""
    assert compare(report=StockReport(reference=reference, at=at, lines=lines), at=NOW)
    found = Comparison.objects.get(reference=reference)
    rows = found.lines.order_by("lot")
    return found, [(row.lot, row.difference, row.known) for row in rows]


def move(key, lot, units, *, at, source, target, kind=Kind.BLOCK):
    movement = stock.Movement(
        key=key, kind=kind, lot=lot.pk, units=units, place="operator", source=source, target=target
    )
    stock.move(movements=[movement], by="store", at=at)


@pytest.fixture
def lot():
    """Return a lot of which the operator holds 1,000 units, 100 of them in quarantine."""
    PlaceFactory()
    PlaceFactory(spf=True)
    found = stocked(1_000)
    move(
        "q",
        found,
        100,
        at=NOW - timedelta(days=1),
        source=Status.AVAILABLE,
        target=Status.QUARANTINE,
    )
    return found


@pytest.mark.usefixtures("lot")
class TestCompare:
    def test_finds_no_difference_where_there_is_none(self):
        found, rows = compared(line(900), line(100, condition=Condition.BLOCKED))
        assert rows == []
        assert (found.reported, found.in_books, found.lots, found.differences) == (1000, 1000, 1, 0)

    def test_adds_up_the_lines_of_a_lot(self):
        _found, rows = compared(line(400), line(500), line(100, condition=Condition.BLOCKED))
        assert rows == []

    @pytest.mark.parametrize(
        ("lines", "rows"),
        [
            ([line(890), line(100, condition=Condition.BLOCKED)], [("L1", -10, True)]),
            ([line(950), line(100, condition=Condition.BLOCKED)], [("L1", 50, True)]),
            ([line(1000)], [("L1", 0, True)]),
            ([], [("L1", -1000, True)]),
            (
                [line(900), line(100, condition=Condition.BLOCKED), line(7, lot="L9")],
                [("L9", 7, False)],
            ),
        ],
    )
    def test_tells_what_differs(self, lines, rows):
        found, said = compared(*lines)
        assert said == rows
        assert found.differences == 1

    def test_looks_at_the_books_as_they_were(self, lot):
        move(
            "later",
            lot,
            300,
            at=NOW,
            kind=Kind.WRITE_OFF,
            source=Status.AVAILABLE,
            target=Status.OUTSIDE,
        )
        _found, rows = compared(
            line(900), line(100, condition=Condition.BLOCKED), at=NOW - timedelta(minutes=1)
        )
        assert rows == []
        _found, rows = compared(
            line(600), line(100, condition=Condition.BLOCKED), reference="STK-2"
        )
        assert rows == []

    def test_changes_nothing_in_the_books(self):
        before = stock_queries.balances()
        compared()
        assert stock_queries.balances() == before

    def test_counts_what_is_on_its_way_apart(self):
        stocked(10_000, place="spf", number="P1")
        stock.request_transfer(
            source="spf", target="operator", family="surgical_mask", units=5_000,
            reason="Réassort.", reference="LPR-1", by="operator", at=NOW,
        )  # fmt: skip
        stock.send_transfer(reference="LPR-1", by="operator", at=NOW)
        found, rows = compared(
            line(900), line(100, condition=Condition.BLOCKED), line(5_000, lot="P1")
        )
        assert rows == [("P1", 5_000, True)]
        assert found.lines.get().coming == 5_000

    def test_says_what_may_explain_it(self):
        OutboxMessage.objects.create(key="w", topic="operator.order", payload={}, created_at=NOW)
        InboxMessage.objects.create(
            partner="operator", number="OP1", digest="", size=0, received_at=NOW, last_at=NOW,
            received_by="x", state="refused", refusals=1,
        )  # fmt: skip
        found, _rows = compared()
        assert (found.waiting_in, found.waiting_out) == (1, 1)

    def test_is_done_once(self):
        compared()
        assert not compare(report=StockReport(reference="STK-1", at=NOW, lines=[]), at=NOW)


@pytest.mark.usefixtures("lot")
class TestPostDifference:
    def post(self, *, by=SPF, reason="Compté avec l’opérateur.", reference="STK-1"):
        return post_difference(actor=by, reference=reference, reason=reason, at=NOW)

    def test_posts_both_statuses_and_keeps_what_moved_since(self, lot):
        compared(line(850), line(120, condition=Condition.BLOCKED), line(5, lot="L9"))
        move(
            "since",
            lot,
            200,
            at=NOW,
            kind=Kind.WRITE_OFF,
            source=Status.AVAILABLE,
            target=Status.OUTSIDE,
        )
        assert self.post() == 1
        found = stock_queries.balances()
        assert found["operator", "surgical_mask", "available"] == 650
        assert found["operator", "surgical_mask", "quarantine"] == 120
        assert stock_queries.discrepancies() == []

    def test_is_done_once(self):
        compared(line(850))
        self.post()
        with pytest.raises(AlreadyCounted):
            self.post()

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 251])
    def test_says_why(self, reason):
        compared(line(850))
        with pytest.raises(Invalid):
            self.post(reason=reason)

    def test_is_refused_where_nothing_known_differs(self):
        compared(line(900), line(100, condition=Condition.BLOCKED), line(5, lot="L9"))
        with pytest.raises(Invalid):
            self.post()

    def test_is_for_whoever_manages_stock(self):
        compared(line(850))
        with pytest.raises(Forbidden):
            self.post(by=actor(Role.OPERATOR))

    def test_knows_no_other_report(self):
        with pytest.raises(NotFound):
            self.post(reference="STK-0")
