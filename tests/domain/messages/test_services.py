from datetime import UTC, datetime, timedelta

import pytest

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.messages import queries, services
from distrilog.domain.messages.models import Message
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.factories import FacilityFactory, PersonFactory, RegionFactory, actor, agency


pytestmark = pytest.mark.django_db
NOW = datetime(2020, 11, 2, 8, tzinfo=UTC)


@pytest.fixture
def reader():
    facility = FacilityFactory()
    profile = Profile.objects.create(person=PersonFactory(), role=Role.ORDERER, facility=facility)
    return Actor(
        person=str(profile.person_id),
        profile=profile.pk,
        role=Role.ORDERER,
        scope=Scope(kind=ScopeKind.FACILITY, code=facility.registry),
        facility_id=facility.pk,
        registry=facility.registry,
        region=facility.department.region_id,
    )


def send(key="k", **values):
    return services.send(
        key=key, title="Titre", body="Texte", by="cell", at=NOW, official=True, **values
    )


class TestInbox:
    @pytest.mark.parametrize(
        ("audience", "seen"),
        [
            ({}, True),
            ({"roles": ["orderer"]}, True),
            ({"roles": ["ars"]}, False),
            ({"regions": ["11"]}, True),
            ({"regions": ["76"]}, False),
            ({"roles": ["orderer"], "regions": ["76"]}, False),
        ],
    )
    def test_holds_what_its_audience_says(self, reader, audience, seen):
        send(**audience)
        assert queries.inbox(actor=reader).exists() is seen

    def test_tells_one_facility_and_no_other(self, reader):
        send(facility_ids=[reader.facility_id])
        send(key="other", facility_ids=[reader.facility_id + 1])
        assert [message.key for message in queries.inbox(actor=reader)] == ["k"]


class TestRead:
    def test_keeps_the_first_time(self, reader):
        message = send()
        services.read(actor=reader, message_id=message.pk, at=NOW, acknowledge=True)
        services.read(
            actor=reader, message_id=message.pk, at=NOW + timedelta(days=1), acknowledge=True
        )
        found = queries.inbox(actor=reader).get()
        assert found.acknowledged_at == NOW
        assert not queries.waiting(actor=reader).exists()

    def test_is_not_for_others_messages(self, reader):
        message = send(roles=["ars"])
        with pytest.raises(NotFound):
            services.read(actor=reader, message_id=message.pk, at=NOW)


class TestSend:
    def test_says_it_once_a_key(self):
        send()
        send()
        assert Message.objects.count() == 1


class TestBroadcast:
    def test_of_an_agency_stays_in_its_region(self):
        message = services.broadcast(
            actor=agency(RegionFactory(code="76")),
            key="b",
            title="T",
            body="B",
            at=NOW,
            regions=["11"],
        )
        assert message.regions == ["76"]

    def test_is_not_for_facilities(self, reader):
        with pytest.raises(Forbidden):
            services.broadcast(actor=reader, key="b", title="T", body="B", at=NOW)

    def test_wants_words(self):
        with pytest.raises(Invalid) as refused:
            services.broadcast(actor=actor(), key="b", title=" ", body="x" * 6000, at=NOW)
        assert {fault.where for fault in refused.value.faults} == {"title", "body"}
