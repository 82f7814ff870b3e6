"""The replays that are kept."""

from distrilog.domain.simulation.models import Replay
from distrilog.domain.simulation.rules import VERSION


def latest() -> Replay | None:
    """Return the replay to show: the one of most facilities, the last played among them."""
    return (
        Replay.objects.filter(result__version=VERSION).order_by("-facilities", "-played_at").first()
    )
