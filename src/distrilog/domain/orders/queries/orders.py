"""Orders as others see them: one, a facility's, those of a scope; and the proof that quotas agree with them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from distrilog.domain.orders.models import Order, OrderQuerySet
from distrilog.domain.orders.rules import Status
from distrilog.domain.stock import queries as stock
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.scopes import Scope


PAGE_SIZE = 50
LARGEST_PAGE = 500
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """
    Units of a family in an order, and the box they come in; `amount_cents` is zero when free.

    `withdrawn` could not be served and is not promised any more.
    """

    family: str
    units: int
    box: int
    amount_cents: int = 0
    withdrawn: int = 0

    @property
    def boxes(self) -> int:
        """How many boxes that is."""
        return self.units // self.box

    @property
    def due_cents(self) -> int:
        """What is owed: what is not served is not paid."""
        return self.amount_cents * (self.units - self.withdrawn) // self.units


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """
    An order as it stands. `facility` is the registry number.

    Only an order just placed tells what is `left` of its families, in units; `replayed` says that its key
    had already made it.
    """

    reference: str
    status: str
    facility: str
    facility_name: str
    charge: str
    week: str
    address: int
    address_label: str
    route: str
    promised_on: date
    cut_off_at: datetime
    placed_at: datetime
    version: int
    lines: Sequence[LineView]
    left: Mapping[str, int] = field(default_factory=dict)
    replayed: bool = False

    @property
    def due_cents(self) -> int:
        """What the whole order costs; zero when free."""
        return sum(line.due_cents for line in self.lines)

    def may_change(self, *, at: datetime) -> bool:
        """Tell whether it may still be amended or cancelled."""
        return self.status == Status.PLACED and at < self.cut_off_at


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """Some orders of a list, newest first; `before` is where the next page begins, None on the last one."""

    orders: Sequence[OrderView]
    before: int | None


def get(*, reference: str, scope: Scope, route: str = "") -> OrderView:
    """
    Return one order, or NotFound outside the scope.

    `route` narrows to the orders of one fulfilment route: executors read only theirs.
    """
    order = _for_view(_narrowed(scope=scope, route=route)).filter(reference=reference).first()
    if order is None:
        raise NotFound(unknown_order(reference))
    return view_of(order)


def unknown_order(reference: str) -> Fault:
    """Return what is told of an order that does not exist, or not for this actor."""
    return Fault(
        where="reference",
        message=f"Aucune commande « {reference[:40]} » dans votre périmètre.",
        remedy="Vérifiez la référence indiquée à la confirmation.",
    )


def of_facility(*, facility_id: int, week: str) -> list[OrderView]:
    """Return the orders of a facility in a week, oldest first, in two statements."""
    rows = Order.objects.filter(facility_id=facility_id, week=week).order_by("pk")
    return [view_of(order) for order in _for_view(rows)]


def history(*, facility_id: int, before: int | None = None, limit: int = PAGE_SIZE) -> OrderPage:
    """Return a page of all the orders of a facility, newest first."""
    return _page(Order.objects.filter(facility_id=facility_id), before=before, limit=limit)


def listing(
    *,
    scope: Scope,
    route: str = "",
    week: str = "",
    facility: str = "",
    status: str = "",
    family: str = "",
    before: int | None = None,
    limit: int = PAGE_SIZE,
) -> OrderPage:
    """Return a page of the orders of a scope, newest first; `facility` is a registry number."""
    rows = _narrowed(scope=scope, route=route)
    exact = {"week": week, "facility__registry": facility, "status": status}
    rows = rows.filter(**{field: value for field, value in exact.items() if value})
    if family:
        rows = rows.filter(lines__family=family)
    return _page(rows, before=before, limit=limit)


def _narrowed(*, scope: Scope, route: str) -> OrderQuerySet:
    rows = Order.objects.within(scope)
    return rows.filter(source__in=stock.places_of(route=route)) if route else rows


def _for_view(rows: OrderQuerySet) -> OrderQuerySet:
    return rows.select_related("facility", "address").prefetch_related("lines")


def _page(rows: OrderQuerySet, *, before: int | None, limit: int) -> OrderPage:
    limit = max(1, min(limit, LARGEST_PAGE))
    if before is not None:
        rows = rows.filter(pk__lt=min(before, _LARGEST_ID))
    found = list(_for_view(rows).order_by("-pk")[: limit + 1])
    more = len(found) > limit
    return OrderPage(
        orders=[view_of(order) for order in found[:limit]],
        before=found[limit - 1].pk if more else None,
    )


def view_of(order: Order) -> OrderView:
    """Return the view of a row whose facility, address and lines are at hand."""
    return OrderView(
        reference=order.reference,
        status=order.status,
        facility=order.facility.registry,
        facility_name=order.facility.name,
        charge=order.charge,
        week=order.week,
        address=order.address_id,
        address_label=str(order.address),
        route=order.route,
        promised_on=order.promised_on,
        cut_off_at=order.cut_off_at,
        placed_at=order.placed_at,
        version=order.version,
        lines=tuple(
            LineView(
                family=line.family_id,
                units=line.units,
                box=line.box_units,
                amount_cents=line.amount_cents,
                withdrawn=line.withdrawn,
            )
            for line in sorted(order.lines.all(), key=lambda line: line.pk)
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of an order: when, by whom, why; its status and its basket (units by family) before and after."""

    at: datetime
    by: str
    why: str
    status_before: str
    status_after: str
    units_before: Mapping[str, int]
    units_after: Mapping[str, int]


