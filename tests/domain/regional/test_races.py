"""Many at once, on a real PostgreSQL: the last box of a reserve, a plan carried while it is issued."""

from collections import Counter

import pytest

from distrilog.domain.regional import services
from distrilog.domain.regional.models import Issue, LotShare
from tests.domain.orders.test_races import at_once
from tests.domain.regional.test_planning import part, to
from tests.domain.regional.world import (
    AT,
    MASK,
    arrived,
    books_are_right,
    build,
    decided,
    delegation,
    ordered,
    reserved,
    stored,
    usable,
)
from tests.domain.resupply.test_races import outcome


pytestmark = pytest.mark.django_db(transaction=True)


class TestLastBoxOfAReserve:
    def released(self, world, *, key, units=50):
        return outcome(
            lambda: services.release(
                actor=delegation("31"), place="ght-T31", family=MASK, units=units,
                facility=world.home.registry, motive="Foyer", key=key, at=AT,
            )
        )  # fmt: skip

    def test_is_released_once(self):
        world = build()
        reserved(world, 150)
        answers = at_once(lambda number: self.released(world, key=f"r{number}"), times=8)
        assert answers == Counter({"done": 3, "not-enough-stock": 5})
        assert usable("del-31") == {}
        books_are_right()

    def test_is_released_once_a_key(self):
        world = build()
        reserved(world, 1_000)
        answers = at_once(lambda _number: self.released(world, key="same"), times=6)
        assert answers == Counter({"done": 6})
        assert Issue.objects.count() == 1
        books_are_right()


class TestPlanAndUrgency:
    def test_never_give_the_same_units(self):
        world = build()
        stored(world, 1_000)
        plan = decided(world, part(600, to(world.toulouse, 300), to(world.montauban, 300)))
        shares = list(LotShare.objects.filter(part__plan=plan).values_list("pk", flat=True))

        def work(number):
            if number < len(shares):
                return outcome(
                    lambda: services.execute_share(
                        actor=world.prepares, share_id=shares[number], at=AT
                    )
                )
            return outcome(
                lambda: services.issue_urgently(
                    actor=world.prepares, to=services.Recipient(facility=world.home.registry),
                    family=MASK, units=100, motive="Urgence", key=f"u{number}", at=AT,
                )
            )  # fmt: skip

        answers = at_once(work, times=10)
        assert answers == Counter({"done": 6, "not-enough-stock": 4})
        assert usable("ars-76") == {("ght-T31", MASK): 300, ("ght-T82", MASK): 300}
        books_are_right()

    def test_carry_a_share_once(self):
        world = build()
        stored(world, 1_000)
        plan = decided(world, part(1_000, to(world.toulouse, 1_000), purpose="reserve"))
        share = LotShare.objects.get(part__plan=plan)
        answers = at_once(
            lambda _number: outcome(
                lambda: services.execute_share(actor=world.prepares, share_id=share.pk, at=AT)
            ),
            times=6,
        )
        assert answers == Counter({"done": 6})
        assert usable("del-31") == {("ght-T31", MASK): 1_000}
        books_are_right()


class TestArrivals:
    def test_never_exceed_what_was_ordered(self):
        world = build()
        ordered(world, 300)
        answers = at_once(
            lambda number: outcome(lambda: arrived(world, 100, key=f"a{number}")), times=6
        )
        assert answers == Counter({"done": 3, "too-much": 3})
        books_are_right()
