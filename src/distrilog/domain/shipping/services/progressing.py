"""Keeping the state of orders what their lines say: one statement for many."""

from collections.abc import Collection, Mapping, Sequence

from django.db import connection

from distrilog.domain.shipping.models import Fulfilment, FulfilmentLine
from distrilog.domain.shipping.rules import Progress, state_of


def lock_fulfilments(*, references: Collection[str]) -> dict[str, Fulfilment]:
    """Lock the fulfilments of orders by their references, in the order of their ids, lines read with them."""
    rows = (
        Fulfilment.objects.filter(order__reference__in=list(references))
        .select_related("order")
        .select_for_update(of=("self",))
        .order_by("pk")
        .prefetch_related("lines")
    )
    return {row.order.reference: row for row in rows}


def progress_of(line: FulfilmentLine) -> Progress:
    """Return what the rules read of a line."""
    return Progress(
        asked=line.asked,
        withdrawn=line.withdrawn,
        despatched=line.despatched,
        failed=line.failed,
        delivered=line.delivered,
        disputed=line.disputed,
        received=line.received,
    )


def save_progress(*, fulfilments: Collection[Fulfilment]) -> None:
    """Write the counters of the lines of locked fulfilments, and the states they give; two statements."""
    lines = [line for each in fulfilments for line in each.lines.all()]
    if not lines:
        return
    for each in fulfilments:
        each.state = state_of(
            lines=[progress_of(line) for line in each.lines.all()],
            answered=each.answered_at is not None,
        )
    update_rows(
        "shipping_fulfilmentline",
        "id",
        {
            "id": ("bigint", [line.pk for line in lines]),
            "confirmed": ("int", [line.confirmed for line in lines]),
            "withdrawn": ("int", [line.withdrawn for line in lines]),
            "despatched": ("int", [line.despatched for line in lines]),
            "failed": ("int", [line.failed for line in lines]),
            "delivered": ("int", [line.delivered for line in lines]),
            "disputed": ("int", [line.disputed for line in lines]),
            "received": ("int", [line.received for line in lines]),
            "short_reason": ("text", [line.short_reason for line in lines]),
        },
    )
    rows = list(fulfilments)
    update_rows(
        "shipping_fulfilment",
        "order_id",
        {
            "order_id": ("bigint", [each.pk for each in rows]),
            "place_id": ("text", [each.place_id for each in rows]),
            "assignment": ("int", [each.assignment for each in rows]),
            "state": ("text", [str(each.state) for each in rows]),
            "by_platform": ("boolean", [each.by_platform for each in rows]),
            "exhausted": ("boolean", [each.exhausted for each in rows]),
            "despatch_on": ("date", [each.despatch_on for each in rows]),
            "answered_at": ("timestamptz", [each.answered_at for each in rows]),
        },
    )


def update_rows(table: str, key: str, columns: Mapping[str, tuple[str, Sequence[object]]]) -> None:
    """Write rows whose columns are given as arrays, where they differ; one statement."""
    sets = ", ".join(f"{name} = new.{name}" for name in columns if name != key)
    arrays = ", ".join(f"%s::{kind}[]" for kind, _values in columns.values())
    changed = " OR ".join(
        f"there.{name} IS DISTINCT FROM new.{name}" for name in columns if name != key
    )
    with connection.cursor() as cursor:
        cursor.execute(
            # Names of our own tables and columns: nothing from outside is in this text.
            f"UPDATE {table} there SET {sets} FROM unnest({arrays}) AS new ({', '.join(columns)}) "  # noqa: S608
            f"WHERE there.{key} = new.{key} AND ({changed})",
            [list(values) for _kind, values in columns.values()],
        )