# Each change of the row is an event that holds it as it was; a change of the basket replaces every line.
_CHANGES = """
    SELECT event.pgh_created_at, context.metadata, event.status,
           (SELECT jsonb_object_agg(line.family_id, line.units) FROM orders_lineevent line
             WHERE line.order_id = event.pgh_obj_id AND line.pgh_context_id = event.pgh_context_id)
      FROM orders_orderevent event
      LEFT JOIN pghistory_context context ON context.id = event.pgh_context_id
     WHERE event.pgh_obj_id = %s
     ORDER BY event.pgh_id
"""


def changes(*, reference: str, scope: Scope, route: str = "") -> list[Change]:
    """Return what has changed in an order since it was placed, oldest first."""
    order = _narrowed(scope=scope, route=route).filter(reference=reference).first()
    if order is None:
        raise NotFound(unknown_order(reference))
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, [order.pk])
        events = cursor.fetchall()
    status_after = order.status
    units_after = {line.family_id: line.units for line in order.lines.all()}
    found: list[Change] = []
    for at, metadata, status_before, replaced in reversed(events):
        told = _decoded(metadata) or {}
        units_before = _decoded(replaced) or units_after
        found.append(
            Change(
                at=at,
                by=str(told.get("by", "")),
                why=str(told.get("why", "")),
                status_before=status_before,
                status_after=status_after,
                units_before=units_before,
                units_after=units_after,
            )
        )
        status_after, units_after = status_before, units_before
    return found[::-1]


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A quota or pot whose `ordered` is not the sum of the live lines drawn from it."""

    share: str
    ordered: int
    lines: int


# A replaced run keeps its rows: one quota a facility, family and week, whatever the run.
_DISCREPANCIES = """
    WITH drawn AS (
        SELECT placed.charge, placed.facility_id, department.region_id, placed.week,
               -- A pot is of the route the order was placed on, wherever an outage has sent it since.
               CASE placed.route WHEN 'overseas' THEN (
                   SELECT min(place.code) FROM stock_place place
                    WHERE place.kind = 'overseas' AND place.zone_id = department.zone_id
               ) ELSE placed.route END AS source_id,
               line.family_id, line.units - line.withdrawn AS units
          FROM orders_order placed
          JOIN orders_line line ON line.order_id = placed.id
          JOIN facilities_facility facility ON facility.id = placed.facility_id
          JOIN facilities_department department ON department.code = facility.department_id
         WHERE placed.status <> 'cancelled' AND (%(week)s = '' OR placed.week = %(week)s)
    ), by_quota AS (
        SELECT facility_id, week, family_id, sum(units)::bigint AS units
          FROM drawn WHERE charge = 'quota' GROUP BY 1, 2, 3
    ), by_pot AS (
        SELECT region_id, week, family_id, source_id, sum(units)::bigint AS units
          FROM drawn WHERE charge = 'pot' GROUP BY 1, 2, 3, 4
    )
    SELECT 'quota ' || facility_id || ' ' || week || ' ' || family_id,
           coalesce(quota.ordered, 0), coalesce(by_quota.units, 0)
      FROM (SELECT * FROM quotas_quota WHERE %(week)s = '' OR week = %(week)s) quota
      FULL JOIN by_quota USING (facility_id, week, family_id)
     WHERE coalesce(quota.ordered, 0) <> coalesce(by_quota.units, 0)
    UNION ALL
    SELECT 'pot ' || region_id || ' ' || week || ' ' || family_id || ' ' || source_id,
           coalesce(pot.ordered, 0), coalesce(by_pot.units, 0)
      FROM (SELECT * FROM quotas_pot WHERE %(week)s = '' OR week = %(week)s) pot
      FULL JOIN by_pot USING (region_id, week, family_id, source_id)
     WHERE coalesce(pot.ordered, 0) <> coalesce(by_pot.units, 0)
     ORDER BY 1
"""


def discrepancies(*, week: str = "") -> list[Discrepancy]:
    """Return where what is ordered is not the sum of live lines: nowhere, always. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_DISCREPANCIES, {"week": week})
        return [
            Discrepancy(share=share, ordered=ordered, lines=lines)
            for share, ordered, lines in cursor.fetchall()
        ]
