"""What leaves a region's stock, by whose word: a delegation's own on an outbreak, the agency's in urgency."""

from datetime import date

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.regional import queries, services
from distrilog.domain.regional.models import Issue, Receiver
from distrilog.domain.stock.services import KeyReused, NotEnoughStock
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from tests.domain.regional.world import (
    AT,
    MASK,
    books_are_right,
    build,
    delegation,
    reserved,
    stored,
    usable,
)
from tests.factories import actor


pytestmark = pytest.mark.django_db


def released(world, units=100, *, by=None, key="r1", home=None, **more):
    values = {"outbreak_on": date(2020, 4, 15), "motive": "Foyer à l’EHPAD", **more}
    return services.release(
        actor=by or delegation("31"),
        place="ght-T31",
        family=MASK,
        units=units,
        facility=(home or world.home).registry,
        key=key,
        at=AT,
        **values,
    )


class TestRelease:
    def test_gives_a_facility_units_that_its_delegation_keeps(self):
        world = build()
        reserved(world, 1_000)
        issue = released(world)
        assert (issue.kind, issue.owner_id, issue.facility) == ("release", "del-31", world.home)
        assert usable("del-31") == {("ght-T31", MASK): 900}
        books_are_right()

    @pytest.mark.parametrize(
        "who", [Role.NATIONAL_CELL, Role.ARS, Role.PLATFORM, Role.SPF, Role.DONOR]
    )
    def test_is_for_the_delegation_alone(self, who):
        world = build()
        reserved(world, 1_000)
        with pytest.raises(Forbidden):
            released(world, by=world.prepares if who is Role.ARS else actor(who))

    def test_is_for_the_delegation_of_that_department(self):
        world = build()
        reserved(world, 1_000)
        with pytest.raises(NotFound):
            released(world, by=delegation("82"))
        with pytest.raises(NotEnoughStock):
            released(world, by=delegation("82"), home=world.far)
        with pytest.raises(NotFound):
            released(world, home=world.far)

    def test_gives_once_a_key_and_refuses_it_for_another(self):
        world = build()
        reserved(world, 1_000)
        assert released(world).pk == released(world).pk
        with pytest.raises(KeyReused):
            released(world, 101)
        assert usable("del-31") == {("ght-T31", MASK): 900}

    def test_gives_no_more_than_the_delegation_has(self):
        world = build()
        reserved(world, 1_000)
        with pytest.raises(NotEnoughStock) as caught:
            released(world, 1_001)
        assert caught.value.faults[0].values == {"asked": 1_001, "left": 1_000}

    def test_wants_a_motive_and_an_outbreak_of_the_past_or_none(self):
        world = build()
        reserved(world, 1_000)
        with pytest.raises(Invalid):
            released(world, motive="")
        with pytest.raises(Invalid):
            released(world, outbreak_on=date(2020, 4, 17))
        assert released(world, outbreak_on=None, motive="Structure PH désignée COVID+").pk


class TestIssueUrgently:
    def issued(self, world, units=100, *, key="u1", **more):
        values = {"to": services.Recipient(facility=world.home.registry), **more}
        return services.issue_urgently(
            actor=world.prepares,
            family=MASK,
            units=units,
            motive="Livraison nationale manquée",
            key=key,
            at=AT,
            **values,
        )

    def test_serves_a_facility_from_the_regions_store(self):
        world = build()
        stored(world, 1_000)
        assert self.issued(world).place_id == "reg-76"
        assert self.issued(world).units == 100
        assert usable("ars-76") == {("reg-76", MASK): 900}
        books_are_right()

    def test_is_for_one_recipient_of_the_region(self):
        world = build()
        stored(world, 1_000)
        both = services.Recipient(facility=world.home.registry, receiver="biologistes")
        for to in (both, services.Recipient(), services.Recipient(facility="750000001")):
            with pytest.raises(NotFound):
                self.issued(world, to=to)

    def test_shares_no_key_with_another_kind(self):
        world = build()
        stored(world, 1_000)
        self.issued(world, key="same")
        services.deliver_directly(
            actor=world.prepares, receiver="biologistes", family=MASK, units=50,
            motive="URPS", key="same", at=AT,
        )  # fmt: skip
        assert Issue.objects.count() == 2
        books_are_right()


class TestDeliverDirectly:
    def test_tells_what_each_receiver_got(self):
        world = build()
        stored(world, 1_000)
        services.deliver_directly(
            actor=world.prepares, receiver="biologistes", family=MASK, units=150,
            motive="URPS", key="d1", at=AT,
        )  # fmt: skip
        (found,) = queries.receivers(region="76")
        assert (found.name, found.got) == ("Biologistes", 150)


class TestRegisterReceiver:
    def test_makes_its_code_of_its_name_and_keeps_what_was_said_last(self):
        world = build()
        for sites in (170, 180):
            services.register_receiver(
                actor=world.prepares, name="Centres COVID", kind="consultation", sites=sites, at=AT
            )
        assert Receiver.objects.get(code="76-centres-covid").sites == 180

    def test_refuses_a_department_of_another_region(self):
        world = build()
        with pytest.raises(Invalid):
            services.register_receiver(
                actor=world.prepares, name="A", kind="b", department="75", at=AT
            )


class TestIssues:
    def test_shows_a_delegation_what_is_for_its_department(self):
        world = build()
        stored(world, 1_000)
        for key, home in (("a", world.home), ("b", world.far)):
            services.issue_urgently(
                actor=world.prepares, to=services.Recipient(facility=home.registry), family=MASK,
                units=10, motive="Urgence", key=key, at=AT,
            )  # fmt: skip
        seen = queries.issues(scope=delegation("31").scope, region="76")
        assert [issue.facility for issue in seen] == [world.home]
        assert queries.issues(scope=world.prepares.scope, region="76").count() == 2
        assert queries.issues(scope=world.prepares.scope, region="11").count() == 0
