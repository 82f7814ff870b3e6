"""Counting and recalling while others move the same lots."""

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.stock.models import Account
from distrilog.domain.stock.queries import discrepancies
from distrilog.domain.stock.rules import Status
from distrilog.domain.stock.services import Counted, NewLot, count, recall, register_lots
from tests.domain.stock.services.test_ledger import at_once
from tests.domain.stock.world import AT, answer_to, furnish, lot, play
from tests.factories import actor


KEEPER = actor(Role.SPF)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_a_count_is_of_the_books_it_saw(self):
        furnish()
        play("open a operator G1 1000 ok")
        number = lot("G1")

        def act(rank):
            if rank == 10:
                found = count(
                    actor=KEEPER, place="operator", reason="Inventaire", key="c", at=AT,
                    counted=[Counted(lot=number, status=Status.AVAILABLE, units=0)],
                )  # fmt: skip
                return -found.get((number, "available"), 0)
            return 1 if answer_to(f"lose l{rank} operator G1 1") == "ok" else 0

        assert sum(at_once(act, 40)) == 1000
        assert discrepancies() == []

    def test_nothing_of_a_recalled_lot_stays_usable(self):
        furnish()
        play("open a operator G1 100 ok\nstore b operator G1 100 ok\nopen z spf G1 1 ok")
        number = lot("G1")

        def act(rank):
            if rank == 8:
                return recall(
                    actor=KEEPER, lot=number, reason="Défaut", instruction="Isoler", at=AT
                )
            word = ("free", "keep", "open")[rank % 3]
            return answer_to(f"{word} m{rank} {('operator', 'spf')[rank % 2]} G1 1")

        at_once(act, 48)
        used = Account.objects.filter(
            lot=number, status__in=["available", "strategic"], units__gt=0
        )
        assert not used.exists()
        assert discrepancies() == []

    def test_a_lot_is_registered_once(self):
        furnish()
        lots = [NewLot(gtin="03400000000017", number=f"N{rank}") for rank in range(20)]

        def act(rank):
            return register_lots(lots=lots if rank % 2 else lots[::-1])

        answers = at_once(act, 16)
        assert all(each == answers[0] for each in answers)
