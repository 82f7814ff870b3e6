"""Orders on their way, as rows: what queries and pages read. Services have worlds of their own."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from distrilog.domain.orders.models import Line, Order
from distrilog.domain.shipping.models import (
    Claim,
    Content,
    Despatch,
    Fulfilment,
    FulfilmentLine,
    Parcel,
    Receipt,
    TrackingEvent,
)
from distrilog.domain.stock.models import Owner
from distrilog.domain.stock.rules import Kind, Status
from distrilog.domain.stock.services import Movement, move
from distrilog.kernel.gs1 import make_sscc
from tests.domain.orders.world import AT, WEEK
from tests.factories import (
    FAMILIES,
    AddressFactory,
    ArticleFactory,
    FacilityFactory,
    FamilyFactory,
    LotFactory,
    PlaceFactory,
    gtin_of,
)


MASKS, GOWNS = "surgical_mask", "gown"
PREFIX = "3520000"


def sscc_of(serial: int) -> str:
    """Return the SSCC of a parcel of these tests."""
    return make_sscc(prefix=PREFIX, serial=serial)


class OrderFactory(DjangoModelFactory):
    """A released order of a facility, two boxes of masks and one of gowns unless `units` says otherwise."""

    class Meta:
        model = Order
        skip_postgeneration_save = True

    reference = factory.Sequence(lambda number: f"11-2020W45-TEST{number:06d}")
    facility = factory.SubFactory(FacilityFactory)
    week = WEEK
    status = Order.Status.RELEASED
    address = factory.LazyAttribute(
        lambda each: (
            each.facility.addresses.first() or AddressFactory.create(facility=each.facility)
        )
    )
    route = "operator"
    source = "operator"
    promised_on = date(2020, 11, 9)
    cut_off_at = AT
    placed_by = "orderer"
    placed_at = AT - timedelta(days=1)

    @factory.post_generation
    def units(self, _create: bool, extracted: Mapping[str, int] | None, **_values: Any) -> None:
        """Write the lines of the order and of its fulfilment: `units={"gown": 10}`."""
        wanted = {MASKS: 100, GOWNS: 10} if extracted is None else extracted
        for code, units in wanted.items():
            family = FamilyFactory.create(code=code)
            Line.objects.create(order=self, family=family, units=units, box_units=FAMILIES[code][2])


def fulfilment_of(order: Order, **values: Any) -> Fulfilment:
    """Return an order in the hands of the operator since Wednesday, its lines as asked."""
    made = Fulfilment.objects.create(
        **{"order": order, "place": PlaceFactory.create(), "handed_at": AT, **values}
    )
    FulfilmentLine.objects.bulk_create(
        FulfilmentLine(fulfilment=made, number=rank, family_id=line.family_id, asked=line.units)
        for rank, line in enumerate(order.lines.order_by("pk"), start=1)
    )
    return made


class DespatchFactory(DjangoModelFactory):
    """
    All that an order asks, sent in one parcel a line, on their way since Thursday.

    `delivered=True` has them at the door on Friday; `units` sends less: `{"gown": 0}` leaves a line out.
    """

    class Meta:
        model = Despatch
        skip_postgeneration_save = True

    reference = factory.Sequence(lambda number: f"DES-{number:06d}")
    place = factory.SubFactory(PlaceFactory)
    assignment = 1
    carrier = "Transporteur fictif"
    packed_at = AT + timedelta(days=1)
    expected_on = date(2020, 11, 6)
    digest = "0" * 64

    class Params:
        facility = None

    @factory.lazy_attribute
    def fulfilment(self) -> Fulfilment:
        """Make an order for the facility, already confirmed."""
        facility = self.facility or FacilityFactory.create()
        return fulfilment_of(OrderFactory.create(facility=facility), answered_at=AT)

    @factory.post_generation
    def parcels(self, _create: bool, extracted: Mapping[str, int] | None, **_values: Any) -> None:
        """Write a parcel a line."""
        wanted = extracted or {}
        for line in self.fulfilment.lines.order_by("number"):
            units = wanted.get(line.family_id, line.asked)
            if units:
                parcel_of(self, line, units)

    @factory.post_generation
    def delivered(self, _create: bool, extracted: bool | None, **_values: Any) -> None:
        """Bring every parcel to the door."""
        if extracted:
            deliver(self)


def parcel_of(despatch: Despatch, line: FulfilmentLine, units: int, **values: Any) -> Parcel:
    """Write a parcel with units of one line, and count them on it."""
    serial = Parcel.objects.count() + 1
    parcel = Parcel.objects.create(
        **{"sscc": sscc_of(serial), "despatch": despatch, "tracking": f"6A{serial:011d}", **values}
    )
    lot = LotFactory.create(article=ArticleFactory.create(family=line.family))
    Content.objects.create(parcel=parcel, line=line, lot=lot, units=units)
    line.despatched += units
    line.confirmed = line.despatched
    line.save()
    return parcel


def deliver(despatch: Despatch, *, at: datetime = AT + timedelta(days=2)) -> None:
    """Bring every parcel of a despatch to the door."""
    for parcel in despatch.parcels.all():
        parcel.state, parcel.ended_at = Parcel.State.DELIVERED, at
        parcel.save()
        for content in parcel.contents.select_related("line"):
            content.line.delivered += content.units
            content.line.save()


def substituted(despatch: Despatch, *, why: str = "Taille M épuisée.") -> Content:
    """Have the first content of a despatch replace another article of its family."""
    content = Content.objects.filter(parcel__despatch=despatch).order_by("pk").first()
    family = content.line.family
    article = ArticleFactory.create(
        family=family, gtin=gtin_of(family.code, variant=2), name=f"{family.name} taille L"
    )
    content.lot = LotFactory.create(article=article, number="S1")
    content.substitute = True
    content.save()
    content.line.short_reason = why
    content.line.save()
    return content


def seen_by_carrier(parcel: Parcel, *labels: str, status: str = "in_transit") -> Sequence[Any]:
    """Write what the carrier said of a parcel, an hour apart since it left."""
    return TrackingEvent.objects.bulk_create(
        TrackingEvent(
            parcel=parcel,
            code=f"C{rank}",
            status=status,
            label=label,
            at=parcel.despatch.packed_at + timedelta(hours=rank + 1),
        )
        for rank, label in enumerate(labels)
    )


def received(despatch: Despatch, *, how: str = "recorded", at: datetime | None = None) -> Receipt:
    """Write that a despatch was answered for, on Saturday unless told."""
    return Receipt.objects.create(
        despatch=despatch, how=how, by="orderer", at=at or AT + timedelta(days=3)
    )


def claimed(despatch: Despatch, *, kind: str = "missing", units: int = 50, **values: Any) -> Claim:
    """Open a claim on the first content of a despatch, due five days after the receipt."""
    content = Content.objects.filter(parcel__despatch=despatch).order_by("pk").first()
    return Claim.objects.create(
        **{
            "despatch": despatch,
            "parcel": content.parcel,
            "family": content.line.family,
            "lot": content.lot,
            "kind": kind,
            "units": units,
            "owner": "operator",
            "due_on": date(2020, 11, 12),
            "opened_by": "orderer",
            "opened_at": AT + timedelta(days=3),
            **values,
        }
    )


def booked(despatch: Despatch) -> Despatch:
    """Have the books hold what a despatch carries: in transit at its place, or delivered at the door."""
    PlaceFactory.create(code="door", kind="door", name="Établissements servis")
    # The migration's own row is gone after a test that commits.
    Owner.objects.get_or_create(code="state", defaults={"name": "État"})
    contents = Content.objects.filter(parcel__despatch=despatch).select_related("parcel")
    for content in contents.order_by("pk"):
        steps = [
            (Kind.OPENING, Status.OUTSIDE, Status.AVAILABLE, ""),
            (Kind.ISSUE, Status.AVAILABLE, Status.IN_TRANSIT, ""),
            (Kind.DELIVERY, Status.IN_TRANSIT, Status.DELIVERED, "door"),
        ]
        delivered = content.parcel.state == Parcel.State.DELIVERED
        for kind, source, target, to in steps if delivered else steps[:2]:
            movement = Movement(
                key=f"test {kind} {content.pk}",
                kind=kind,
                lot=content.lot_id,
                units=content.units,
                place=despatch.place_id,
                to=to,
                source=source,
                target=target,
            )
            move(movements=[movement], by="test", at=AT)
    return despatch
