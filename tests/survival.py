"""A small country whose whole wave must survive: made, ordered in, and told of, each by a process of its own."""

import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime, time as clock, timedelta
from pathlib import Path

import django


SECRET = "dl_" + "s" * 43
EACH = 100
AT_ONCE = 10


def furnish(orders: int) -> None:
    """Make the homes, their quotas of this week, the stock behind them, and the operator's way in."""
    from distrilog.demo.partners import open_stand_in  # noqa: PLC0415
    from distrilog.domain.accounts.models import Token  # noqa: PLC0415
    from distrilog.domain.accounts.rules import Role, token_digest  # noqa: PLC0415
    from tests.domain.orders.world import declare, open_window  # noqa: PLC0415
    from tests.domain.quotas.worlds import MASK, homes, published  # noqa: PLC0415
    from tests.factories import (  # noqa: PLC0415
        AddressFactory,
        PlaceFactory,
        ProfileFactory,
        stocked,
    )

    PlaceFactory(code="door", kind="door", name="Établissements")
    PlaceFactory(spf=True)
    made = homes(places=[EACH // 5] * orders, stock=0)
    for home in made:
        AddressFactory(facility=home)
    # The lot that expires first runs out in the middle of the wave: some parcels hold two lots.
    stocked(orders * 45, number="L1", expires_on=datetime.now(UTC).date() + timedelta(days=90))
    stocked(orders * 100, number="L2")
    open_window(
        made[0].department.zone,
        opens_weekday=1, opens_clock=clock(0), closes_weekday=7, closes_clock=clock(23, 59),
    )  # fmt: skip
    declare([MASK], regime="tension")
    published(orders * EACH, week=str(_week()), at=_monday())
    profile = ProfileFactory(role=Role.OPERATOR.value)
    now = datetime.now(UTC)
    Token.objects.create(
        profile=profile, name="entrepôt", digest=token_digest(SECRET), created_at=now,
        expires_at=now + timedelta(days=1),
    )  # fmt: skip
    open_stand_in()


def _week():
    from distrilog.kernel.weeks import Week  # noqa: PLC0415

    return Week.at(datetime.now(UTC))


def _monday() -> datetime:
    from distrilog.kernel.weeks import PARIS  # noqa: PLC0415

    return _week().moment(weekday=1, clock=clock(8), zone=PARIS)


def pour(seconds: float, gate: Path) -> None:
    """
    Place one order for each home, a few at a time, whatever happens to the database meanwhile.

    The last few wait for a file to be there: however slow the killing was, something is left to survive it.
    """
    from distrilog.domain.facilities.models import Facility  # noqa: PLC0415
    from distrilog.domain.orders import services as orders  # noqa: PLC0415
    from distrilog.domain.shipping import services as shipping  # noqa: PLC0415

    rows = _insisting(lambda: list(Facility.objects.order_by("pk").select_related("department")))
    pause = seconds * AT_ONCE / len(rows)
    for start in range(0, len(rows), AT_ONCE):
        while start + AT_ONCE >= len(rows) and not gate.exists():
            time.sleep(0.2)
        for home in rows[start : start + AT_ONCE]:
            _insisting(lambda home=home: _place(home))
        _insisting(lambda: orders.release(at=datetime.now(UTC), by="system", before_cut_off=True))
        _insisting(lambda: shipping.hand_over(at=datetime.now(UTC)))
        time.sleep(pause)


def _place(home) -> None:
    from distrilog.domain.orders import services as orders  # noqa: PLC0415
    from distrilog.domain.orders.rules import Asked, Demand  # noqa: PLC0415
    from tests.domain.quotas.worlds import MASK  # noqa: PLC0415
    from tests.factories import orderer  # noqa: PLC0415

    demand = Demand(
        registry=home.registry, key=f"home-{home.pk}", lines=[Asked(family=MASK, units=EACH)]
    )
    orders.place(
        actor=orderer(home, person="orderer"), demand=demand, at=_monday() + timedelta(hours=1)
    )


def _insisting(work):
    """Do it until it is done, as somebody at a screen who sees an error page does."""
    from django.db import Error, connection  # noqa: PLC0415

    for _ in range(200):
        try:
            return work()
        except Error:
            connection.close()
            time.sleep(0.2)
    raise TimeoutError("The database has been away for too long.")


def tell() -> None:
    """Print what the books say by now, as JSON."""
    from django.db.models import F, Sum  # noqa: PLC0415

    from distrilog.domain.orders import queries as orders_queries  # noqa: PLC0415
    from distrilog.domain.orders.models import Order  # noqa: PLC0415
    from distrilog.domain.shipping import queries as shipping_queries  # noqa: PLC0415
    from distrilog.domain.shipping.models import (  # noqa: PLC0415
        Fulfilment,
        FulfilmentLine,
        Parcel,
    )
    from distrilog.domain.stock import queries as stock  # noqa: PLC0415
    from distrilog.integrations.operator.models import Comparison  # noqa: PLC0415
    from distrilog.integrations.operator.topics import TOPICS  # noqa: PLC0415
    from distrilog.kernel.models import InboxMessage, OutboxMessage  # noqa: PLC0415

    lines = FulfilmentLine.objects.annotate(left=Sum("contents__units"))
    outbox = OutboxMessage.objects.filter(topic__in=TOPICS)
    comparison = Comparison.objects.order_by("-at").first()
    said = {
        "orders": Order.objects.count(),
        "states": Counter(Fulfilment.objects.values_list("state", flat=True)),
        "assignments": sorted(set(Fulfilment.objects.values_list("assignment", flat=True))),
        "not_once": lines.exclude(left=F("asked") - F("withdrawn")).count(),
        "not_ended": lines.exclude(left=F("delivered") + F("failed")).count(),
        "parcels": Counter(Parcel.objects.values_list("state", flat=True)),
        "unsent": outbox.filter(sent_at__isnull=True, dead_at__isnull=True).count(),
        "dead": outbox.filter(dead_at__isnull=False).count(),
        "inbox": Counter(InboxMessage.objects.values_list("state", flat=True)),
        "repeated": InboxMessage.objects.filter(times__gt=1).count(),
        "books": [
            str(each)
            for each in (
                *stock.discrepancies(),
                *shipping_queries.broken_promises(),
                *orders_queries.discrepancies(),
            )
        ],
        "compared": comparison
        and {
            "at": comparison.at.timestamp(),
            "differences": comparison.differences,
            "reported": comparison.reported,
            "in_books": comparison.in_books,
        },
    }
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    django.setup()
    match sys.argv[1:]:
        case ["furnish", count]:
            furnish(int(count))
        case ["pour", duration, gate]:
            pour(float(duration), Path(gate))
        case ["tell"]:
            tell()
