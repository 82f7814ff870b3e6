"""A decided plan carried out: whose each unit is, where it lies, who got it."""

import pytest
from django.db.models import Sum

from distrilog.domain.distribution import services as distribution
from distrilog.domain.distribution.models import HandOut, PlanLine, Settlement
from distrilog.domain.regional import queries, services
from distrilog.domain.regional.models import Issue, LotPlan, LotShare
from distrilog.domain.stock.models import Account
from distrilog.domain.stock.services import KeyReused
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from tests.domain.regional.test_planning import part, to
from tests.domain.regional.world import (
    AT,
    FFP2,
    MASK,
    books_are_right,
    build,
    decided,
    delegation,
    endowed,
    executed,
    referent,
    stored,
    usable,
)


pytestmark = pytest.mark.django_db


def delivered():
    rows = Account.objects.filter(place="door", status="delivered")
    return rows.aggregate(units=Sum("units"))["units"] or 0


def advanced(world, units):
    """Have the platform of Toulouse advance units of its own, which the State then owes it."""
    plan = endowed({"T31": units})
    line = PlanLine.objects.create(
        plan=plan, territory=world.toulouse, facility=world.home, family_id=MASK,
        need=units, computed=units, reason=1,
    )  # fmt: skip
    HandOut.objects.create(key=f"h{units}", line=line, units=units, owed=units, by="x", at=AT)


class TestExecuteShare:
    def test_carries_a_reinforcement_to_the_platform_where_it_stays_the_agencys(self):
        world = build()
        stored(world, 1_000)
        plan = executed(world, part(1_000, to(world.toulouse, 600), to(world.montauban, 400)))
        assert usable("ars-76") == {("ght-T31", MASK): 600, ("ght-T82", MASK): 400}
        assert plan.state == LotPlan.State.DONE
        books_are_right()

    def test_makes_a_reserve_the_delegations_where_it_lies(self):
        world = build()
        stored(world, 1_000)
        executed(world, part(1_000, to(world.toulouse, 1_000), purpose="reserve"))
        assert usable("ars-76") == {}
        assert usable("del-31") == {("ght-T31", MASK): 1_000}
        books_are_right()

    def test_changes_the_owner_alone_of_what_lies_at_the_platform_already(self):
        world = build()
        stored(world, 1_000, place="ght-T31")
        share = to(world.toulouse, 1_000)
        executed(world, part(1_000, share, purpose="reserve"), place="ght-T31")
        assert usable("del-31") == {("ght-T31", MASK): 1_000}
        books_are_right()

    def test_delivers_a_facility_and_a_receiver_to_their_door(self):
        world = build()
        stored(world, 1_000, family=FFP2)
        executed(
            world,
            part(600, services.ShareOf(facility=world.home.registry, units=600)),
            part(400, services.ShareOf(receiver="biologistes", units=400), purpose="direct"),
            family=FFP2,
        )
        assert delivered() == 1_000
        kinds = dict(Issue.objects.values_list("kind", "units"))
        assert kinds == {"planned": 600, "direct": 400}
        books_are_right()

    def test_settles_what_the_state_owes_a_platform_and_leaves_it_the_rest_with_a_word(self):
        world = build()
        advanced(world, 300)
        stored(world, 1_000)
        executed(world, part(1_000, to(world.toulouse, 1_000), purpose="compensation"))
        assert Settlement.objects.get().units == 300
        assert distribution.debts(territory="T31") == {}
        rest = Issue.objects.get()
        assert (rest.units, rest.facility) == (700, world.toulouse.platform)
        assert "au-delà des avances enregistrées" in rest.motive
        assert usable("ars-76") == {}
        assert usable("state") == {}
        books_are_right()

    def test_carries_once(self):
        world = build()
        stored(world, 1_000)
        plan = executed(world, part(1_000, to(world.toulouse, 1_000)))
        share = LotShare.objects.get(part__plan=plan)
        again = services.execute_share(actor=world.prepares, share_id=share.pk, at=AT)
        assert again.done_at == AT
        assert usable("ars-76") == {("ght-T31", MASK): 1_000}

    def test_waits_for_the_decision_and_is_the_agencys(self):
        world = build()
        stored(world, 1_000)
        plan = decided(world, part(1_000, to(world.toulouse, 1_000)))
        share = LotShare.objects.get(part__plan=plan)
        with pytest.raises(Forbidden):
            services.execute_share(actor=delegation("31"), share_id=share.pk, at=AT)
        LotPlan.objects.update(state="draft")
        with pytest.raises(services.WrongState):
            services.execute_share(actor=world.prepares, share_id=share.pk, at=AT)


class TestHandOutShare:
    def handed(self, world, units, *, actor=None, key="k", home=None):
        share = LotShare.objects.get(territory=world.toulouse)
        return services.hand_out_share(
            actor=actor or referent(world.toulouse),
            share_id=share.pk,
            units={(home or world.home).registry: units},
            key=key,
            at=AT,
        )

    def sent(self):
        world = build()
        stored(world, 1_000)
        executed(world, part(1_000, to(world.toulouse, 600), to(world.montauban, 400)))
        return world

    def test_gives_facilities_what_their_platform_was_sent_for_them(self):
        world = self.sent()
        self.handed(world, 350)
        assert delivered() == 350
        (left,) = queries.to_hand_out(scope=referent(world.toulouse).scope)
        assert (left.units, left.given) == (600, 350)
        books_are_right()

    def test_gives_once_a_key(self):
        world = self.sent()
        self.handed(world, 350)
        self.handed(world, 350)
        assert delivered() == 350
        with pytest.raises(KeyReused):
            self.handed(world, 351)

    def test_gives_no_more_than_the_share(self):
        world = self.sent()
        self.handed(world, 350)
        with pytest.raises(Invalid) as caught:
            self.handed(world, 251, key="k2")
        assert "Il reste 250 unités" in caught.value.faults[0].message

    def test_is_for_the_platform_and_its_own_facilities(self):
        world = self.sent()
        with pytest.raises(NotFound):
            self.handed(world, 50, actor=referent(world.montauban))
        with pytest.raises(Invalid):
            self.handed(world, 50, home=world.far)
        with pytest.raises(Forbidden):
            self.handed(world, 50, actor=delegation("31"))
