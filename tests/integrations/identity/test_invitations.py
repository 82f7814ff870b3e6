"""Invitations, and the messages with PLAGE, against the stand-in in its own process."""

from datetime import UTC, date, datetime, timedelta

import pytest

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.rules import Role
from distrilog.integrations.identity.invitations import (
    InvalidInvitation,
    Wanted,
    exchange,
    invite,
    latest,
    progress,
)
from distrilog.integrations.identity.models import Invitation
from distrilog.integrations.identity.plage import Asked, Plage, PlageUnreachable
from distrilog.integrations.identity.rules import Answer, State
from distrilog.kernel.refusals import Forbidden, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.factories import FacilityFactory, ProfileFactory, actor, agency, orderer


pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("plage")]

AT = datetime(2020, 11, 4, 9, tzinfo=UTC)


@pytest.fixture
def ars(home):
    return agency(home.department.region)


def wanted(home, **more) -> Wanted:
    values = {"role": "director", "name": "Directrice (essai)", "email": "direction@example.org"}
    return Wanted(**{"registry": home.registry, **values, **more})


def states() -> list[str]:
    return list(Invitation.objects.order_by("pk").values_list("state", flat=True))


class TestInvite:
    def test_keeps_one_however_often(self, home, ars):
        first = invite(actor=ars, wanted=wanted(home), at=AT)
        again = invite(actor=ars, wanted=wanted(home, email=" Direction@example.org "), at=AT)
        assert first == again
        assert states() == ["waiting"]

    def test_refuses_all_faults_at_once(self, home, ars):
        home.closed_on = date(2020, 11, 1)
        home.save()
        with pytest.raises(InvalidInvitation) as refusal:
            invite(actor=ars, wanted=wanted(home, role="ars", name="", email="x"), at=AT)
        where = [fault.where for fault in refusal.value.faults]
        assert where == ["registry", "role", "name", "email"]

    def test_knows_no_facility_outside_the_scope(self, home, ars):  # noqa: ARG002
        stranger = FacilityFactory(department__code="31", department__region__code="76")
        with pytest.raises(NotFound):
            invite(actor=ars, wanted=wanted(stranger), at=AT)

    def test_is_not_for_those_who_order(self, home):
        with pytest.raises(Forbidden):
            invite(actor=orderer(home), wanted=wanted(home), at=AT)
        invite(actor=orderer(home, role=Role.DIRECTOR), wanted=wanted(home), at=AT)

    def test_leaves_a_log(self, home, ars, plage):  # noqa: ARG002
        invite(actor=ars, wanted=wanted(home, email="journal@example.org"), at=AT)
        with Plage() as to_plage:
            exchange(plage=to_plage, at=AT)
        events = Invitation._meta.apps.get_model("identity", "InvitationEvent").objects
        assert list(events.order_by("pgh_id").values_list("state", flat=True)) == [
            "waiting",
            "asked",
        ]


class TestExchange:
    def test_asks_then_hears_that_the_account_is_made(self, home, ars, plage, browser):
        plage.states("autre")
        invite(actor=ars, wanted=wanted(home, email="creation@example.org"), at=AT)
        with Plage() as to_plage:
            assert exchange(plage=to_plage, at=AT) == 1
            assert states() == ["asked"]
            assert exchange(plage=to_plage, at=AT + timedelta(minutes=1)) == 1
            assert states() == ["created"]
            assert exchange(plage=to_plage, at=AT + timedelta(minutes=2)) == 0
        assert browser.log_in("creation@example.org") == "/aide/"
        assert Profile.objects.get().role == "director"

    def test_hears_that_the_account_exists(self, home, ars, plage):
        plage.states("connue@example.org")
        invite(actor=ars, wanted=wanted(home, email="connue@example.org"), at=AT)
        with Plage() as to_plage:
            exchange(plage=to_plage, at=AT)
        assert states() == ["known"]

    def test_hears_a_refusal_and_why(self, home, ars, plage):  # noqa: ARG002
        invite(actor=ars, wanted=wanted(home, email="x@refus.example"), at=AT)
        with Plage() as to_plage:
            exchange(plage=to_plage, at=AT)
            exchange(plage=to_plage, at=AT)
        assert states() == ["refused"]
        assert "professionnelle" in Invitation.objects.get().motive

    def test_waits_while_plage_is_out_of_reach(self, home, ars):
        invite(actor=ars, wanted=wanted(home), at=AT)
        with Plage(url="http://127.0.0.1:9") as nobody:
            assert exchange(plage=nobody, at=AT) == 0
        assert states() == ["waiting"]

    def test_is_not_held_up_by_one_that_plage_turns_down(self, home, ars, plage):  # noqa: ARG002
        bad = invite(actor=ars, wanted=wanted(home, email="bad@example.org"), at=AT)
        with Plage() as to_plage:
            taken = Asked(key=str(bad.key), name="x", email="x@x.fr", facility="x", role="x")
            to_plage.request_creation(taken)
            invite(actor=ars, wanted=wanted(home, email="good@example.org"), at=AT)
            exchange(plage=to_plage, at=AT)
        assert states() == ["refused", "asked"]


class TestPlage:
    ASKED = Asked(
        key="5b1f6d2e-8c8e-4c55-9a41-0d6a3c1f0001",
        name="Essai",
        email="essai@example.org",
        facility="310000002",
        role="director",
    )

    def test_takes_the_same_request_once(self, plage):  # noqa: ARG002
        with Plage() as to_plage:
            for _ in range(2):
                assert to_plage.request_creation(self.ASKED).answer is Answer.RECEIVED
            assert to_plage.confirmation(key=self.ASKED.key).answer is Answer.CREATED
            assert to_plage.account_exists(email="essai@example.org")
            assert not to_plage.account_exists(email="personne@example.org")

    def test_is_refused_without_the_secret(self, plage):  # noqa: ARG002
        with Plage(secret="x") as to_plage, pytest.raises(PlageUnreachable):
            to_plage.account_exists(email="essai@example.org")


class TestProgress:
    def test_counts_who_is_there_who_is_invited_and_who_lacks(self, home, ars):
        invited, refused = FacilityFactory(), FacilityFactory()
        FacilityFactory()
        FacilityFactory(pharmacy=True)
        FacilityFactory(closed=True)
        ProfileFactory(role="director", facility=home)
        invite(actor=ars, wanted=wanted(invited), at=AT)
        invite(actor=ars, wanted=wanted(refused), at=AT)
        Invitation.objects.filter(facility=refused).update(state=State.REFUSED)
        found = progress(scope=ars.scope, at=AT)
        assert (found.facilities, found.with_account, found.without_anyone) == (4, 1, 2)
        assert found.states == {State.WAITING: 1, State.REFUSED: 1}

    def test_sees_its_scope_alone(self, home, ars):
        invite(actor=ars, wanted=wanted(home), at=AT)
        elsewhere = Scope(kind=ScopeKind.REGION, code="76")
        assert progress(scope=elsewhere, at=AT).facilities == 0
        assert list(latest(scope=elsewhere)) == []
        assert len(latest(scope=actor().scope)) == 1
