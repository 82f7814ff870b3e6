"""The ledger as scenario tables: one line a movement, the expected answer at its end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from distrilog.domain.stock.models import Entry
from distrilog.domain.stock.queries import balances, discrepancies
from distrilog.domain.stock.rules import Kind, Status
from distrilog.domain.stock.services import KeyReused, Movement, NotEnoughStock, move
from distrilog.kernel.refusals import Invalid, Refusal
from tests.factories import FamilyFactory, PlaceFactory


AT = datetime(2020, 11, 2, 8, tzinfo=UTC)
SHORT = {
    "open": (Kind.OPENING, Status.OUTSIDE, Status.AVAILABLE),
    "reserve": (Kind.RESERVE, Status.AVAILABLE, Status.RESERVED),
    "release": (Kind.RELEASE, Status.RESERVED, Status.AVAILABLE),
    "issue": (Kind.ISSUE, Status.RESERVED, Status.OUTSIDE),
    "lose": (Kind.COUNT, Status.AVAILABLE, Status.OUTSIDE),
}


def movement(line):
    """Read `word key place family units [settles]`."""
    word, key, place, family, units, *settles = line.split(" ")
    kind, source, target = SHORT[word]
    return Movement(
        key=key,
        kind=kind,
        place=place,
        family=family,
        source=source,
        target=target,
        units=int(units),
        settles="".join(settles),
    )


def answer_to(*movements):
    try:
        move(movements=movements, by="somebody", at=AT)
    except Refusal as refusal:
        return type(refusal).__name__
    return "ok"


def play(table):
    """Play a table: `word key place family units [settles] answer`, or `holds place family status units`."""
    for line in filter(None, (each.strip() for each in table.splitlines())):
        word, *cells, expected = line.split()
        if word == "holds":
            assert balances().get(tuple(cells), 0) == int(expected), line
        else:
            assert answer_to(movement(" ".join([word, *cells]))) == expected, line
    assert discrepancies() == []


@pytest.fixture
def warehouse(db):  # noqa: ARG001
    PlaceFactory()
    PlaceFactory(spf=True)
    FamilyFactory()
    FamilyFactory(code="gown")


@pytest.mark.usefixtures("warehouse")
class TestMove:
    def test_moves_units_once_a_key(self):
        play("""
            open     a operator gown 100   ok
            open     a operator gown 100   ok
            open     a operator gown 101   KeyReused
            open     a spf      gown 100   KeyReused
            reserve  a operator gown 100   KeyReused
            holds    operator gown available 100
            holds    operator gown outside  -100
            holds    spf      gown available   0
        """)

    def test_reserves_gives_back_and_issues(self):
        play("""
            open     a operator gown 100   ok
            reserve  r operator gown  60   ok
            holds    operator gown available 40
            holds    operator gown reserved  60
            release  b operator gown  15 r ok
            issue    c operator gown  20 r ok
            holds    operator gown available 55
            holds    operator gown reserved  25
            holds    operator gown outside  -80
        """)

    def test_settles_no_more_than_a_reservation_holds(self):
        play("""
            open     a operator gown 100   ok
            reserve  r operator gown  30   ok
            reserve  s operator gown  30   ok
            release  b operator gown  20 r ok
            release  c operator gown  20 r NotEnoughStock
            release  c operator gown  10 r ok
            issue    d operator gown   1 r NotEnoughStock
            issue    d operator gown   1 x NotEnoughStock
            issue    d operator gown  30 s ok
        """)

    def test_settles_no_reservation_of_another_place(self):
        play("""
            open     a operator gown 100   ok
            open     b spf      gown 100   ok
            reserve  r operator gown  30   ok
            reserve  s spf      gown  30   ok
            release  c spf      gown  30 r NotEnoughStock
        """)

    def test_never_takes_what_is_not_there(self):
        play("""
            open     a operator gown 100   ok
            lose     b operator gown 101   NotEnoughStock
            reserve  c operator gown 101   NotEnoughStock
            reserve  c spf      gown   1   NotEnoughStock
            reserve  c operator gown 100   ok
            lose     d operator gown   1   NotEnoughStock
        """)

    def test_refuses_every_shortage_at_once_and_writes_nothing(self):
        play("open a operator gown 100 ok")
        with pytest.raises(NotEnoughStock) as caught:
            move(
                movements=[
                    movement("reserve b operator gown 70"),
                    movement("reserve c operator gown 70"),
                    movement("reserve d spf surgical_mask 5"),
                ],
                by="somebody",
                at=AT,
            )
        assert [(each.where, each.values) for each in caught.value.faults] == [
            ("operator.gown", {"asked": 140, "left": 100}),
            ("spf.surgical_mask", {"asked": 5, "left": 0}),
        ]
        assert Entry.objects.count() == 1

    def test_passes_over_what_is_written_and_writes_the_rest(self):
        first = movement("open a operator gown 10")
        second = movement("open b operator gown 20")
        ids = move(movements=[first], by="somebody", at=AT)
        both = move(movements=[first, second], by="another", at=AT)
        assert both["a"] == ids["a"]
        assert balances()["operator", "gown", "available"] == 30

    @pytest.mark.parametrize(
        ("wrong", "where"),
        [
            (movement("open a operator gown 0"), "movements.0.units"),
            (movement("open a operator gown -5"), "movements.0.units"),
            (movement("open a operator gown 10000000000000"), "movements.0.units"),
            (movement("open  operator gown 5"), "movements.0.key"),
            (movement("release a operator gown 5"), "movements.0.kind"),
            (movement("open a nowhere gown 5"), "movements.0"),
            (movement("open a operator unicorn 5"), "movements.0"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, wrong, where):
        with pytest.raises(Invalid) as caught:
            move(movements=[wrong], by="somebody", at=AT)
        assert [each.where for each in caught.value.faults] == [where]

    def test_refuses_a_key_given_twice_in_one_go(self):
        twice = movement("open a operator gown 5")
        with pytest.raises(Invalid):
            move(movements=[twice, twice], by="somebody", at=AT)

    def test_takes_as_many_statements_for_many_as_for_one(self, django_assert_num_queries):
        play("open a operator gown 1000 ok")
        with django_assert_num_queries(7):  # savepoint, 5 of our own, release
            move(movements=[movement("reserve b operator gown 1")], by="x", at=AT)
        many = [movement(f"reserve c{rank} operator gown 1") for rank in range(50)]
        with django_assert_num_queries(7):
            move(movements=many, by="x", at=AT)

    def test_does_nothing_when_there_is_nothing_to_do(self, django_assert_num_queries):
        with django_assert_num_queries(2):
            assert move(movements=[], by="x", at=AT) == {}


@pytest.mark.django_db(transaction=True)
class TestMoveAtOnce:
    def test_never_reserves_more_than_there_is(self):
        PlaceFactory()
        FamilyFactory(code="gown")
        play("open a operator gown 100 ok")

        def reserve(rank):
            try:
                return answer_to(movement(f"reserve r{rank} operator gown 10"))
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(reserve, range(24)))
        assert answers.count("ok") == 10
        assert answers.count("NotEnoughStock") == 14
        play("holds operator gown reserved 100")

    def test_writes_one_key_once(self):
        PlaceFactory()
        FamilyFactory(code="gown")

        def receive(_):
            try:
                return answer_to(movement("open same operator gown 10"))
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(receive, range(16)))
        assert set(answers) == {"ok"}
        play("holds operator gown available 10")


@pytest.mark.usefixtures("warehouse")
class TestKeyReused:
    def test_names_every_key(self):
        play("open a operator gown 5 ok\nopen b operator gown 5 ok")
        with pytest.raises(KeyReused) as caught:
            move(
                movements=[
                    movement("open a operator gown 6"),
                    movement("open b operator gown 6"),
                ],
                by="x",
                at=AT,
            )
        assert [each.where for each in caught.value.faults] == ["a", "b"]
