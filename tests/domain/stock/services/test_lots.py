"""What is done to lots where they lie."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from distrilog.domain.accounts.rules import Deed, Role
from distrilog.domain.stock.models import Account, Entry, InventoryCount, Lot, Recall
from distrilog.domain.stock.queries import discrepancies, shortfalls
from distrilog.domain.stock.rules import CONSORTIUM, LAST_DAYS, Cause, Status
from distrilog.domain.stock.services import (
    Counted,
    KeyReused,
    LotDiffers,
    LotRecalled,
    LotTooOld,
    NewLot,
    NotEnoughStock,
    RecallClosed,
    allot,
    block,
    close_recall,
    count,
    move,
    recall,
    register_lots,
    unblock,
    withdraw_expired,
    write_off,
)
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from tests.domain.stock.world import AT, TODAY, LotFactory, lot, movement, play
from tests.factories import actor


GOWN = "03400000000017"
MASK = "03400000000024"
KEEPER = actor(Role.SPF, person="keeper")


def wheres(caught):
    return [each.where for each in caught.value.faults]


@pytest.fixture(autouse=True)
def world(stock):  # noqa: ARG001
    yield
    assert discrepancies() == []


class TestRegisterLots:
    def test_gives_known_and_new_lots_their_ids(self):
        found = register_lots(
            lots=[NewLot(gtin=GOWN, number="G1"), NewLot(gtin=MASK, number="G1", expires_on=TODAY)]
        )
        assert found[GOWN, "G1"] == Lot.objects.get(article=GOWN, number="G1").pk
        assert Lot.objects.get(pk=found[MASK, "G1"]).expires_on == TODAY

    def test_takes_as_many_statements_for_many_as_for_one(self, django_assert_max_num_queries):
        lots = [NewLot(gtin=GOWN, number=f"N{rank}", expires_on=TODAY) for rank in range(50)]
        with django_assert_max_num_queries(7):
            assert len(register_lots(lots=lots)) == 50
        with django_assert_max_num_queries(7):
            register_lots(lots=lots)

    def test_learns_an_expiry_it_did_not_know(self):
        LotFactory(number="G3", expires_on=None)
        register_lots(lots=[NewLot(gtin=GOWN, number="G3", expires_on=TODAY)])
        assert Lot.objects.get(number="G3").expires_on == TODAY

    def test_refuses_another_expiry_for_every_lot_that_has_one(self):
        with pytest.raises(LotDiffers) as caught:
            register_lots(
                lots=[
                    NewLot(gtin=GOWN, number="G1", expires_on=TODAY),
                    NewLot(gtin=GOWN, number="G2", expires_on=TODAY),
                    NewLot(gtin=GOWN, number="G9", expires_on=TODAY),
                ]
            )
        assert wheres(caught) == [f"{GOWN}.G1", f"{GOWN}.G2"]
        assert "expire le 01/11/2022, et non le 02/11/2020" in caught.value.detail
        assert not Lot.objects.filter(number="G9").exists()

    def test_refuses_two_expiries_in_one_go(self):
        with pytest.raises(LotDiffers):
            register_lots(
                lots=[
                    NewLot(gtin=GOWN, number="G9", expires_on=TODAY),
                    NewLot(gtin=GOWN, number="G9", expires_on=TODAY + timedelta(1)),
                ]
            )

    @pytest.mark.parametrize(
        ("gtin", "number", "where"),
        [
            ("09999999999999", "G1", "lots.0.gtin"),
            (GOWN, "", "lots.0.number"),
            (GOWN, "n" * 21, "lots.0.number"),
            (GOWN, "lot é", "lots.0.number"),
            (GOWN, "a\0", "lots.0.number"),
        ],
    )
    def test_refuses_what_no_label_says(self, gtin, number, where):
        with pytest.raises(Invalid) as caught:
            register_lots(lots=[NewLot(gtin=gtin, number=number)])
        assert wheres(caught) == [where]

    def test_does_nothing_with_nothing(self):
        assert register_lots(lots=[]) == {}


def counted(number, units, status=Status.AVAILABLE):
    return Counted(lot=lot(number), status=status, units=units)


def counting(*lines, key="c1", **values):
    common = {"actor": KEEPER, "place": "operator", "reason": "Inventaire", "at": AT}
    return count(counted=lines, key=key, **(common | values))


class TestCount:
    def test_posts_differences_only(self):
        play("open a operator G1 100 ok\nopen b operator G2 50 ok\nstore c operator G1 30 ok")
        found = counting(counted("G1", 90), counted("G2", 50), counted("G1", 31, Status.STRATEGIC))
        assert found == {(lot("G1"), "available"): -10, (lot("G1"), "strategic"): 1}
        assert Entry.objects.filter(kind="count").count() == 2
        play("""
            holds  operator G1 available 90
            holds  operator G1 strategic 31
            usable operator gown 140
        """)

    def test_finds_a_lot_where_the_books_had_none(self):
        counting(counted("M1", 7), place="spf")
        play("holds spf M1 available 7\nusable spf surgical_mask 7")

    def test_changes_nothing_when_made_again_even_if_units_left_since(self):
        play("open a operator G1 100 ok")
        first = counting(counted("G1", 90))
        play("lose b operator G1 40 ok")
        assert counting(counted("G1", 90)) == first == {(lot("G1"), "available"): -10}
        play("holds operator G1 available 50")

    def test_is_remembered_even_if_it_found_nothing(self):
        play("open a operator G1 100 ok")
        assert counting(counted("G1", 100)) == {}
        play("lose b operator G1 40 ok")
        assert counting(counted("G1", 100)) == {}
        play("holds operator G1 available 60")
        assert InventoryCount.objects.get().counted_by == "keeper"

    def test_refuses_the_key_of_a_count_elsewhere(self):
        counting(counted("G1", 5))
        with pytest.raises(KeyReused):
            counting(counted("G1", 5), place="spf")

    def test_may_leave_a_shortfall(self):
        play("open a operator G1 100 ok\nreserve r order operator gown 80 ok")
        counting(counted("G1", 60))
        assert [(each.family, each.missing) for each in shortfalls()] == [("gown", 20)]

    def test_counts_a_recalled_lot_up_in_quarantine_only(self):
        recall(actor=KEEPER, lot=lot("G1"), reason="Défaut", instruction="Isoler", at=AT)
        with pytest.raises(LotRecalled):
            counting(counted("G1", 5))
        counting(counted("G1", 5, Status.QUARANTINE))

    @pytest.mark.parametrize("units", [1.5, -1, "12", True, None, 10**13])
    def test_refuses_what_is_no_number_of_units(self, units):
        with pytest.raises(Invalid) as caught:
            counting(counted("G1", 5), counted("G2", units))
        assert wheres(caught) == ["counted.1.units"]
        assert not InventoryCount.objects.exists()

    def test_refuses_everything_else_at_once(self):
        with pytest.raises(Invalid) as caught:
            counting(
                Counted(lot=0, status=Status.AVAILABLE, units=1),
                counted("G1", 5, Status.OUTSIDE),
                counted("G2", 5),
                counted("G2", 6),
                place="door",
                key="",
                reason=" ",
            )
        assert set(wheres(caught)) == {
            "place", "key", "reason", "counted.0.lot", "counted.1.status", "counted.2", "counted.3",
        }  # fmt: skip

    def test_refuses_an_empty_count(self):
        with pytest.raises(Invalid):
            counting()

    def test_is_for_those_who_manage_stock(self):
        with pytest.raises(Forbidden):
            counting(counted("G1", 5), actor=actor(Role.ORDERER))


COMMON = {"actor": KEEPER, "place": "operator", "reason": "Carton mouillé", "key": "k1", "at": AT}


class TestBlock:
    def test_takes_usable_units_first_then_strategic_ones(self):
        play("open a operator G1 10 ok\nstore b operator G1 10 ok")
        assert block(lot=lot("G1"), units=15, **COMMON) == 15
        play("""
            holds operator G1 available 0
            holds operator G1 strategic 5
            holds operator G1 quarantine 15
        """)

    def test_takes_all_and_only_once_a_key(self):
        play("open a operator G1 10 ok")
        assert block(lot=lot("G1"), **COMMON) == 10
        play("open b operator G1 7 ok")
        assert block(lot=lot("G1"), **COMMON) == 10
        assert block(lot=lot("G1"), units=10, **COMMON) == 10
        play("holds operator G1 available 7")

    def test_refuses_a_key_that_served_another(self):
        play("open a operator G1 10 ok\nopen b operator G2 10 ok")
        block(lot=lot("G1"), **COMMON)
        for other in ({"lot": lot("G2")}, {"lot": lot("G1"), "units": 3}):
            with pytest.raises(KeyReused):
                block(**(COMMON | other))

    def test_leaves_a_shortfall_rather_than_a_doubtful_box(self):
        play("open a operator G1 10 ok\nreserve r order operator gown 10 ok")
        block(lot=lot("G1"), units=4, **COMMON)
        assert [each.missing for each in shortfalls()] == [4]

    def test_refuses_more_than_is_there(self):
        play("open a operator G1 10 ok")
        with pytest.raises(NotEnoughStock) as caught:
            block(lot=lot("G1"), units=11, **COMMON)
        assert caught.value.faults[0].values == {"asked": 11, "left": 10}
        with pytest.raises(NotEnoughStock):
            block(lot=lot("G2"), **COMMON)

    @pytest.mark.parametrize(
        ("changed", "where"),
        [
            ({"units": 1.5}, "units"),
            ({"units": 0}, "units"),
            ({"place": "nowhere"}, "place"),
            ({"reason": ""}, "reason"),
            ({"reason": "r" * 251}, "reason"),
            ({"reason": "a\0"}, "reason"),
            ({"key": "k" * 61}, "key"),
            ({"lot": 0}, "lots.0"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, changed, where):
        with pytest.raises(Invalid) as caught:
            block(**({"lot": lot("G1")} | COMMON | changed))
        assert wheres(caught) == [where]

    def test_is_for_those_who_manage_stock(self):
        with pytest.raises(Forbidden):
            block(lot=lot("G1"), **(COMMON | {"actor": actor(Role.NATIONAL_CELL)}))


class TestUnblock:
    def test_makes_units_usable_again(self):
        play("open a operator G1 10 ok\nblock b operator G1 6 ok")
        assert unblock(lot=lot("G1"), units=4, **COMMON) == 4
        assert unblock(lot=lot("G1"), **(COMMON | {"key": "k2"})) == 2
        play("usable operator gown 10")

    def test_never_does_so_while_the_lot_is_recalled(self):
        play("open a operator G1 10 ok")
        recall(actor=KEEPER, lot=lot("G1"), reason="Défaut", instruction="Isoler", at=AT)
        with pytest.raises(LotRecalled):
            unblock(lot=lot("G1"), **COMMON)
        close_recall(actor=KEEPER, recall_id=Recall.objects.get().pk, reason="Levé", at=AT)
        assert unblock(lot=lot("G1"), **COMMON) == 10

    def test_never_does_so_in_the_lots_last_days(self):
        play("open a operator G1 10 ok\nblock b operator G1 10 ok")
        last = datetime(2022, 11, 1, 12, tzinfo=UTC) - LAST_DAYS
        with pytest.raises(LotTooOld):
            unblock(lot=lot("G1"), **(COMMON | {"at": last + timedelta(1)}))
        unblock(lot=lot("G1"), **(COMMON | {"at": last}))


class TestAllot:
    def test_keeps_and_releases(self):
        play("open a operator G1 10 ok")
        allot(lot=lot("G1"), units=6, to=Status.STRATEGIC, **COMMON)
        allot(lot=lot("G1"), units=2, to=Status.AVAILABLE, **(COMMON | {"key": "k2"}))
        play("holds operator G1 strategic 4\nusable operator gown 6")

    def test_never_keeps_what_is_promised(self):
        play("open a operator G1 10 ok\nreserve r order operator gown 8 ok")
        with pytest.raises(NotEnoughStock) as caught:
            allot(lot=lot("G1"), units=3, to=Status.STRATEGIC, **COMMON)
        assert caught.value.faults[0].values == {"asked": 3, "left": 2}

    def test_goes_nowhere_else(self):
        with pytest.raises(Invalid) as caught:
            allot(lot=lot("G1"), units=3, to=Status.DELIVERED, **COMMON)
        assert wheres(caught) == ["to"]

    def test_releases_no_recalled_lot_and_none_in_its_last_days(self):
        play("store a operator G1 10 ok\nstore b operator G2 10 ok")
        Lot.objects.filter(number="G1").update(recalled_at=AT)
        Lot.objects.filter(number="G2").update(expires_on=TODAY)
        with pytest.raises(LotRecalled):
            allot(lot=lot("G1"), units=3, to=Status.AVAILABLE, **COMMON)
        with pytest.raises(LotTooOld):
            allot(lot=lot("G2"), units=3, to=Status.AVAILABLE, **COMMON)


class TestWriteOff:
    def test_takes_units_out_for_good_and_says_why(self):
        play("open a operator G1 10 ok\nblock b operator G1 6 ok")
        values = {"lot": lot("G1"), "units": 5, "cause": Cause.BROKEN, **COMMON}
        assert write_off(status=Status.QUARANTINE, **values) == 5
        assert write_off(status=Status.QUARANTINE, **values) == 5
        assert Entry.objects.get(kind="write_off").reason == "casse : Carton mouillé"
        play("holds operator G1 quarantine 1\nholds operator G1 outside -5")

    def test_takes_nothing_out_of_what_is_with_others(self):
        with pytest.raises(Invalid) as caught:
            write_off(lot=lot("G1"), status=Status.DELIVERED, units=1, cause=Cause.LOST, **COMMON)
        assert wheres(caught) == ["status"]


class TestWithdrawExpired:
    def test_takes_from_use_everywhere_what_nobody_may_get_any_more(self):
        old = LotFactory(number="OLD", expires_on=TODAY + LAST_DAYS - timedelta(1))
        LotFactory(number="EDGE", expires_on=TODAY + LAST_DAYS)
        LotFactory(number="EVER", expires_on=None)
        play("""
            open  a operator OLD 10 ok
            store b operator OLD 20 ok
            open  c spf      OLD 30 ok
            open  d operator EDGE 5 ok
            open  e operator EVER 5 ok
        """)
        theirs = replace(movement("open f operator OLD 7"), owner=CONSORTIUM)
        move(movements=[theirs], by="x", at=AT)
        assert withdraw_expired(at=AT) == 67
        assert withdraw_expired(at=AT) == 0
        held = Account.objects.filter(lot=old, units__gt=0)
        assert set(held.values_list("status", flat=True)) == {"quarantine"}
        play("usable operator gown 10\nusable spf gown 0")

    def test_judges_by_the_day_in_paris(self):
        LotFactory(number="OLD", expires_on=TODAY + LAST_DAYS)
        play("open a operator OLD 10 ok")
        assert withdraw_expired(at=datetime(2020, 11, 2, 22, 59, tzinfo=UTC)) == 0
        assert withdraw_expired(at=datetime(2020, 11, 2, 23, 1, tzinfo=UTC)) == 10

    def test_takes_along_what_is_still_usable_of_a_recalled_lot(self):
        play("open a operator G1 10 ok")
        Lot.objects.filter(number="G1").update(recalled_at=AT)
        assert withdraw_expired(at=AT) == 10

    def test_takes_as_many_statements_for_many_as_for_one(self, django_assert_max_num_queries):
        for rank in range(20):
            LotFactory(number=f"OLD{rank}", expires_on=date(2020, 1, 1))
        move(
            movements=[movement(f"open o{rank} operator OLD{rank} 10") for rank in range(20)],
            by="x",
            at=AT,
        )
        with django_assert_max_num_queries(22):
            assert withdraw_expired(at=AT) == 200


class TestRecall:
    def declare(self, number="G1", **values):
        common = {"actor": KEEPER, "reason": "Élastique cassant", "instruction": "Isoler", "at": AT}
        return recall(lot=lot(number), **(common | values))

    def test_blocks_the_lot_at_every_place_and_for_every_owner(self):
        play("""
            open  a operator G1 10         ok
            store b spf      G1 20         ok
            open  c spf      G1 5          ok
            open  d spf      G2 5          ok
            reserve r order operator gown 10 ok
        """)
        theirs = replace(movement("open e operator G1 7"), owner=CONSORTIUM)
        move(movements=[theirs], by="x", at=AT)
        assert self.declare() == {"operator": 17, "spf": 25}
        assert [(each.place, each.missing) for each in shortfalls()] == [("operator", 10)]
        play("usable spf gown 5\nopen f operator G1 1 LotRecalled")

    def test_declared_again_blocks_what_it_still_finds(self):
        play("open a operator G1 10 ok")
        assert self.declare() == {"operator": 10}
        assert self.declare(at=AT + timedelta(1)) == {}
        assert Recall.objects.get().declared_at == AT

    def test_may_be_declared_anew_once_closed(self):
        self.declare()
        close_recall(actor=KEEPER, recall_id=Recall.objects.get().pk, reason="Levé", at=AT)
        self.declare(reason="Encore", at=AT + timedelta(1))
        again = Recall.objects.get()
        assert (again.reason, again.closed_at) == ("Encore", None)
        assert Lot.objects.get(number="G1").recalled_at is not None

    def test_wants_to_know_why_and_what_to_do(self):
        with pytest.raises(Invalid) as caught:
            self.declare(reason="", instruction="i" * 501)
        assert wheres(caught) == ["reason", "instruction"]

    def test_refuses_an_unknown_lot(self):
        with pytest.raises(NotFound):
            recall(actor=KEEPER, lot=0, reason="Défaut", instruction="Isoler", at=AT)

    def test_is_for_those_who_may(self):
        self.declare(actor=actor(Role.NATIONAL_CELL))
        with pytest.raises(Forbidden):
            self.declare(actor=actor(Role.OPERATOR))


class TestCloseRecall:
    def test_is_done_once_and_kept(self):
        recall(actor=KEEPER, lot=lot("G1"), reason="Défaut", instruction="Isoler", at=AT)
        number = Recall.objects.get().pk
        closed = close_recall(actor=KEEPER, recall_id=number, reason="Analyse bonne", at=AT)
        assert (closed.closed_by, closed.closed_at) == ("keeper", AT)
        with pytest.raises(RecallClosed):
            close_recall(actor=KEEPER, recall_id=number, reason="Encore", at=AT)

    def test_refuses_an_unknown_one(self):
        with pytest.raises(NotFound):
            close_recall(actor=KEEPER, recall_id=0, reason="Levé", at=AT)


class TestDeeds:
    def test_are_those_of_the_table_of_rights(self):
        assert KEEPER.may(Deed.STOCK_MANAGE)
        assert KEEPER.may(Deed.RECALL_DECLARE)
