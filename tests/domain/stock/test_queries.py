"""What the ledger answers, and that its proof can fail."""

from datetime import UTC, datetime

import pytest

from distrilog.domain.stock.models import Account
from distrilog.domain.stock.queries import available, discrepancies, pending
from distrilog.domain.stock.rules import Kind, Status
from distrilog.domain.stock.services import Movement, move
from tests.factories import FamilyFactory, PlaceFactory


@pytest.fixture
def entries(db):  # noqa: ARG001
    PlaceFactory()
    PlaceFactory(spf=True)
    FamilyFactory(code="gown")
    common = {"place": "operator", "family": "gown"}
    movements = [
        Movement(
            key="open",
            kind=Kind.OPENING,
            source=Status.OUTSIDE,
            target=Status.AVAILABLE,
            units=100,
            **common,
        ),
        Movement(
            key="hold",
            kind=Kind.RESERVE,
            source=Status.AVAILABLE,
            target=Status.RESERVED,
            units=40,
            **common,
        ),
    ]
    back = Movement(
        key="back",
        kind=Kind.RELEASE,
        source=Status.RESERVED,
        target=Status.AVAILABLE,
        units=15,
        settles="hold",
        **common,
    )
    at = datetime(2020, 11, 2, tzinfo=UTC)
    return move(movements=movements, by="x", at=at) | move(movements=[back], by="x", at=at)


@pytest.mark.usefixtures("entries")
class TestAvailable:
    def test_counts_what_is_not_reserved(self):
        assert available() == {("operator", "gown"): 75}

    def test_keeps_to_the_places_asked(self):
        assert available(places=["spf"]) == {}


class TestPending:
    def test_is_what_is_not_settled(self, entries, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert pending(entry_ids=[entries["hold"]]) == {entries["hold"]: 25}


@pytest.mark.usefixtures("entries")
class TestDiscrepancies:
    def test_finds_none_in_right_books(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert discrepancies() == []

    def test_finds_a_balance_changed_beside_the_ledger(self):
        Account.objects.filter(status="available").update(units=74)
        [found] = discrepancies()
        assert str(found) == (
            "operator gown available : 74 dans les comptes, 75 d’après les écritures"
        )

    def test_finds_units_in_an_account_without_entries(self):
        Account.objects.create(place_id="spf", family_id="gown", status="available", units=3)
        [found] = discrepancies()
        assert (found.in_books, found.by_entries) == (3, 0)
