"""How fast one token may ask: a bucket in the process, so the limit is at least this, times the workers."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from django.conf import settings


# More buckets than tokens ever ask in a minute on one process; the full ones are forgotten first.
MOST_BUCKETS = 20_000
_SECONDS = 60


@dataclass(slots=True)
class Bucket:
    """What one token may still ask, as of a moment."""

    left: float
    at: float


class Limiter:
    """Let each owner make so many requests a minute, a whole minute's worth at once if it waited."""

    def __init__(self, *, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}
        self._lock = Lock()

    def seconds_to_wait(self, owner: str) -> int:
        """Take one request from an owner's bucket: zero if there was one, else the seconds until there is."""
        now = self._clock()
        with self._lock:
            bucket = self._buckets.get(owner)
            if bucket is None:
                self._make_room(now)
                bucket = self._buckets[owner] = Bucket(left=float(self._per_minute), at=now)
            bucket.left = self._filled(bucket, now)
            bucket.at = now
            if bucket.left >= 1:
                bucket.left -= 1
                return 0
            return int((1 - bucket.left) * _SECONDS / self._per_minute) + 1

    def _filled(self, bucket: Bucket, now: float) -> float:
        earned = (now - bucket.at) * self._per_minute / _SECONDS
        return min(bucket.left + earned, float(self._per_minute))

    def _make_room(self, now: float) -> None:
        """Forget the buckets that are full again: a new one would be the same."""
        if len(self._buckets) < MOST_BUCKETS:
            return
        self._buckets = {
            owner: bucket
            for owner, bucket in self._buckets.items()
            if self._filled(bucket, now) < self._per_minute
        }


LIMITER = Limiter(per_minute=settings.API_REQUESTS_PER_MINUTE)
