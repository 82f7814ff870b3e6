"""Waves of the stores that label for themselves (SPF, overseas): lots first expired first out, one parcel a carton load."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef

from distrilog.domain.shipping.models import Fulfilment, FulfilmentLine
from distrilog.domain.shipping.rules import OPEN, Advice, PackedLine, PackedParcel, Verdict
from distrilog.domain.shipping.services.despatching import despatch
from distrilog.domain.shipping.services.progressing import lock_fulfilments
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Lot, Position
from distrilog.domain.stock.rules import Batch, first_expired_first_out
from distrilog.kernel.gs1 import make_sscc
from distrilog.kernel.weeks import PARIS


WAVE = 500
# GS1 keeps the prefix 952 for demonstrations; an installation sets its own.
SSCC_PREFIX = "9521234"
_TRANSIT = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dock:
    """How a store labels and sends: the GS1 prefix of its parcels, its carrier."""

    prefix: str = SSCC_PREFIX
    carrier: str = "Transport SPF"


_OWN_DOCK = Dock()


@transaction.atomic
def prepare_wave(
    *, place: str, by: str, at: datetime, limit: int = WAVE, dock: Dock = _OWN_DOCK
) -> list[Verdict]:
    """
    Prepare and despatch the open orders of a place, oldest promise first, as far as its lots go.

    What a lot in its last days or a shortage leaves out stays on order. Safe to call again.
    """
    on = at.astimezone(PARIS).date()
    references = list(
        # What nothing is there for must not keep out what could leave.
        Fulfilment.objects.filter(
            Exists(
                FulfilmentLine.objects.filter(
                    fulfilment=OuterRef("pk"),
                    family__in=_families_there(place, on=on),
                    asked__gt=F("withdrawn") + F("despatched"),
                )
            ),
            place=place,
            state__in=OPEN,
        )
        .order_by("order__promised_on", "pk")
        .values_list("order__reference", flat=True)[:limit]
    )
    fulfilments = list(lock_fulfilments(references=references).values())
    families = {line.family_id for each in fulfilments for line in each.lines.all()}
    batches = stock.batches(place=place, families=families, lock=True)
    lots = {
        lot.pk: lot
        for lot in Lot.objects.filter(
            pk__in=[batch.lot for found in batches.values() for batch in found]
        ).select_related("article")
    }
    shelf = {family: {batch.lot: batch for batch in found} for family, found in batches.items()}
    advices = []
    for each in fulfilments:
        packed = list(_packed(each, shelf, lots, on=on))
        if packed:
            advices.append(_advice(each, packed, dock=dock, at=at))
    numbers = iter(_serials(sum(len(each.parcels) for each in advices)))
    numbered = [_with_numbers(each, numbers, prefix=dock.prefix) for each in advices]
    return despatch(advices=numbered, place=place, by=by, at=at)


def _families_there(place: str, *, on: date) -> list[str]:
    """Return the families of which a lot may leave a place on a day."""
    families = list(
        Position.objects.filter(place=place).values_list("family", flat=True).distinct()
    )
    return [
        family
        for family, found in stock.batches(place=place, families=families).items()
        if first_expired_first_out(units=1, batches=found, on=on)
    ]


def _packed(
    fulfilment: Fulfilment,
    shelf: Mapping[str, dict[int, Batch]],
    lots: Mapping[int, Lot],
    *,
    on: date,
) -> Iterator[PackedLine]:
    """Yield what is taken of each lot for each line, and take it from the shelf."""
    for line in fulfilment.lines.all():
        there = shelf.get(line.family_id, {})
        chosen = first_expired_first_out(units=line.to_come, batches=there.values(), on=on)
        for lot_id, units in chosen.items():
            batch = there[lot_id]
            there[lot_id] = Batch(
                lot=lot_id, units=batch.units - units, expires_on=batch.expires_on
            )
            lot = lots[lot_id]
            yield PackedLine(number=line.number, gtin=lot.article_id, lot=lot.number, units=units)


def _advice(
    fulfilment: Fulfilment, packed: Sequence[PackedLine], *, dock: Dock, at: datetime
) -> Advice:
    return Advice(
        reference=f"{fulfilment.place_id.upper()}-{fulfilment.pk}-{fulfilment.assignment}-{at:%y%m%d%H%M%S}",
        order=fulfilment.order.reference,
        assignment=fulfilment.assignment,
        packed_at=at,
        parcels=[PackedParcel(sscc="", lines=list(packed))],
        carrier=dock.carrier,
        expected_on=(at + _TRANSIT).astimezone(PARIS).date(),
    )


def _with_numbers(advice: Advice, numbers: Iterator[int], *, prefix: str) -> Advice:
    return Advice(
        reference=advice.reference,
        order=advice.order,
        assignment=advice.assignment,
        packed_at=advice.packed_at,
        parcels=[
            PackedParcel(sscc=make_sscc(prefix=prefix, serial=next(numbers)), lines=parcel.lines)
            for parcel in advice.parcels
        ],
        carrier=advice.carrier,
        expected_on=advice.expected_on,
    )


def _serials(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval('shipping_parcel_serial') FROM generate_series(1, %s)", [count]
        )
        return [serial for (serial,) in cursor.fetchall()]
