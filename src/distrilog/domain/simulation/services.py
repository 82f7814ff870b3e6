"""Keeping what a replay found."""

from datetime import datetime

from django.db import transaction

from distrilog.domain.simulation.models import Replay
from distrilog.domain.simulation.rules import Replayed


@transaction.atomic
def keep(*, replayed: Replayed, at: datetime) -> Replay:
    """Keep a replay to be shown; the same figures again are kept once, with their last date."""
    replay, _ = Replay.objects.update_or_create(
        digest=replayed.digest,
        defaults={
            "first_week": replayed.first,
            "last_week": replayed.last,
            "facilities": replayed.facilities,
            "seconds": replayed.seconds,
            "result": replayed.as_json(),
            "played_at": at,
        },
    )
    return replay
