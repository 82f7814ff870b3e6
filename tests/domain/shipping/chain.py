"""Homes whose orders are released, with the stock behind them: where shipping begins."""

from datetime import UTC, datetime, timedelta

from distrilog.domain.orders import queries as orders_queries, services as orders
from distrilog.domain.orders.models import Order
from distrilog.domain.orders.rules import Asked, Demand
from distrilog.domain.shipping import queries as shipping_queries, rules, services
from distrilog.domain.shipping.models import Fulfilment
from distrilog.domain.stock import queries as stock
from distrilog.kernel.gs1 import make_sscc
from tests.domain.orders.world import declare, open_window
from tests.domain.quotas.worlds import MASK, homes, published
from tests.factories import AddressFactory, PlaceFactory, gtin_of, orderer


PUBLISHED = datetime(2020, 11, 2, 8, tzinfo=UTC)
ORDERED = datetime(2020, 11, 4, 9, tzinfo=UTC)
RELEASED = datetime(2020, 11, 6, 12, tzinfo=UTC)
LATER = RELEASED + timedelta(hours=1)
GTIN = gtin_of(MASK)


def released(*, boxes=(2, 2, 2), places=(20, 20, 20), stock=10_000):
    """Return the references of orders of masks, released and handed over: one a home, `boxes` of 50 each."""
    PlaceFactory(code="door", kind="door", name="Établissements")
    PlaceFactory(spf=True)
    made = homes(places=list(places), stock=stock)
    for home in made:
        AddressFactory(facility=home)
    open_window(made[0].department.zone)
    declare([MASK], regime="tension")
    published(5000, at=PUBLISHED)
    for home, count in zip(made, boxes, strict=False):
        if count:
            order(home, count)
    orders.release(at=RELEASED, by="system")
    services.hand_over(at=LATER)
    return list(Order.objects.order_by("pk").values_list("reference", flat=True))


def order(home, boxes, *, at=ORDERED):
    """Place an order of masks as the home does."""
    demand = Demand(registry=home.registry, lines=[Asked(family=MASK, units=boxes * 50)])
    return orders.place(actor=orderer(home), demand=demand, at=at).reference


def advice(reference, *, units=100, number="D1", assignment=1, lot="L1", sscc=None, **values):
    """Return an advice of one parcel of one lot for the only line of an order."""
    return rules.Advice(
        reference=number,
        order=reference,
        assignment=assignment,
        packed_at=LATER,
        parcels=[
            rules.PackedParcel(
                sscc=sscc
                or make_sscc(prefix="9529876", serial=int("".join(filter(str.isdigit, number)))),
                lines=[rules.PackedLine(number=1, gtin=GTIN, lot=lot, units=units)],
                tracking="6A00000000001",
            )
        ],
        **values,
    )


def ship(*advices, place="operator"):
    """Send advices; return the outcome, or the code of the refusal, of each."""
    verdicts = services.despatch(advices=advices, place=place, by="operator", at=LATER)
    return [verdict.code or verdict.outcome for verdict in verdicts]


def news(advice_, state="delivered", *, at=LATER):
    """Report what became of the parcel of an advice."""
    sscc = advice_.parcels[0].sscc
    [verdict] = services.report(
        news=[rules.News(sscc=sscc, state=rules.ParcelState(state), at=at)],
        place="operator",
        by="operator",
        at=at,
    )
    return verdict.code or verdict.outcome


def state(reference):
    """Return the state of an order in the hands of its executor."""
    return Fulfilment.objects.get(order__reference=reference).state


def assert_books_balance():
    """Nothing is lost, nothing doubled, from stock to orders."""
    found = [
        *stock.discrepancies(),
        *shipping_queries.broken_promises(),
        *orders_queries.discrepancies(),
    ]
    assert [str(each) for each in found] == []


def units(status, place="operator"):
    """Return the masks of the State in a status at a place."""
    return stock.balances().get((place, MASK, status), 0)
