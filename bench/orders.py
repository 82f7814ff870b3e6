"""Orders through HTTP: against pgbench and a plain ORM version in the same minutes, paced, and in a race."""

import os
from itertools import cycle, islice
from statistics import median

from django.db import connection
from django.db.models import Sum

from bench import client, limit, server, world
from bench.measures import ROUNDS, Measure
from distrilog.domain.orders.models import Line, Order
from distrilog.domain.quotas.models import Quota
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week


REQUESTS = 4000
ORM_REQUESTS = 800
PACE = 100
PACED_SECONDS = 20
RACE_REQUESTS = 1000
RACE_BOXES = 300
RACE_CLIENTS = 32
APPLICATION = "distrilog.config.wsgi:application"
PORT = int(os.environ.get("DISTRILOG_PORT", "8100")) + 10


def orders_http() -> dict[str, Measure]:
    """Orders of 4 lines, 8 clients; the limit is measured before each round, the ratio is their median."""
    people = world.orderers()
    week = str(Week.at(clock.now()))
    rates, ratios, slow = [], [], []
    plain = []
    for _ in range(ROUNDS):
        reached = limit.orders_per_second(orderers=people, week=week)
        with server.serving(port=PORT, application=APPLICATION) as process:
            client.play(port=PORT, requests=_requests(people, 400))
            played = client.play(port=PORT, requests=_requests(people, REQUESTS))
            memory = server.resident_megabytes(process)
        _all_placed(played)
        rates.append(played.per_second)
        ratios.append(played.per_second / reached)
        slow.append(played.percentile(99))
        with server.serving(port=PORT, application="bench.orm_wsgi:application"):
            client.play(port=PORT, requests=_requests(people, 100))
            orm = client.play(port=PORT, requests=_requests(people, ORM_REQUESTS))
        _all_placed(orm)
        plain.append(played.per_second / orm.per_second)
    return {
        "orders_http": Measure(
            value=median(rates),
            unit="orders/s",
            ratio=median(ratios),
            against="pgbench writing the same rows, 8 clients",
            budget=0.25,
            at_least=True,
            note=f"p99 {median(slow):.0f} ms with 8 clients",
        ),
        "orders_http_against_orm": Measure(
            value=median(rates),
            unit="orders/s",
            ratio=median(plain),
            against="a plain ORM version of the same order",
        ),
        "web_worker_memory": Measure(
            value=max(memory), unit="MB resident", budget=300, against="after the orders above"
        ),
    }


def orders_paced() -> dict[str, Measure]:
    """The slowest hundredth at 100 orders a second."""
    people = world.orderers()
    with server.serving(port=PORT, application=APPLICATION):
        client.play(port=PORT, requests=_requests(people, 400))
        played = client.play(
            port=PORT,
            requests=_requests(people, PACE * PACED_SECONDS),
            clients=16,
            per_second=PACE,
        )
    _all_placed(played)
    return {
        "orders_paced_p99": Measure(
            value=played.percentile(99),
            unit="ms at 100 orders/s",
            budget=500,
            note=f"p50 {played.percentile(50):.1f} ms",
        )
    }


def quota_race() -> dict[str, Measure]:
    """A thousand parallel orders on one quota: never above the cap, none lost, none doubled."""
    (one, *_) = world.orderers(count=1)
    week = str(Week.at(clock.now()))
    family, box = one.families[0]
    quotas = Quota.objects.filter(facility_id=one.facility_id, week=week, family_id=family)
    before = quotas.get()
    cap = before.ordered + RACE_BOXES * box
    quotas.update(cap=cap)
    orders_before = Order.objects.filter(facility_id=one.facility_id).count()
    single = world.Orderer(
        facility_id=one.facility_id,
        registry=one.registry,
        token=one.token,
        families=((family, box),),
    )
    requests = [world.request_of(single) for _ in range(RACE_REQUESTS)]
    with server.serving(port=PORT, application=APPLICATION):
        played = client.play(port=PORT, requests=requests, clients=RACE_CLIENTS)
    after = quotas.get()
    made = Order.objects.filter(facility_id=one.facility_id).count() - orders_before
    wrong = abs(after.ordered - cap) // box + abs(made - played.statuses[201])
    wrong += abs(RACE_BOXES - played.statuses[201])
    wrong += RACE_REQUESTS - played.statuses[201] - played.statuses[409]
    return {
        "quota_race": Measure(
            value=wrong,
            unit="orders above the cap, lost or doubled",
            budget=0,
            note=(
                f"{RACE_REQUESTS} orders, {RACE_CLIENTS} at once, {played.statuses[201]} placed, "
                f"{played.statuses[409]} refused, {played.per_second:.0f}/s"
            ),
        )
    }


def units_conserved() -> int:
    """Return the units by which quotas and live order lines disagree; zero unless something is wrong."""
    connection.close()
    ordered = Quota.objects.aggregate(units=Sum("ordered"))["units"] or 0
    lines = (
        Line.objects.filter(order__charge="quota").exclude(order__status="cancelled")
    ).aggregate(units=Sum("units"))["units"] or 0
    return abs(int(ordered) - int(lines))


def _requests(people: list[world.Orderer], count: int) -> list[bytes]:
    return [world.request_of(one) for one in islice(cycle(people), count)]


def _all_placed(played: client.Played) -> None:
    if set(played.statuses) != {201}:
        raise RuntimeError(f"Not every order was placed: {dict(played.statuses)}")
