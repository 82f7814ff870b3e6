"""A lot is recalled from stock and from doors: blocked, told once to each holder, found again afterwards."""

from datetime import timedelta

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.facilities.models import Facility
from distrilog.domain.messages.models import Message
from distrilog.domain.messages.queries import inbox
from distrilog.domain.shipping import queries, services
from distrilog.domain.stock import services as stock
from distrilog.domain.stock.models import Lot
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from tests.domain.shipping.chain import LATER, advice, assert_books_balance, released, ship, units
from tests.factories import FacilityFactory, actor, orderer


pytestmark = pytest.mark.django_db
MORE = LATER + timedelta(hours=2)


def recall(*, role=Role.NATIONAL_CELL, at=MORE, **values):
    """Recall the only lot."""
    asked = {"reason": "Lanières qui cassent.", "instruction": "Mettre de côté.", **values}
    lot = asked.pop("lot", None) or Lot.objects.get().pk
    return services.recall_lot(actor=actor(role), lot=lot, at=at, **asked)


def told():
    """Return the facilities told of a recall, a list a message."""
    rows = Message.objects.filter(key__startswith="recall:").order_by("pk")
    return [message.facility_ids for message in rows]


class TestRecallLot:
    def test_blocks_the_lot_and_tells_who_holds_some(self):
        first, second, _ = released()
        assert ship(advice(first), advice(second, number="D2")) == ["accepted", "accepted"]
        found = recall()
        assert found.blocked == {"operator": 10_000 - 200}
        assert found.told == 2
        holders = queries.recall_trace(lot=Lot.objects.get().pk)
        assert [(each.order, each.told) for each in holders] == [(first, True), (second, True)]
        assert units("quarantine") == 9_800
        assert units("available") == 0
        assert_books_balance()

    def test_asks_the_holder_to_acknowledge_and_nobody_else(self):
        first, *_ = released()
        ship(advice(first))
        recall()
        (message,) = Message.objects.filter(key__startswith="recall:")
        assert message.official
        assert "Lanières qui cassent." in message.body
        assert "Mettre de côté." in message.body
        (ids,) = told()
        holder, other = Facility.objects.get(pk=ids[0]), FacilityFactory()
        assert inbox(actor=orderer(holder)).filter(pk=message.pk).exists()
        assert not inbox(actor=orderer(other)).filter(pk=message.pk).exists()

    def test_tells_the_desks_once(self):
        released()
        recall()
        recall(at=MORE + timedelta(hours=1))
        message = Message.objects.get(key__startswith="recall-desks:")
        assert {"spf", "operator"} <= set(message.roles)
        assert message.facility_ids == []

    def test_tells_only_those_it_finds_anew_when_declared_again(self):
        first, second, _ = released()
        ship(advice(first))
        assert recall().told == 1
        assert recall(at=MORE + timedelta(minutes=1)).told == 0
        assert len(told()) == 1
        # What was on the dock when the recall came is found by the next one.
        Lot.objects.update(recalled_at=None)
        stock.unblock(
            actor=actor(Role.SPF), place="operator", lot=Lot.objects.get().pk,
            reason="Essai.", key="again", at=MORE,
        )  # fmt: skip
        ship(advice(second, number="D2"))
        assert recall(at=MORE + timedelta(hours=1)).told == 1
        one, other = told()
        assert set(one).isdisjoint(other)

    def test_tells_everybody_again_once_a_closed_recall_is_declared_anew(self):
        first, *_ = released()
        ship(advice(first))
        done = recall()
        cell = actor(Role.NATIONAL_CELL)
        later = MORE + timedelta(days=1)
        stock.close_recall(actor=cell, recall_id=done.recall, reason="Levé.", at=later)
        assert recall(at=later + timedelta(days=1)).told == 1
        one, other = told()
        assert one == other

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.ARS, Role.ORDERER])
    def test_is_refused_to_those_who_may_not(self, role):
        released()
        with pytest.raises(Forbidden):
            recall(role=role)
        assert told() == []

    def test_refuses_empty_texts_together_and_changes_nothing(self):
        released()
        with pytest.raises(Invalid) as refused:
            recall(reason=" ", instruction="")
        assert {fault.where for fault in refused.value.faults} == {"reason", "instruction"}
        assert Message.objects.filter(key__startswith="recall").count() == 0
        assert units("available") == 10_000

    def test_refuses_a_lot_nobody_knows(self):
        released()
        with pytest.raises(NotFound):
            recall(lot=999_999)
