"""That the proof of the books can fail: each kind of tampering, found."""

import pytest
from django.db import connection

from distrilog.domain.stock.models import Entry, EntrySeal
from distrilog.domain.stock.queries import digest_of_entries, discrepancies
from distrilog.domain.stock.services import seal_entries
from tests.domain.stock.world import AT, lot, play


@pytest.fixture
def entries(stock):  # noqa: ARG001
    play("""
        open    a operator G1 100          ok
        open    b operator M1 100          ok
        reserve r order operator gown 50   ok
        issue   c operator G1 20 order     ok
        void    v order operator gown 10   ok
    """)


@pytest.fixture
def tamper(entries):  # noqa: ARG001
    """Run SQL as somebody who may switch off what guards the tables."""

    def run(statement, *values):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET session_replication_role = replica")
            cursor.execute(statement, values)
            cursor.execute("SET session_replication_role = DEFAULT")

    return run


def found():
    return [(each.what, each.in_books, each.by_entries) for each in discrepancies()]


class TestDiscrepancies:
    @pytest.mark.usefixtures("entries")
    def test_finds_none_in_right_books_whatever_their_size(self, django_assert_num_queries):
        seal_entries(at=AT)
        with django_assert_num_queries(3):  # balances, seals, one span
            assert discrepancies() == []

    def test_finds_a_balance_changed_beside_the_ledger(self, tamper):
        tamper("UPDATE stock_account SET units = 79 WHERE units = 80")
        label = f"compte operator state lot {lot('G1')} available"
        assert found() == [(label, 79, 80), ("utilisable operator state gown", 80, 79)]

    def test_finds_units_in_an_account_without_entries(self, tamper):
        tamper(
            "INSERT INTO stock_account (lot_id, place_id, owner_id, status, units)"
            " VALUES (%s, 'spf', 'state', 'strategic', 3)",
            lot("G1"),
        )
        assert found() == [(f"compte spf state lot {lot('G1')} strategic", 3, 0)]

    def test_finds_an_entry_changed(self, tamper):
        tamper("UPDATE stock_entry SET units = 99 WHERE key = 'b'")
        assert {row[0] for row in found()} == {
            f"compte operator state lot {lot('M1')} available",
            f"compte operator state lot {lot('M1')} outside",
        }

    def test_finds_an_entry_deleted(self, tamper):
        tamper("DELETE FROM stock_entry WHERE key = 'c'")
        assert {row[0].split()[0] for row in found()} == {"compte", "réservation"}

    def test_finds_an_entry_forged(self, tamper):
        tamper(
            "INSERT INTO stock_entry (key, kind, lot_id, source_id, target_id, units, about, reason, by, at)"
            " SELECT 'forged', kind, lot_id, source_id, target_id, 1, '', '', 'x', at"
            " FROM stock_entry WHERE key = 'a'"
        )
        assert len(found()) == 2

    def test_finds_a_promise_changed(self, tamper):
        tamper("UPDATE stock_pendingentry SET units = 60 WHERE key = 'r'")
        assert found() == [("réservation order", 20, 30)]

    def test_finds_a_reservation_changed(self, tamper):
        tamper("UPDATE stock_reservation SET pending = 21")
        assert found() == [
            ("réservation order", 21, 20),
            ("réservé operator state gown", 20, 21),
        ]

    def test_finds_a_position_changed(self, tamper):
        tamper("UPDATE stock_position SET usable = 1, reserved = 2 WHERE family_id = 'gown'")
        assert found() == [
            ("réservé operator state gown", 2, 20),
            ("utilisable operator state gown", 1, 80),
        ]

    def test_finds_a_position_deleted(self, tamper):
        tamper("DELETE FROM stock_position WHERE family_id = 'surgical_mask'")
        assert found() == [("utilisable operator state surgical_mask", 0, 100)]

    def test_finds_an_article_moved_to_another_family(self, tamper):
        tamper("UPDATE catalogue_article SET family_id = 'gown'")
        assert ("utilisable operator state surgical_mask", 100, 0) in found()

    def test_speaks_french(self, tamper):
        tamper("UPDATE stock_reservation SET pending = 21")
        assert str(discrepancies()[0]) == (
            "réservation order : 21 dans les comptes, 20 d’après les écritures"
        )


@pytest.fixture
def sealed(entries):  # noqa: ARG001
    """Seal each of three more entries on its own; return their ids by key."""
    for key in "xyz":
        seal_entries(at=AT)
        play(f"open {key} operator G1 1 ok")
    seal_entries(at=AT)
    return dict(Entry.objects.values_list("key", "pk"))


@pytest.mark.usefixtures("sealed")
class TestBrokenSeals:
    @pytest.mark.parametrize(
        "change",
        [
            "by = 'nobody'",
            "reason = 'theft'",
            "at = at + interval '1 second'",
            "about = 'x'",
            "kind = 'receipt'",
            "key = 'w'",
        ],
    )
    def test_tell_which_entry_was_changed_even_where_no_balance_shows_it(
        self, tamper, sealed, change
    ):
        tamper(f"UPDATE stock_entry SET {change} WHERE key = 'y'")
        [broken] = discrepancies()
        assert broken.what == (
            f"scellé : une écriture de {sealed['y']} à {sealed['y']} a été altérée"
        )

    def test_tell_where_an_entry_was_deleted(self, tamper, sealed):
        tamper("DELETE FROM stock_entry WHERE key = 'z'")
        assert any(f"de {sealed['z']} à {sealed['z']}" in row[0] for row in found())

    def test_tell_text_moved_from_one_column_to_the_next(self, tamper, sealed):
        digests = []
        for about, reason in (("p|q", "r"), ("p", "q|r")):
            tamper("UPDATE stock_entry SET about = %s, reason = %s WHERE key = 'y'", about, reason)
            digests.append(digest_of_entries(after=sealed["x"], last=sealed["y"], previous=""))
        assert len(set(digests)) == 2

    def test_tell_a_seal_made_again_after_the_fact(self, tamper, sealed):
        tamper("UPDATE stock_entry SET reason = 'theft' WHERE key = 'x'")
        seals = list(EntrySeal.objects.order_by("last_entry"))
        digest = digest_of_entries(
            after=seals[0].last_entry, last=sealed["x"], previous=seals[0].digest
        )
        tamper("UPDATE stock_entryseal SET digest = %s WHERE last_entry = %s", digest, sealed["x"])
        assert [row[0] for row in found()] == [
            f"scellé : une écriture de {sealed['y']} à {sealed['y']} a été altérée"
        ]
