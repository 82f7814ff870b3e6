"""Many at once, on a real PostgreSQL: never above the cap, none lost, none doubled."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from threading import Lock

import pytest
from django.db import connection, connections

from distrilog.domain.orders import services
from distrilog.domain.orders.models import Order, OrderKey
from distrilog.domain.orders.queries import discrepancies
from distrilog.domain.orders.rules import AlreadyCancelled, Asked, KeyReused, QuotaExceeded
from distrilog.domain.quotas.models import Quota
from distrilog.kernel.models import OutboxMessage
from tests.domain.orders.world import AT, World, build
from tests.factories import orderer


THREADS = 16


@pytest.fixture
def world(transactional_db) -> Iterator[World]:  # noqa: ARG001
    made = build()
    yield made
    assert discrepancies() == []


def at_once(work: Callable[[int], str], *, times: int) -> Counter[str]:
    """Do the work so many times in threads, each with its own connection; count the answers."""
    numbers = iter(range(times))
    next_number = Lock()

    def run(_thread: int) -> list[str]:
        answers = []
        try:
            while True:
                with next_number:
                    number = next(numbers, None)
                if number is None:
                    return answers
                answers.append(work(number))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as threads:
        return Counter(chain.from_iterable(threads.map(run, range(THREADS))))


def outcome(call: Callable[[], object]) -> str:
    try:
        call()
    except (QuotaExceeded, KeyReused) as refusal:
        return refusal.slug
    return "placed"


class TestParallelOrders:
    def test_a_thousand_on_one_quota_take_exactly_the_cap(self, world):
        buyer = orderer(world.home)
        demand = world.demand({"surgical_mask": 50})
        Quota.objects.filter(family="surgical_mask").update(cap=50 * 300)

        answers = at_once(
            lambda _: outcome(lambda: services.place(actor=buyer, demand=demand, at=AT)),
            times=1_000,
        )

        assert answers == {"placed": 300, "quota-exceeded": 700}
        assert Order.objects.count() == OutboxMessage.objects.count() == 300
        assert world.ordered() == 50 * 300

    def test_baskets_in_any_order_never_wait_in_a_circle(self, world):
        buyer = orderer(world.home)
        shuffled = random.Random(45)
        baskets = []
        for _ in range(200):
            lines = [("surgical_mask", 50), ("gown", 10), ("ffp2", 50)]
            shuffled.shuffle(lines)
            baskets.append(dict(lines[: shuffled.randint(1, 3)]))

        answers = at_once(
            lambda n: outcome(
                lambda: services.place(actor=buyer, demand=world.demand(baskets[n]), at=AT)
            ),
            times=len(baskets),
        )

        assert set(answers) <= {"placed", "quota-exceeded"}
        for quota in Quota.objects.all():
            assert 0 <= quota.ordered <= quota.cap

    def test_orders_amendments_and_cancellations_together_agree_with_the_quota(self, world):
        buyer = orderer(world.home)
        references = [
            services.place(
                actor=buyer, demand=world.demand({"surgical_mask": 50, "gown": 50}), at=AT
            ).reference
            for _ in range(10)
        ]

        def work(number: int) -> str:
            reference = references[number % len(references)]
            choices: list[Callable[[], object]] = [
                lambda: services.place(
                    actor=buyer, demand=world.demand({"gown": 20, "surgical_mask": 50}), at=AT
                ),
                lambda: services.amend(
                    actor=buyer,
                    reference=reference,
                    lines=[
                        Asked(family="surgical_mask", units=100),
                        Asked(family="ffp2", units=50),
                    ],
                    at=AT,
                ),
                lambda: services.cancel(actor=buyer, reference=references[number % 3], at=AT),
            ]
            try:
                return outcome(choices[number % 3])
            except AlreadyCancelled:
                return "cancelled"

        answers = at_once(work, times=120)

        assert answers["placed"] > 0
        for quota in Quota.objects.all():
            assert 0 <= quota.ordered <= quota.cap


class TestParallelReplays:
    def test_the_same_key_makes_one_order_and_one_answer(self, world):
        buyer = orderer(world.home)
        demand = world.demand({"surgical_mask": 50, "gown": 10}, key="k")

        answers = at_once(
            lambda _: services.place(actor=buyer, demand=demand, at=AT).reference, times=64
        )

        [(reference, times)] = answers.items()
        assert times == 64
        assert Order.objects.get().reference == reference
        assert (world.ordered(), world.ordered("gown")) == (50, 10)

    def test_the_same_key_with_two_contents_makes_one_order(self, world):
        buyer = orderer(world.home)
        demands = [world.demand({"surgical_mask": 50 * n}, key="k") for n in (1, 2)]

        answers = at_once(
            lambda n: outcome(lambda: services.place(actor=buyer, demand=demands[n % 2], at=AT)),
            times=64,
        )

        assert answers == {"placed": 32, "idempotency-key-reused": 32}
        assert Order.objects.count() == OrderKey.objects.count() == 1

    def test_a_key_whose_twin_takes_the_last_box_still_answers_its_order(self, world):
        buyer = orderer(world.home)
        demand = world.demand({"surgical_mask": 1_000}, key="k")

        answers = at_once(
            lambda _: services.place(actor=buyer, demand=demand, at=AT).reference, times=32
        )

        assert len(answers) == 1


class TestHeldConnection:
    def test_a_statement_that_reads_survives_a_lost_connection(self, world):
        buyer = orderer(world.home)
        services.place(actor=buyer, demand=world.demand(), at=AT)
        lost = connection.connection.info.backend_pid
        other = connections.create_connection("default")
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [lost])
        other.close()

        services.place(actor=buyer, demand=world.demand(), at=AT)

        assert world.ordered() == 200
