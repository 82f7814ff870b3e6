"""The ledger as scenario tables: one line a movement, the expected answer at its end."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection

from distrilog.domain.stock.models import Entry, Lot, PendingEntry, Position
from distrilog.domain.stock.queries import available, discrepancies, shortfalls
from distrilog.domain.stock.rules import CONSORTIUM, Kind, Status
from distrilog.domain.stock.services import (
    KeyReused,
    LotRecalled,
    NotEnoughStock,
    move,
    promise,
)
from distrilog.kernel.refusals import Invalid, Refusal
from tests.domain.stock.world import (
    AT,
    LotFactory,
    answer_to,
    furnish,
    lot,
    movement,
    play,
    promised,
)


@pytest.mark.usefixtures("stock")
class TestMove:
    def test_moves_units_once_a_key(self):
        play("""
            open     a operator G1 100   ok
            open     a operator G1 100   ok
            open     a operator G1 101   KeyReused
            open     a operator G2 100   KeyReused
            open     a spf      G1 100   KeyReused
            find     a operator G1 100   KeyReused
            holds    operator G1 available 100
            holds    operator G1 outside  -100
            holds    spf      G1 available   0
            usable   operator gown 100
        """)

    def test_posts_what_was_promised_as_the_lots_chosen(self):
        play("""
            open     a operator G1 60          ok
            open     b operator G2 60          ok
            reserve  r order operator gown 100 ok
            issue    c operator G2 60 order    ok
            issue    d operator G1 30 order    ok
            pending  order 10
            usable   operator gown 30
            reserved operator gown 10
            deliver  e operator G2 60          ok
            holds    operator G1 in_transit 30
            holds    door     G2 delivered  60
        """)

    def test_posts_no_more_than_a_reservation_holds(self):
        play("""
            open     a operator G1 100         ok
            reserve  r order operator gown 30  ok
            issue    b operator G1 31 order    NotEnoughStock
            issue    b operator G1 30 order    ok
            issue    c operator G1 1 order     NotEnoughStock
            issue    c operator G1 1 nobody    NotEnoughStock
            reserved operator gown 0
        """)

    def test_posts_no_reservation_of_another_place_or_family(self):
        play("""
            open     a operator G1 100         ok
            open     b spf      G1 100         ok
            open     c operator M1 100         ok
            reserve  r order operator gown 30  ok
            issue    d spf      G1 30 order    NotEnoughStock
            issue    d operator M1 30 order    NotEnoughStock
            pending  order 30
        """)

    def test_never_takes_what_is_not_there(self):
        play("""
            open     a operator G1 100   ok
            lose     b operator G1 101   NotEnoughStock
            lose     b operator G2 1     NotEnoughStock
            block    b operator G1 101   NotEnoughStock
            keep     b operator G1 101   NotEnoughStock
            unblock  b operator G1 1     NotEnoughStock
            deliver  b operator G1 1     NotEnoughStock
            usable   operator gown 100
        """)

    def test_lets_no_decision_take_what_is_promised(self):
        play("""
            open     a operator G1 100         ok
            reserve  r order operator gown 70  ok
            keep     b operator G1 31          NotEnoughStock
            send     b operator G1 31          NotEnoughStock
            issue    b operator G1 31          NotEnoughStock
            keep     b operator G1 10          ok
            send     c operator G1 10          ok
            issue    d operator G1 10          ok
            keep     e operator G1 1           NotEnoughStock
            issue    f operator G1 70 order    ok
        """)

    def test_writes_a_fact_even_where_it_leaves_a_shortfall(self):
        play("""
            open     a operator G1 100         ok
            reserve  r order operator gown 70  ok
            block    b operator G1 20          ok
            lose     c operator G1 20          ok
            burn     d operator G1 20          ok
            usable   operator gown 40
            reserved operator gown 70
            issue    e operator G1 41 order    NotEnoughStock
            reserve  s other operator gown 1   NotEnoughStock
            void     t order operator gown 30  ok
            issue    e operator G1 40 order    ok
        """)
        assert shortfalls() == []

    def test_counts_for_a_decision_what_else_the_call_brings_and_takes(self):
        play("open a operator G1 100 ok\nreserve r order operator gown 90 ok")
        with pytest.raises(NotEnoughStock):
            move(
                movements=[movement("block b operator G1 10"), movement("keep c operator G1 10")],
                by="x",
                at=AT,
            )
        move(
            movements=[movement("open d operator G2 5"), movement("keep e operator G1 15")],
            by="x",
            at=AT,
        )
        play("usable operator gown 90")

    def test_refuses_every_shortage_at_once_and_writes_nothing(self):
        play("open a operator G1 100 ok")
        with pytest.raises(NotEnoughStock) as caught:
            move(
                movements=[
                    movement("lose b operator G1 70"),
                    movement("lose c operator G1 70"),
                    movement("lose d spf M1 5"),
                ],
                by="somebody",
                at=AT,
            )
        assert {each.where: each.values for each in caught.value.faults} == {
            f"operator.gown.{lot('G1')}": {"asked": 140, "left": 100},
            f"spf.surgical_mask.{lot('M1')}": {"asked": 5, "left": 0},
        }
        assert Entry.objects.count() == 1

    def test_passes_over_what_is_written_and_writes_the_rest(self):
        first, second = movement("open a operator G1 10"), movement("open b operator G1 20")
        ids = move(movements=[first], by="somebody", at=AT)
        both = move(movements=[first, second], by="another", at=AT)
        assert both["a"] == ids["a"]
        assert Entry.objects.get(pk=both["b"]).by == "another"
        play("usable operator gown 30")

    def test_keeps_owners_apart(self):
        theirs = replace(movement("open a operator G1 10"), owner=CONSORTIUM)
        move(movements=[theirs], by="x", at=AT)
        play("lose b operator G1 1 NotEnoughStock\nreserve r order operator gown 1 NotEnoughStock")
        assert available() == {}
        assert available(owner=CONSORTIUM) == {("operator", "gown"): 10}

    def test_makes_no_recalled_lot_usable(self):
        play("open a operator G1 10 ok\nblock b operator G1 4 ok")
        Lot.objects.filter(number="G1").update(recalled_at=AT)
        with pytest.raises(LotRecalled) as caught:
            move(movements=[movement("unblock c operator G1 1")], by="x", at=AT)
        assert [each.where for each in caught.value.faults] == ["c"]
        play("block d operator G1 6 ok\nopen e operator G2 1 ok")

    @pytest.mark.parametrize(
        ("line", "changed", "where"),
        [
            ("open a operator G1 0", {}, "movements.0.units"),
            ("open a operator G1 -5", {}, "movements.0.units"),
            ("open a operator G1 1000000000001", {}, "movements.0.units"),
            ("open a operator G1 5", {"units": 1.5}, "movements.0.units"),
            ("open a operator G1 5", {"units": 2.0}, "movements.0.units"),
            ("open a operator G1 5", {"units": True}, "movements.0.units"),
            ("open a operator G1 5", {"units": "5"}, "movements.0.units"),
            ("open  operator G1 5", {}, "movements.0.key"),
            ("open a operator G1 5", {"key": "k" * 161}, "movements.0.key"),
            ("open a operator G1 5", {"key": "a\0"}, "movements.0.key"),
            ("open a operator G1 5", {"reason": "r" * 301}, "movements.0.reason"),
            ("open a operator G1 5", {"about": "a\0"}, "movements.0.about"),
            ("open a operator G1 5", {"kind": Kind.ISSUE}, "movements.0.kind"),
            ("open a operator G1 5", {"to": "spf"}, "movements.0.kind"),
            ("lose a operator G1 5 order", {}, "movements.0.kind"),
            ("open a nowhere G1 5", {}, "movements.0"),
            ("open a operator G1 5", {"owner": "nobody"}, "movements.0"),
            ("open a operator G1 5", {"lot": 0}, "lots.0"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, line, changed, where):
        with pytest.raises(Invalid) as caught:
            move(movements=[replace(movement(line), **changed)], by="somebody", at=AT)
        assert {each.where for each in caught.value.faults} == {where}
        assert not Entry.objects.exists()

    def test_refuses_a_key_given_twice_in_one_go(self):
        twice = movement("open a operator G1 5")
        with pytest.raises(Invalid):
            move(movements=[twice, twice], by="somebody", at=AT)

    def test_takes_as_many_statements_for_many_as_for_one(self, django_assert_num_queries):
        play(
            """
            open a operator G1 1000 ok
            reserve r order operator gown 500 ok
            issue first operator G1 1 order ok
            """
        )
        statements = 8  # savepoint, 6 of our own, release; two more to open an account
        one = [movement("issue b operator G1 1 order")]
        with django_assert_num_queries(statements):
            move(movements=one, by="x", at=AT)
        many = [movement(f"issue c{rank} operator G1 1 order") for rank in range(50)]
        with django_assert_num_queries(statements):
            move(movements=many, by="x", at=AT)

    def test_does_nothing_when_there_is_nothing_to_do(self, django_assert_num_queries):
        with django_assert_num_queries(2):
            assert move(movements=[], by="x", at=AT) == {}


@pytest.mark.usefixtures("stock")
class TestPromise:
    def test_promises_once_a_key_and_gives_back(self):
        play("""
            open     a operator G1 60           ok
            open     b operator G2 40           ok
            reserve  r quota operator gown 80   ok
            reserve  r quota operator gown 80   ok
            reserve  r quota operator gown 70   KeyReused
            reserve  r other operator gown 80   KeyReused
            void     r quota operator gown 80   KeyReused
            reserve  s other operator gown 21   NotEnoughStock
            void     t quota operator gown 10   ok
            expire   u quota operator gown 20   ok
            expire   v quota operator gown 51   NotEnoughStock
            reserve  s other operator gown 50   ok
            pending  quota 50
            reserved operator gown 100
        """)

    def test_keeps_a_reservation_to_its_position(self):
        play("""
            open     a operator G1 10           ok
            open     b spf      G1 10           ok
            reserve  r quota operator gown 5    ok
            reserve  s quota spf      gown 5    KeyReused
            void     t quota spf      gown 5    KeyReused
        """)

    def test_may_promise_again_within_one_call_what_it_gives_back(self):
        play("open a operator G1 10 ok\nreserve r quota operator gown 10 ok")
        swap = [
            promised("reserve s order operator gown 4"),
            promised("void t quota operator gown 4"),
        ]
        promise(promises=swap, by="x", at=AT)
        play("pending quota 6\npending order 4")

    def test_refuses_every_shortage_at_once_and_writes_nothing(self):
        play("open a operator G1 10 ok\nopen b operator M1 10 ok")
        lines = ["reserve r x operator gown 11", "reserve s y operator surgical_mask 12"]
        with pytest.raises(NotEnoughStock) as caught:
            promise(promises=[promised(line) for line in lines], by="x", at=AT)
        assert [each.values["asked"] for each in caught.value.faults] == [11, 12]
        assert not PendingEntry.objects.exists()

    @pytest.mark.parametrize(
        ("line", "changed", "where"),
        [
            ("reserve r q operator gown 0", {}, "promises.0.units"),
            ("reserve r q operator gown 1", {"units": 0.5}, "promises.0.units"),
            ("reserve r q operator gown 1", {"key": ""}, "promises.0.key"),
            ("reserve r q operator gown 1", {"reservation": ""}, "promises.0.reservation"),
            ("reserve r q operator gown 1", {"reservation": "q" * 121}, "promises.0.reservation"),
            ("reserve r q operator gown 1", {"reason": "\0"}, "promises.0.reason"),
            ("reserve r q nowhere gown 1", {}, "promises.0"),
            ("reserve r q operator unicorn 1", {}, "promises.0"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, line, changed, where):
        with pytest.raises(Invalid) as caught:
            promise(promises=[replace(promised(line), **changed)], by="x", at=AT)
        assert [each.where for each in caught.value.faults] == [where]

    def test_takes_as_many_statements_for_many_as_for_one(self, django_assert_num_queries):
        play("open a operator G1 1000 ok")
        statements = 9  # savepoint, 7 of our own, release
        with django_assert_num_queries(statements):
            promise(promises=[promised("reserve r q operator gown 1")], by="x", at=AT)
        many = [promised(f"reserve r{rank} q{rank} operator gown 1") for rank in range(50)]
        with django_assert_num_queries(statements):
            promise(promises=many, by="x", at=AT)
        play("reserved operator gown 51")

    def test_does_nothing_when_there_is_nothing_to_do(self, django_assert_num_queries):
        with django_assert_num_queries(2):
            promise(promises=[], by="x", at=AT)


def at_once(action, count, *, threads=16):
    """Run `action(rank)` from many connections; return the answers."""

    def run(rank):
        try:
            return action(rank)
        except Refusal as refusal:
            return type(refusal).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_never_promises_more_than_is_usable(self):
        furnish()
        play("open a operator G1 60 ok\nopen b operator G2 40 ok")
        answers = at_once(lambda rank: answer_to(f"reserve r{rank} q{rank} operator gown 10"), 24)
        assert answers.count("ok") == 10
        assert answers.count("NotEnoughStock") == 14
        play("reserved operator gown 100")

    def test_writes_one_key_once(self):
        furnish()
        assert set(at_once(lambda _: answer_to("open same operator G1 10"), 16)) == {"ok"}
        play("holds operator G1 available 10")
        assert Entry.objects.count() == 1

    def test_opens_new_accounts_and_positions_once(self):
        furnish()
        answers = at_once(lambda rank: answer_to(f"open k{rank} spf M1 1"), 16)
        assert set(answers) == {"ok"}
        play("usable spf surgical_mask 16")

    def test_neither_posts_twice_nor_promises_what_leaves(self):
        furnish()
        play("open a operator G1 100 ok\nreserve r order operator gown 50 ok")

        def act(rank):
            if rank % 3 == 0:
                return answer_to(f"issue i{rank} operator G1 10 order")
            if rank % 3 == 1:
                return answer_to(f"keep k{rank} operator G1 10")
            return answer_to(f"reserve s{rank} other{rank} operator gown 10")

        answers = at_once(act, 48)
        posted = [answers[rank] for rank in range(0, 48, 3)]
        assert posted.count("ok") == 5
        assert answers.count("ok") == 10
        play("pending order 0")

    def test_never_waits_in_a_circle(self):
        furnish()
        names = [f"S{rank:02d}" for rank in range(12)]
        for name in names:
            LotFactory(number=name)
        move(
            movements=[
                movement(f"open {place}{name} {place} {name} 1000")
                for place in ("operator", "spf")
                for name in names[:6]
            ],
            by="x",
            at=AT,
        )
        ids = dict(Lot.objects.values_list("number", "pk"))

        def act(rank):
            shuffled = random.Random(rank)
            movements = [
                replace(
                    movement(f"{word} {rank}-{place}-{name} {place} G1 {1 + rank % 3}"),
                    lot=ids[name],
                )
                for place in ("operator", "spf")
                for name, word in [
                    *((one, "lose") for one in names[:6]),
                    *((one, "find") for one in names[6:]),
                ]
            ]
            shuffled.shuffle(movements)
            promises = [
                promised(f"reserve {rank}-{place} q-{rank}-{place} {place} gown 1")
                for place in ("operator", "spf")
            ]
            shuffled.shuffle(promises)
            move(movements=movements, by="x", at=AT)
            promise(promises=promises, by="x", at=AT)
            return "ok"

        assert set(at_once(act, 64)) == {"ok"}
        assert discrepancies() == []
        assert Entry.objects.count() == 12 + 64 * 24


@pytest.mark.usefixtures("stock")
class TestKeyReused:
    def test_names_every_key(self):
        play("open a operator G1 5 ok\nopen b operator G1 5 ok")
        with pytest.raises(KeyReused) as caught:
            move(
                movements=[movement("open a operator G1 6"), movement("open b operator G1 6")],
                by="x",
                at=AT,
            )
        assert [each.where for each in caught.value.faults] == ["a", "b"]


@pytest.mark.usefixtures("stock")
class TestPosition:
    def test_is_only_opened_for_what_is_used(self):
        play("store a spf G1 5 ok")
        assert not Position.objects.exists()


@pytest.mark.usefixtures("stock")
class TestCession:
    def ceded(self, **more):
        return replace(
            movement("send c operator G1 40"),
            kind=Kind.CESSION,
            target=Status.AVAILABLE,
            to_owner=CONSORTIUM,
            **more,
        )

    def test_changes_whose_they_are_and_nothing_else(self):
        play("open a operator G1 100 ok")
        move(movements=[self.ceded()], by="somebody", at=AT)
        assert available()["operator", "gown"] == 60
        assert available(owner=CONSORTIUM)["operator", "gown"] == 40
        assert discrepancies() == []

    def test_is_written_once_a_key(self):
        play("open a operator G1 100 ok")
        for _ in range(2):
            move(movements=[self.ceded()], by="somebody", at=AT)
        assert available(owner=CONSORTIUM)["operator", "gown"] == 40
        with pytest.raises(KeyReused):
            move(movements=[self.ceded(units=41)], by="somebody", at=AT)

    def test_does_not_cede_what_is_promised(self):
        play("""
            open    a operator G1 100                 ok
            reserve r order operator gown 80 ok
        """)
        with pytest.raises(NotEnoughStock):
            move(movements=[self.ceded()], by="somebody", at=AT)

    def test_refuses_any_other_entry_that_changes_the_owner(self):
        play("open a operator G1 100 ok")
        with pytest.raises(Invalid):
            move(
                movements=[replace(movement("send c operator G1 40"), to_owner=CONSORTIUM)],
                by="somebody",
                at=AT,
            )
        with pytest.raises(Invalid):
            move(movements=[replace(self.ceded(), to_owner="")], by="somebody", at=AT)
