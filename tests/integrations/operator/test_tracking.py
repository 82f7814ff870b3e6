"""Which parcels are looked for, in what order, and what is kept of the answer."""

from datetime import timedelta

import pytest

from distrilog.domain.shipping.models import Parcel, TrackingEvent
from distrilog.integrations.operator import tracking
from distrilog.integrations.operator.suivi import Event, SuiviBusy, SuiviUnreachable, Tracked
from tests.domain.shipping.chain import LATER, advice, released, ship
from tests.integrations.operator.partner import NOW


pytestmark = pytest.mark.django_db


def number(serial):
    return f"6A{serial:011d}"


def tracked(numbers):
    return [
        Tracked(number=each, events=[Event(code="PC1", label="Pris en charge", at=LATER)])
        for each in numbers
    ]


@pytest.fixture
def parcels():
    """Return three parcels on their way, each with a number."""
    references = released()
    ship(*(advice(each, number=f"D{rank}") for rank, each in enumerate(references, 1)))
    found = list(Parcel.objects.order_by("pk"))
    for rank, parcel in enumerate(found, 1):
        parcel.tracking = number(rank)
        parcel.save()
    return found


@pytest.fixture
def asked(monkeypatch):
    """Answer every call; return the numbers of each."""
    calls = []

    def track(*, numbers):
        calls.append(list(numbers))
        return tracked(numbers)

    monkeypatch.setattr(tracking, "track", track)
    return calls


class TestLook:
    def test_keeps_what_the_carrier_says(self, parcels, asked):
        assert tracking.look(at=NOW) == 3
        assert asked == [[number(1), number(2), number(3)]]
        event = TrackingEvent.objects.filter(parcel=parcels[0]).get()
        assert (event.code, event.status, event.label, event.at) == (
            "PC1",
            "in_transit",
            "Pris en charge",
            LATER,
        )

    def test_looks_first_at_what_was_looked_at_longest_ago(self, parcels, asked, monkeypatch):
        monkeypatch.setattr(tracking, "NUMBERS_IN_A_CALL", 1)
        for parcel, hours in zip(parcels, (1, 3, 2), strict=True):
            parcel.looked_at = NOW - timedelta(hours=hours)
            parcel.save()
        tracking.look(at=NOW, calls=2)
        assert asked == [[number(2)], [number(3)]]

    def test_leaves_alone_what_ended_has_no_number_or_was_just_seen(self, parcels, asked):
        first, second, third = parcels
        first.state, second.tracking = "delivered", ""
        third.looked_at = NOW - timedelta(minutes=5)
        for parcel in parcels:
            parcel.save()
        assert tracking.look(at=NOW) == 0
        assert asked == []

    @pytest.mark.usefixtures("parcels", "asked")
    def test_says_the_same_again_without_keeping_it_twice(self):
        tracking.look(at=NOW)
        tracking.look(at=NOW + timedelta(hours=1))
        assert TrackingEvent.objects.count() == 3

    def test_stops_when_it_is_told_to_wait(self, parcels, monkeypatch):
        monkeypatch.setattr(tracking, "NUMBERS_IN_A_CALL", 2)
        calls = []

        def busy(*, numbers):
            calls.append(numbers)
            raise SuiviBusy(seconds=60, tracked=tracked(numbers[:1]))

        monkeypatch.setattr(tracking, "track", busy)
        assert tracking.look(at=NOW) == 1
        assert len(calls) == 1
        looked_at = [each.looked_at for each in Parcel.objects.order_by("pk")]
        assert looked_at == [NOW, None, None]
        assert len(parcels) == 3

    @pytest.mark.usefixtures("parcels")
    def test_leaves_it_for_next_time_when_nobody_answers(self, monkeypatch):
        def away(*, numbers):
            raise SuiviUnreachable(str(numbers))

        monkeypatch.setattr(tracking, "track", away)
        assert tracking.look(at=NOW) == 0
        assert not Parcel.objects.filter(looked_at__isnull=False).exists()
