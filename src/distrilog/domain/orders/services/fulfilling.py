"""What becomes of an order after its cut-off: sent to another place, or partly given up."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pghistory
from django.db import connection, transaction

from distrilog.domain.orders.models import Order
from distrilog.domain.orders.rules import Charge
from distrilog.domain.quotas import services as quotas
from distrilog.domain.quotas.models import Pot, Quota
from distrilog.domain.quotas.services import Carried
from distrilog.domain.stock.models import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Units of a family that an order will not get, and why, for the facility to read."""

    order_id: int
    family: str
    units: int
    reason: str


@transaction.atomic
def redirect(
    *,
    unshipped: Mapping[int, Mapping[str, int]],
    target: str,
    key: str,
    reason: str,
    by: str,
    at: datetime,
) -> None:
    """
    Have orders served from another place: what is not shipped of them, in units by order id and family.

    The promises move with them, all or none. Raises `NotEnoughStock`.
    """
    orders = _locked(unshipped.keys())
    quotas.carry(
        carried=[
            Carried(
                week=order.week,
                family=family,
                units=units,
                source=order.source,
                target=target,
                resupply=order.charge == Order.Charge.RESUPPLY,
            )
            for order in orders
            for family, units in unshipped[order.pk].items()
        ],
        key=key,
        reason=reason,
        by=by,
        at=at,
    )
    with pghistory.context(by=by, why=reason):
        Order.objects.filter(pk__in=list(unshipped)).update(source=target)


@transaction.atomic
def withdraw(*, withdrawals: Sequence[Withdrawal], key: str, by: str, at: datetime) -> None:
    """
    Give up units that cannot be served.

    While their week runs they return to the quota or the pot they were drawn from, and may be ordered
    again; afterwards to the stock, and the demand is kept as refused, for the next run. So it is where a
    quota draws on another place by now, which cannot promise as much: it is cut by these units. What a
    resupply was to give returns to the stock: its request is still there.
    """
    orders = {order.pk: order for order in _locked({each.order_id for each in withdrawals})}
    if not orders:
        return
    helping = {each for each in withdrawals if _is_help(orders[each.order_id])}
    drawn = [each for each in withdrawals if each not in helping]
    shares = _shares(drawn, orders)
    over = {each for each in drawn if shares[each].closed}
    # After this point, the withdrawal must succeed.

    with pghistory.context(by=by, why=withdrawals[0].reason):
        _mark(withdrawals)
    own, pots = _drawn(drawn, orders)
    quotas.return_units(quotas=own, pots=pots)
    moved = quotas.hand_back(
        carried=[
            Carried(
                week=orders[each.order_id].week,
                family=each.family,
                units=each.units,
                source=orders[each.order_id].source,
                target="" if each in over | helping else shares[each].source_id,
                resupply=each in helping,
            )
            for each in withdrawals
        ],
        key=key,
        reason=withdrawals[0].reason,
        by=by,
        at=at,
    )
    if not moved:
        stranded = [
            each
            for each in drawn
            if each not in over and shares[each].source_id != orders[each.order_id].source
        ]
        own, pots = _drawn(stranded, orders)
        quotas.cut_units(quotas=own, pots=pots)
        over |= set(stranded)
    _keep_refused([each for each in drawn if each in over], orders, by=by, at=at)


def _is_help(order: Order) -> bool:
    """Tell whether an order was granted to a facility in need: it draws on no share."""
    return order.charge == Order.Charge.RESUPPLY


def _shares(
    withdrawals: Sequence[Withdrawal], orders: Mapping[int, Order]
) -> dict[Withdrawal, Quota | Pot]:
    """Return the quota or pot each was drawn from, locked in the order that orders lock them."""
    own = {
        (quota.facility_id, quota.week, quota.family_id): quota
        for quota in Quota.objects.filter(
            facility__in={order.facility_id for order in orders.values()},
            week__in={order.week for order in orders.values()},
        )
        .select_for_update()
        .order_by("facility_id", "family_id")
    }
    pots = {
        (pot.region_id, pot.week, pot.family_id, pot.source_id): pot
        for pot in Pot.objects.filter(week__in={order.week for order in orders.values()})
        .select_for_update()
        .order_by("region_id", "family_id", "source_id")
    }
    found: dict[Withdrawal, Quota | Pot] = {}
    for each in withdrawals:
        order = orders[each.order_id]
        if order.charge == Charge.POT:
            region = order.facility.department.region_id
            found[each] = pots[region, order.week, each.family, _home(order)]
        else:
            found[each] = own[order.facility_id, order.week, each.family]
    return found


def _locked(order_ids: Collection[int]) -> list[Order]:
    return list(
        Order.objects.filter(pk__in=list(order_ids))
        .select_related("facility__department")
        .select_for_update(of=("self",))
        .order_by("pk")
    )


def _home(order: Order) -> str:
    """Return the place of the route it was placed on, whose pot it drew on."""
    if order.route != Place.Kind.OVERSEAS:
        return order.route
    return Place.objects.filter(
        kind=Place.Kind.OVERSEAS, zone=order.facility.department.zone_id
    ).values_list("code", flat=True)[0]


def _mark(withdrawals: Sequence[Withdrawal]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE orders_line line SET withdrawn = line.withdrawn + given_up.units
            FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS given_up (order_id, family, units)
            WHERE line.order_id = given_up.order_id AND line.family_id = given_up.family
            """,
            [
                [each.order_id for each in withdrawals],
                [each.family for each in withdrawals],
                [each.units for each in withdrawals],
            ],
        )


def _drawn(
    withdrawals: Sequence[Withdrawal], orders: Mapping[int, Order]
) -> tuple[Counter[quotas.FacilityShare], Counter[quotas.RegionShare]]:
    """Return the units by quota and by pot they were drawn from."""
    own: Counter[quotas.FacilityShare] = Counter()
    pots: Counter[quotas.RegionShare] = Counter()
    for each in withdrawals:
        order = orders[each.order_id]
        if order.charge == Charge.POT:
            region = order.facility.department.region_id
            pots[region, order.week, each.family, _home(order)] += each.units
        else:
            own[order.facility_id, order.week, each.family] += each.units
    return own, pots


def _keep_refused(
    closed: Sequence[Withdrawal], orders: Mapping[int, Order], *, by: str, at: datetime
) -> None:
    if not closed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO orders_refuseddemand
                (facility_id, week, family_id, units_asked, units_left, cause, by, at)
            SELECT facility, week, family, units, 0, 'not-served', %s, %s
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[])
                 AS given_up (facility, week, family, units)
            """,
            [
                by,
                at,
                [orders[each.order_id].facility_id for each in closed],
                [orders[each.order_id].week for each in closed],
                [each.family for each in closed],
                [each.units for each in closed],
            ],
        )
