"""One home in March under push, in October under pull, in an outage under push again: nothing of it is lost (row M2)."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution import services as plans
from distrilog.domain.distribution.queries import books
from distrilog.domain.orders import queries as order_queries, services as orders
from distrilog.domain.orders.rules import Asked, Demand
from distrilog.domain.regimes import services as regimes
from distrilog.domain.reporting.history import Way, supply_history
from distrilog.kernel.refusals import Invalid
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week
from tests.domain.distribution.world import WEEK, build, push
from tests.domain.orders.world import give, open_window, run_of
from tests.factories import AddressFactory, actor, orderer, stocked


pytestmark = pytest.mark.django_db

MASK = "surgical_mask"
MARCH = datetime(2020, 3, 31, 9, tzinfo=UTC)
OCTOBER = datetime(2020, 10, 14, 9, tzinfo=UTC)
OUTAGE = datetime(2020, 11, 3, 9, tzinfo=UTC)
UNITS = {MASK: {"spf": 2000}}


def carried(world, plan, *, at):
    """Bring a plan from its draft to the doors, as each one does."""
    referent = actor(Role.PLATFORM, scope=Scope(kind=ScopeKind.TERRITORY, code=world.north.pk))
    plans.share(actor=world.shares, plan_id=plan.pk, at=at)
    plans.freeze(actor=world.shares, plan_id=plan.pk, at=at + timedelta(days=3))
    sent = at + timedelta(days=6)
    plans.send(actor=world.shares, plan_id=plan.pk, at=sent)
    plans.receive_all(actor=referent, plan_id=plan.pk, at=sent + timedelta(days=1))
    plans.hand_out_all(actor=referent, plan_id=plan.pk, at=sent + timedelta(days=2))


def proposal(week, **more):
    return plans.Proposal(week=week, volumes=UNITS, **more)


def test_a_home_keeps_its_whole_history_through_push_pull_and_outage():
    world = build(state=100_000)
    home = world.home
    AddressFactory(facility=home)
    regimes.seed_terms(by="seed", at=MARCH)

    # March: the State pushes, the plan follows the doctrine.
    march = plans.prepare(actor=world.prepares, proposal=proposal(WEEK), at=MARCH)
    carried(world, march, at=MARCH)
    assert [row.way for row in supply_history(facility_id=home.pk)] == [Way.PLAN]

    # October: the portal opens; the same home orders, nothing is pushed any more.
    push(MASK, regions=["11"], mode="pull", since=datetime(2020, 10, 8, tzinfo=UTC))
    open_window(home.department.zone)
    week = Week.at(OCTOBER)
    quota = give(run_of(str(week)), home, MASK, 1_000)
    with pytest.raises(Invalid):
        plans.prepare(actor=world.prepares, proposal=proposal(week.plus(1)), at=OCTOBER)
    stocked(1_000, place=quota.source_id, number="Q1")
    placed = orders.place(
        actor=orderer(home),
        demand=Demand(registry=home.registry, lines=[Asked(family=MASK, units=200)]),
        at=OCTOBER,
    )

    # November: the portal is out; the chain of the first wave carries again, and says why.
    outage = Week.at(OUTAGE).plus(1)
    with pytest.raises(Invalid):
        plans.prepare(actor=world.prepares, proposal=proposal(outage, fallback=True), at=OUTAGE)
    fallback = plans.prepare(
        actor=world.prepares,
        proposal=proposal(outage, fallback=True, reason="Portail en panne depuis lundi"),
        at=OUTAGE,
    )
    carried(world, fallback, at=OUTAGE)

    history = supply_history(facility_id=home.pk)
    assert [(row.way, row.week) for row in history] == [
        (Way.FALLBACK, str(outage)),
        (Way.ORDER, str(week)),
        (Way.PLAN, str(WEEK)),
    ]
    assert history[1].reference == placed.reference
    # What was pushed was handed out, to the unit.
    assert all(row.received == row.units for row in history if row.way is not Way.ORDER)
    assert Counter(row.family.code for row in history) == {MASK: 3}
    # Who was served by a push alone has no order, and the other way round.
    assert [row.way for row in supply_history(facility_id=world.small.pk)] == [
        Way.FALLBACK,
        Way.PLAN,
    ]
    assert books.discrepancies() == []
    assert order_queries.discrepancies() == []
