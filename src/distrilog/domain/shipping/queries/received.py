"""What a facility has received since it last counted: what a declaration’s form adds to its last stock."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Sum

from distrilog.domain.shipping.models import Claim, Content, Parcel


def received_since(*, facility_id: int, since: datetime) -> Mapping[str, int]:
    """
    Return the units that a facility received well after a moment, by family, less what it claims; two statements.

    What had arrived by then was counted by whoever counted, even if it was only confirmed later.
    """
    found = Counter(
        dict(
            Content.objects.filter(
                parcel__despatch__fulfilment__order__facility=facility_id,
                parcel__despatch__receipt__isnull=False,
                parcel__ended_at__gt=since,
                parcel__state=Parcel.State.DELIVERED,
            )
            .values_list("line__family")
            .annotate(Sum("units"))
            .values_list("line__family", "units__sum")
        )
    )
    found.subtract(
        dict(
            Claim.objects.filter(
                despatch__fulfilment__order__facility=facility_id,
                parcel__ended_at__gt=since,
                # What nobody announced is in no parcel’s contents, and what was found after all was received.
                lot__isnull=False,
                parcel__state=Parcel.State.DELIVERED,
            )
            .exclude(outcome__in=[Claim.Outcome.FOUND, Claim.Outcome.KEPT])
            .values_list("family")
            .annotate(Sum("units"))
            .values_list("family", "units__sum")
        )
    )
    return {family: max(0, units) for family, units in found.items()}
