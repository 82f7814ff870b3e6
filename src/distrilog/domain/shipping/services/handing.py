"""Handing released orders over to their executors: set-based, whatever their number."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.db import connection, transaction

from distrilog.domain.stock.models import Place
from distrilog.kernel.models import OutboxMessage


# What one message carries at most.
ORDERS_A_MESSAGE = 200

_HAND_OVER = """
    WITH handed AS (
        INSERT INTO shipping_fulfilment (order_id, place_id, assignment, state, by_platform, handed_at)
        SELECT placed.id, placed.source, 1, 'waiting', false, %(at)s
          FROM orders_order placed
         WHERE placed.status = 'released'
           AND NOT EXISTS (SELECT FROM shipping_fulfilment there WHERE there.order_id = placed.id)
         ORDER BY placed.id LIMIT %(limit)s
            ON CONFLICT DO NOTHING
        RETURNING order_id, place_id, assignment
    ), lined AS (
        INSERT INTO shipping_fulfilmentline
            (fulfilment_id, number, family_id, asked, withdrawn, despatched, failed, delivered,
             disputed, received, short_reason)
        SELECT handed.order_id, row_number() OVER (PARTITION BY handed.order_id ORDER BY line.id),
               line.family_id, line.units - line.withdrawn, 0, 0, 0, 0, 0, 0, ''
          FROM handed JOIN orders_line line ON line.order_id = handed.order_id
    )
    SELECT handed.order_id, handed.assignment, place.kind
      FROM handed JOIN stock_place place ON place.code = handed.place_id ORDER BY handed.order_id
"""


@transaction.atomic
def hand_over(*, at: datetime, limit: int = 50_000) -> int:
    """
    Give the released orders to their executors, and tell the operator of its own; return how many.

    Safe to call again, and twice at once: an order is handed over once.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HAND_OVER, {"at": at, "limit": limit})
        rows = cursor.fetchall()
    tell_operator(
        orders=[(order, number) for order, number, kind in rows if kind == Place.Kind.OPERATOR],
        at=at,
    )
    return len(rows)


def tell_operator(*, orders: Sequence[tuple[int, int]], at: datetime) -> None:
    """Put orders, as (order id, assignment), into the outbox; what they say is read when they are sent."""
    _write("operator.order", [list(order) for order in orders], at=at)


def withdraw_from_operator(*, orders: Sequence[tuple[str, int, str]], at: datetime) -> None:
    """Tell the operator not to ship orders any more, as (reference, assignment, reason)."""
    _write("operator.withdrawal", [list(order) for order in orders], at=at)


def _write(topic: str, orders: Sequence[list[object]], *, at: datetime) -> None:
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            key=f"{topic}:{uuid4()}",
            topic=topic,
            payload={"orders": orders[start : start + ORDERS_A_MESSAGE]},
            created_at=at,
        )
        for start in range(0, len(orders), ORDERS_A_MESSAGE)
    )
