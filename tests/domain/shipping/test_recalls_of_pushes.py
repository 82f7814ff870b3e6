"""A lot called back is called back from whoever got it by a push: platforms, those they served, urgent sendings."""

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution import services as distribution
from distrilog.domain.messages.models import Message
from distrilog.domain.shipping import queries
from distrilog.domain.shipping.services import recall_lot
from distrilog.domain.stock.models import Lot
from tests.domain.distribution.test_platforms import hand_out, received, referent, sent
from tests.domain.distribution.world import AT, build
from tests.factories import actor


pytestmark = pytest.mark.django_db


def held(lot: Lot) -> dict[tuple[str, str], tuple[str, int]]:
    """Return the state and units of each holder, by registry number and what it was carried by."""
    return {
        (each.facility, each.order): (each.state, each.units)
        for each in queries.recall_trace(lot=lot.pk)
    }


@pytest.fixture
def pushed():
    """Return a world where the north received and served its home, and the south awaits its flow."""
    world = build()
    plan, flows = sent(world, surgical_mask={"spf": 50_000})
    to_north = next(flow for flow in flows if flow.territory_id == "N")
    received(world, to_north)
    given = hand_out(world, plan, world.home, 400)
    return world, flows, given


class TestRecallTrace:
    def test_finds_the_served_the_shelves_of_a_platform_and_what_is_on_its_way(self, pushed):
        world, flows, _given = pushed
        to_south = next(flow for flow in flows if flow.territory_id == "S")
        coming = sum(line.sent for line in to_south.lines.all())
        arrived = sum(line.sent for line in flows[0].lines.all())
        assert held(Lot.objects.get(number="S1")) == {
            (world.home.registry, "Dotation 2020-W15"): ("delivered", 400),
            (world.hospital.registry, "Stock de plateforme"): ("delivered", arrived - 400),
            (world.south.platform.registry, to_south.reference): ("in_transit", coming),
        }

    def test_forgets_what_was_taken_back(self, pushed):
        world, _flows, given = pushed
        distribution.take_back(
            actor=referent(world.north),
            hand_outs=[each.pk for each in given],
            reason="Remis au mauvais établissement.",
            at=AT,
        )
        assert (world.home.registry, "Dotation 2020-W15") not in held(Lot.objects.get(number="S1"))

    def test_finds_who_was_sent_some_urgently(self):
        world = build()
        sent(world, surgical_mask={"spf": 2000})
        distribution.push_at_once(
            actor=world.prepares,
            registry=world.small.registry,
            units={"surgical_mask": 500},
            source="spf",
            motive="Foyer.",
            key="u1",
            at=AT,
        )
        found = held(Lot.objects.get(number="S1"))
        assert found[world.small.registry, "Envoi d’urgence"] == ("delivered", 500)


class TestRecallLot:
    def test_tells_each_of_them_once(self, pushed):
        world, _flows, _given = pushed
        lot = Lot.objects.get(number="S1")
        for _ in range(2):
            recall_lot(
                actor=actor(Role.SPF),
                lot=lot.pk,
                reason="Élastiques qui cassent.",
                instruction="Isoler et attendre.",
                at=AT,
            )
        told = [
            number
            for message in Message.objects.filter(key__startswith=f"{queries.RECALL_KEY}{lot.pk}:")
            for number in message.facility_ids
        ]
        assert sorted(told) == sorted([world.home.pk, world.hospital.pk, world.south.platform_id])
