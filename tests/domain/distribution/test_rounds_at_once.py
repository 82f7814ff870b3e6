"""Many at once at one platform, on a real PostgreSQL: no box given twice, none lost, no debt settled twice."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.db.models import Sum

from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import HandOut, Settlement
from distrilog.domain.stock import queries as stock
from distrilog.kernel.refusals import Refusal
from tests.domain.distribution.test_platforms import balances, hand_out, received, referent, sent
from tests.domain.distribution.world import AT, build
from tests.factories import agency, stocked


@pytest.fixture
def world(transactional_db):  # noqa: ARG001
    made = build()
    yield made
    assert stock.discrepancies() == []


def at_once(calls: Sequence[Callable[[], object]]) -> Counter[str]:
    """Make the calls in as many threads; count the answers."""

    def run(call: Callable[[], object]) -> str:
        try:
            call()
        except Refusal as refusal:
            return refusal.slug
        else:
            return "done"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return Counter(threads.map(run, calls))


def settle(world, units):
    services.settle(
        actor=agency_of(world),
        territory="N",
        family="surgical_mask",
        units=units,
        reason="Renfort",
        at=AT,
    )


def agency_of(world):
    return agency(world.north.region)


class TestAtOnce:
    def test_gives_the_last_box_once(self, world):
        plan, flows = sent(world)
        line = flows[0].lines.get()
        received(world, flows[0], differences={line.lot_id: 50}, words="Un seul carton")
        homes = [world.home, world.small, world.hospital, world.home]
        answers = at_once(
            [
                lambda home=home, key=f"k{rank}": hand_out(world, plan, home, 50, key=key)
                for rank, home in enumerate(homes)
            ]
        )
        assert answers == {"done": 1, "not-enough-stock": 3}
        assert balances("door") == {"delivered": 50}

    def test_receives_a_flow_once(self, world):
        _plan, (flow, *_others) = sent(world)
        assert at_once([lambda: received(world, flow)] * 4) == {"done": 4}
        assert balances("ght-N") == {"available": flow.lines.get().sent}

    def test_gives_a_round_once_a_key_and_a_line_never_more_than_its_own(self, world):
        plan, flows = sent(world)
        for flow in flows:
            received(world, flow)

        def give(key):
            return lambda: services.hand_out_round(
                actor=referent(world.north), plan_id=plan.pk, territory="N", key=key, at=AT
            )

        answers = at_once([give("a"), give("a"), give("b"), give("c")])
        assert answers == {"done": 4}
        planned = sum(line.units for line in plan.lines.filter(territory="N"))
        assert HandOut.objects.aggregate(units=Sum("units"))["units"] == planned
        assert balances("ght-N") == {}

    def test_settles_what_was_advanced_and_hands_out_what_is_there_in_either_order(self, world):
        plan, flows = sent(world)
        line = flows[0].lines.get()
        received(world, flows[0], differences={line.lot_id: 100}, words="Partielle")
        hand_out(world, plan, world.home, 400, advance=True)
        stocked(300, place="ght-N", number="S2")
        answers = at_once(
            [
                lambda: settle(world, 300),
                lambda: settle(world, 300),
                lambda: hand_out(world, plan, world.small, 100, key="k2"),
            ]
        )
        # The debt is paid once; the shelf of 300 pays it, or serves the other home, never both.
        settled = Settlement.objects.aggregate(units=Sum("units"))["units"] or 0
        assert settled in (0, 300)
        assert balances("ght-N").get("available", 0) == 300 - settled - (100 if not settled else 0)
        assert answers["done"] == 1
        assert services.debts(territory="N") == ({} if settled else {"surgical_mask": 300})

    def test_takes_back_once(self, world):
        plan, flows = sent(world)
        received(world, flows[0])
        (given,) = hand_out(world, plan, world.home, 50)

        def undo():
            services.take_back(
                actor=referent(world.north), hand_outs=[given.pk], reason="Erreur", at=AT
            )

        assert at_once([undo] * 3) == {"done": 1, "invalid": 2}
        assert balances("door") == {}
