"""What the database itself refuses, whoever writes."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from distrilog.domain.stock.models import Account, Entry, EntrySeal, PendingEntry
from distrilog.domain.stock.services import seal_entries
from tests.domain.stock.world import AT, lot, play


@pytest.fixture
def entries(stock):  # noqa: ARG001
    play("""
        open    a operator G1 100          ok
        open    b operator G2 100          ok
        reserve r order operator gown 50   ok
    """)
    seal_entries(at=AT)


def account(number, status="available"):
    return Account.objects.get(lot__number=number, status=status).pk


def insert(*, number="G1", source, target, units=1):
    """Write an entry behind the back of the ledger; constraints speak at once."""
    with transaction.atomic():
        Entry.objects.create(
            key="forged", kind="opening", lot_id=lot(number), source_id=source, target_id=target,
            units=units, by="x", at=AT,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.usefixtures("entries")
class TestEntry:
    def test_is_written_between_two_accounts_of_its_lot(self):
        insert(source=account("G1", "outside"), target=account("G1"))

    def test_never_leaves_as_one_lot_and_arrives_as_another(self):
        for number in ("G1", "G2"):
            with pytest.raises(IntegrityError, match=r"entry_(source|target)_of_lot"):
                insert(number=number, source=account("G1", "outside"), target=account("G2"))

    def test_moves_something(self):
        with pytest.raises(IntegrityError, match="entry_moves_something"):
            insert(source=account("G1", "outside"), target=account("G1"), units=0)

    def test_moves_from_one_account_to_another(self):
        with pytest.raises(IntegrityError, match="entry_between_two"):
            insert(source=account("G1"), target=account("G1"))

    @pytest.mark.parametrize("model", [Entry, PendingEntry, EntrySeal])
    def test_is_final_and_so_are_promises_and_seals(self, model):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            model.objects.update(at=AT)
        with pytest.raises(DatabaseError, match="or delete rows"), transaction.atomic():
            model.objects.all()._raw_delete(model.objects.db)
        assert model.objects.exists()


@pytest.mark.usefixtures("entries")
class TestAccount:
    def test_is_never_negative_but_outside(self):
        with pytest.raises(IntegrityError, match="account_never_negative"), transaction.atomic():
            Account.objects.filter(pk=account("G1")).update(units=-1)

    def test_cannot_change_lot_once_written_to(self):
        with pytest.raises(IntegrityError, match="entry_target_of_lot"), transaction.atomic():
            Account.objects.filter(pk=account("G1")).update(lot=lot("M1"))
