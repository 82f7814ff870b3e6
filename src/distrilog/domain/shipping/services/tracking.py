"""What the carrier says of parcels on their way."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from distrilog.domain.shipping.models import Parcel, TrackingEvent


# The carrier's code, what it means to us (`rules.TrackingStatus` or empty), its words, its moment.
Seen = tuple[str, str, str, datetime]


@transaction.atomic
def keep_tracking(*, seen: Mapping[str, Sequence[Seen]], at: datetime) -> int:
    """
    Keep the events of parcels, by SSCC; return how many were new.

    They are told to whoever waits, and change nothing in the books: a delivery is what the operator reports
    or the facility confirms.
    """
    parcels = {parcel.sscc: parcel for parcel in Parcel.objects.filter(sscc__in=list(seen))}
    before = TrackingEvent.objects.filter(parcel__in=parcels.values()).count()
    TrackingEvent.objects.bulk_create(
        [
            TrackingEvent(
                parcel=parcels[sscc], code=code[:10], status=status, label=label[:300], at=moment
            )
            for sscc, events in seen.items()
            if sscc in parcels
            for code, status, label, moment in events
        ],
        ignore_conflicts=True,
    )
    Parcel.objects.filter(sscc__in=list(parcels)).update(looked_at=at)
    return TrackingEvent.objects.filter(parcel__in=parcels.values()).count() - before
