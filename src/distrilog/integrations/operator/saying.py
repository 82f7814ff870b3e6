"""What the portal has to say to the operator, read from the database when it is written down."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from distrilog.domain.orders.models import Line
from distrilog.domain.shipping.models import Fulfilment
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Lot, Transfer
from distrilog.domain.stock.rules import is_too_old
from distrilog.integrations.operator import content, topics
from distrilog.integrations.operator.faults import UNPRINTABLE
from distrilog.kernel.models import OutboxMessage
from distrilog.kernel.weeks import PARIS


# What the messages can carry of an address (`checks`).
_NAME: Final = 175
_STREET: Final = 140
_CITY: Final = 35
_HOURS: Final = 350
_REASON: Final = 256


def messages_of(message: OutboxMessage, *, at: datetime) -> list[content.Message]:
    """
    Return what an outbox message says by now; nothing where all of it is out of date.

    An order that was given to somebody else since, or of which nothing is left, is left out.
    """
    match message.topic:
        case topics.ORDER:
            pairs = [(order, assignment) for order, assignment in message.payload["orders"]]
            return list(_orders(pairs, at=at))
        case topics.WITHDRAWAL:
            return [
                content.Withdrawal(
                    reference=reference, assignment=assignment, reason=_text(reason, _REASON)
                )
                for reference, assignment, reason in message.payload["orders"]
            ]
        case topics.TRANSFER:
            return list(_transfers(message.payload["transfers"]))
        case topics.REPLENISHMENT_REFUSED:
            return list(_refusals(message.payload["transfers"]))
        case _:
            raise LookupError(f"Nobody says what {message.topic} means for the operator.")


def _orders(pairs: Sequence[tuple[int, int]], *, at: datetime) -> list[content.Order]:
    wanted = dict(pairs)
    rows = (
        Fulfilment.objects.filter(order_id__in=wanted, place=topics.PLACE)
        .select_related("order__facility", "order__address__facility")
        .prefetch_related("lines")
        .order_by("order_id")
    )
    current = [row for row in rows if row.assignment == wanted[row.pk]]
    boxes = {
        (order, family): units
        for order, family, units in Line.objects.filter(
            order_id__in=[row.pk for row in current]
        ).values_list("order_id", "family_id", "box_units")
    }
    families = {line.family_id for row in current for line in row.lines.all()}
    proposed = _proposed_articles(families, at=at)
    orders = (_order(row, boxes=boxes, proposed=proposed) for row in current)
    return [order for order in orders if order.lines]


def _order(
    row: Fulfilment, *, boxes: Mapping[tuple[int, str], int], proposed: Mapping[str, str]
) -> content.Order:
    return content.Order(
        reference=row.order.reference,
        assignment=row.assignment,
        placed_at=_whole(row.order.placed_at),
        promised_on=row.order.promised_on,
        receiver=_receiver(row),
        lines=[
            content.OrderedLine(
                number=line.number,
                family=line.family_id,
                units=line.to_come,
                box_units=boxes[row.pk, line.family_id],
                gtin=proposed.get(line.family_id, ""),
            )
            for line in row.lines.all()
            if line.to_come > 0
        ],
    )


def _receiver(row: Fulfilment) -> content.Party:
    """Return the facility, at the address it chose: its own, or its platform's."""
    facility, address = row.order.facility, row.order.address
    name = facility.name
    if address.facility_id != facility.pk:
        name = f"{name} – chez {address.facility.name}"
    contact = ", ".join(filter(None, [address.contact, address.phone]))
    return content.Party(
        code=facility.registry,
        name=_text(name, _NAME),
        street=_text(address.street, _STREET),
        postcode=address.postcode,
        city=_text(address.city, _CITY),
        contact=_text(contact, _NAME),
        hours=_text(address.opening_hours, _HOURS),
    )


def _proposed_articles(families: set[str], *, at: datetime) -> dict[str, str]:
    """Return the article of each family whose usable lot at the operator expires first."""
    on = at.astimezone(PARIS).date()
    first: dict[str, int] = {}
    for family, batches in stock.batches(place=topics.PLACE, families=families).items():
        fresh = (one for one in batches if not is_too_old(expires_on=one.expires_on, on=on))
        soonest = next(fresh, None)
        if soonest is not None:
            first[family] = soonest.lot
    articles = dict(Lot.objects.filter(pk__in=first.values()).values_list("pk", "article_id"))
    return {family: articles[lot] for family, lot in first.items()}


def _transfers(references: Sequence[str]) -> list[content.Despatch]:
    rows = Transfer.objects.filter(
        reference__in=references, target=topics.PLACE, state=Transfer.State.SENT
    ).prefetch_related("lines__lot")
    return [_transfer(row) for row in rows.order_by("pk")]


def _transfer(row: Transfer) -> content.Despatch:
    return content.Despatch(
        reference=row.reference,
        order=row.reference,
        assignment=1,
        packed_at=_whole(row.sent_at or row.asked_at),
        parcels=[
            content.Parcel(
                sscc=pallet.sscc,
                lines=[
                    content.PackedLine(
                        number=1,
                        gtin=pallet.lot.article_id,
                        lot=pallet.lot.number,
                        units=pallet.units,
                        expires_on=pallet.lot.expires_on,
                    )
                ],
            )
            for pallet in row.lines.all()
        ],
        complete=True,
    )


def _refusals(references: Sequence[str]) -> list[content.Confirmation]:
    rows = Transfer.objects.filter(
        reference__in=references, target=topics.PLACE, state=Transfer.State.REFUSED
    )
    return [
        content.Confirmation(
            reference=row.reference,
            assignment=1,
            answer=content.Answer.REFUSED,
            reason=_text(row.reason, _REASON),
        )
        for row in rows.order_by("pk")
    ]


def _whole(moment: datetime) -> datetime:
    """Return a moment without the fraction of a second that EDIFACT cannot write."""
    return moment.replace(microsecond=0)


def _text(value: Any, most: int) -> str:
    """Return a text as a message can carry it: printable, on one line, cut."""
    return " ".join(UNPRINTABLE.sub(" ", str(value)).split())[:most]
