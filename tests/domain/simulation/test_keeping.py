"""A replay is kept once for its figures, and the largest country is shown."""

from datetime import UTC, datetime

import pytest

from distrilog.domain.simulation.models import Replay
from distrilog.domain.simulation.queries import latest
from distrilog.domain.simulation.services import keep
from tests.domain.simulation.test_rules import replayed, week


pytestmark = pytest.mark.django_db

AT = datetime(2020, 11, 4, 9, tzinfo=UTC)
LATER = datetime(2020, 11, 5, 9, tzinfo=UTC)


class TestKeep:
    def test_keeps_the_same_figures_once_with_their_last_date(self):
        keep(replayed=replayed(week(), seconds=3), at=AT)
        keep(replayed=replayed(week(), seconds=4), at=LATER)
        (found,) = Replay.objects.all()
        assert (found.seconds, found.played_at) == (4, LATER)


class TestLatest:
    def test_shows_the_largest_country(self):
        keep(replayed=replayed(week(), facilities=9), at=AT)
        keep(replayed=replayed(week(), facilities=4), at=LATER)
        found = latest()
        assert found is not None
        assert found.facilities == 9

    def test_passes_over_what_another_version_kept(self):
        kept = keep(replayed=replayed(week()), at=AT)
        Replay.objects.filter(pk=kept.pk).update(result={"version": 0})
        assert latest() is None
