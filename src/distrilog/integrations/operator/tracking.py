"""Where the parcels on their way are, asked of La Poste: those looked at longest ago first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Q

from distrilog.domain.shipping.models import Parcel
from distrilog.domain.shipping.services import keep_tracking
from distrilog.integrations.operator.suivi import (
    NUMBERS_IN_A_CALL,
    SuiviBusy,
    SuiviUnreachable,
    Tracked,
    track,
)


# One run of the job, every minute: 5,000 numbers an hour ask nothing unreasonable of La Poste.
CALLS_AT_ONCE: Final = 9
# A parcel moves a few times a day: asking more often tells nothing new.
LOOK_AGAIN_AFTER: Final = timedelta(minutes=30)


def look(*, at: datetime, calls: int = CALLS_AT_ONCE, after: timedelta = LOOK_AGAIN_AFTER) -> int:
    """
    Ask where the next parcels are, and keep what is new; return how many were answered.

    It stops at the first call that La Poste turns away or does not answer: those parcels come first next time.
    """
    parcels = list(
        Parcel.objects.filter(state=Parcel.State.IN_TRANSIT)
        .exclude(tracking="")
        .filter(Q(looked_at__isnull=True) | Q(looked_at__lte=at - after))
        .order_by(F("looked_at").asc(nulls_first=True), "pk")
        .values_list("tracking", "sscc")[: calls * NUMBERS_IN_A_CALL]
    )
    answered = 0
    for start in range(0, len(parcels), NUMBERS_IN_A_CALL):
        batch = parcels[start : start + NUMBERS_IN_A_CALL]
        try:
            found = track(numbers=[number for number, _sscc in batch])
        except SuiviBusy as busy:
            _keep(busy.tracked, batch, at=at)
            return answered + len(busy.tracked)
        except SuiviUnreachable:
            return answered
        _keep(found, batch, at=at)
        answered += len(found)
    return answered


def _keep(found: Sequence[Tracked], batch: Sequence[tuple[str, str]], *, at: datetime) -> None:
    """Keep the events of each number; two parcels never share one, but a misread one might."""
    told = {each.number: each for each in found}
    keep_tracking(
        seen={
            sscc: [
                (event.code, str(event.status or ""), event.label, event.at)
                for event in told[number.strip().upper()].events
            ]
            for number, sscc in batch
            if number.strip().upper() in told
        },
        at=at,
    )
