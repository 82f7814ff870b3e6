"""Many at once on one plan, on a real PostgreSQL: totals hold, nothing is promised twice, nothing is left half done."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, connections
from django.db.models import F, Sum

from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Adjustment, Flow, Plan, PlanLine, Trainees
from distrilog.domain.distribution.queries import books
from distrilog.domain.distribution.services import carrying
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Entry
from distrilog.domain.stock.rules import PendingKind
from distrilog.domain.stock.services import Promise, promise
from distrilog.kernel.refusals import Refusal
from tests.domain.distribution.world import AT, build, prepared, shared
from tests.factories import agency


BOX = 50


@pytest.fixture
def world(transactional_db):  # noqa: ARG001
    made = build()
    yield made
    assert stock.discrepancies() == []
    assert books.discrepancies() == []


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


def adjusting(world, plan, changes):
    return lambda: services.adjust(
        actor=agency(world.north.region),
        plan_id=plan.pk,
        territory="N",
        family="surgical_mask",
        changes={site.registry: change for site, change in changes.items()},
        reason="Renfort",
        at=AT,
    )


def units_of(plan, facility):
    return PlanLine.objects.get(plan=plan, facility=facility, family="surgical_mask").units


class TestAdjust:
    def test_takes_each_box_of_a_hospital_once(self, world):
        plan = shared(world, surgical_mask={"spf": 1400})
        boxes = units_of(plan, world.hospital) // BOX
        one = adjusting(world, plan, {world.hospital: -BOX, world.home: BOX})
        answers = at_once([one] * (boxes + 3))
        assert answers == {"done": boxes, "invalid": 3}
        assert units_of(plan, world.hospital) == 0
        assert units_of(plan, world.home) == 400 + boxes * BOX
        assert Adjustment.objects.count() == boxes

    def test_is_before_the_freeze_or_refused(self, world):
        plan = shared(world, surgical_mask={"spf": 1400})
        one = adjusting(world, plan, {world.hospital: -BOX, world.home: BOX})

        def freezing():
            services.freeze(actor=world.shares, plan_id=plan.pk, at=AT)

        answers = at_once([one, freezing, one])
        assert answers["done"] + answers["wrong-plan-state"] == 3
        total = plan.lines.aggregate(units=Sum(F("computed") + F("changed")))["units"]
        assert total == plan.endowments.aggregate(Sum("units"))["units__sum"]
        assert Adjustment.objects.count() == answers["done"] - 1
        assert Plan.objects.get(pk=plan.pk).state == Plan.State.FROZEN


class TestShare:
    def test_does_not_promise_what_orders_took_meanwhile(self, world):
        plan = prepared(world, surgical_mask={"spf": 1400})

        def ordering(rank):
            promise(
                promises=[
                    Promise(
                        key=f"order-{rank}",
                        kind=PendingKind.RESERVE,
                        reservation=f"quota:{rank}",
                        place="spf",
                        family="surgical_mask",
                        units=49_500,
                    )
                ],
                by="order",
                at=AT,
            )

        at_once(
            [
                lambda: ordering(1),
                lambda: services.share(actor=world.shares, plan_id=plan.pk, at=AT),
                lambda: ordering(2),
            ]
        )
        promised = stock.holdings()["spf", "surgical_mask"].reserved
        # Two orders of 49,500 and a plan of 1,400 do not all fit in 100,000.
        assert promised in {99_000, 49_500 + 1400}
        is_shared = Plan.objects.get(pk=plan.pk).state == Plan.State.SHARED
        assert is_shared == (promised == 49_500 + 1400)

    def test_happens_once(self, world):
        plan = prepared(world, surgical_mask={"spf": 1400})
        answers = at_once([lambda: services.share(actor=world.shares, plan_id=plan.pk, at=AT)] * 4)
        assert answers == {"done": 1, "wrong-plan-state": 3}


class TestPrepare:
    def test_leaves_one_plan_of_a_rank(self, world):
        answers = at_once([lambda: prepared(world, surgical_mask={"spf": 1400})] * 3)
        assert answers == {"done": 1, "invalid": 2}
        assert Plan.objects.count() == 1


class TestPushAtOnce:
    def test_leaves_once_a_key(self, world):
        def push():
            services.push_at_once(
                actor=world.prepares,
                registry=world.home.registry,
                units={"surgical_mask": 500},
                source="spf",
                motive="Foyer",
                key="u1",
                at=AT,
            )

        assert at_once([push] * 4) == {"done": 4}
        assert stock.available()["spf", "surgical_mask"] == 99_500


class TestRegisterTrainees:
    def test_counts_a_cohort_once_whoever_comes_first(self, world):
        def register(facility):
            return lambda: services.register_trainees(
                actor=agency(world.north.region),
                registry=facility.registry,
                kind="student",
                cohort="IFSI Nord 2020",
                headcount=30,
                starts_on=AT.date(),
                at=AT,
            )

        answers = at_once([register(each) for each in (world.home, world.small, world.far)])
        assert answers == {"done": 1, "invalid": 2}
        assert Trainees.objects.count() == 1


class TestSend:
    @pytest.fixture
    def frozen(self, world):
        plan = shared(world, surgical_mask={"spf": 1400})
        return services.freeze(actor=world.shares, plan_id=plan.pk, at=AT)

    def test_leaves_once_however_often_it_is_sent(self, world, frozen):
        answers = at_once([lambda: services.send(actor=world.shares, plan_id=frozen.pk, at=AT)] * 4)
        assert answers == {"done": 4}
        assert Flow.objects.count() == 2
        issued = Entry.objects.filter(kind="issue").aggregate(Sum("units"))["units__sum"]
        assert issued == frozen.endowments.aggregate(Sum("units"))["units__sum"]

    def test_leaves_nothing_half_when_the_server_is_killed_on_the_way(
        self, world, frozen, monkeypatch
    ):
        moved = carrying.move

        def killed(**values):
            moved(**values)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        monkeypatch.setattr(carrying, "move", killed)
        with pytest.raises(OperationalError):
            services.send(actor=world.shares, plan_id=frozen.pk, at=AT)
        connection.close()
        monkeypatch.undo()
        assert Plan.objects.get(pk=frozen.pk).state == Plan.State.FROZEN
        assert not Flow.objects.exists()
        assert not Entry.objects.filter(kind="issue").exists()
        services.send(actor=world.shares, plan_id=frozen.pk, at=AT)
        assert Flow.objects.count() == 2
