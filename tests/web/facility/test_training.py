import pytest

from distrilog.domain.messages.services import read, send
from distrilog.domain.orders.rules import Asked, QuotaExceeded
from distrilog.domain.orders.services import amend, cancel, place
from distrilog.web.shared.rights import actor_of
from tests.domain.orders.world import AT
from tests.web.people import client_of, profile_of
from tests.web.reading import words


@pytest.mark.usefixtures("world")
class TestTraining:
    @pytest.fixture(autouse=True)
    def demo(self, settings):
        settings.DEMO = True

    def test_exists_in_the_demonstration_alone(self, home, settings):
        assert home.get("/entrainement/").status_code == 200
        settings.DEMO = False
        assert home.get("/entrainement/").status_code == 404

    def test_ticks_what_was_done(self, world, home):
        response = home.get("/entrainement/")
        assert "0 sur 5 exercices faits" in words(response)
        actor = actor_of(response.wsgi_request)
        kept = place(actor=actor, demand=world.demand(), at=AT).reference
        amend(actor=actor, reference=kept, lines=[Asked(family="gown", units=10)], at=AT)
        gone = place(actor=actor, demand=world.demand(), at=AT).reference
        cancel(actor=actor, reference=gone, at=AT)
        with pytest.raises(QuotaExceeded):
            place(actor=actor, demand=world.demand({"ffp2": 50_000}), at=AT)
        told = send(key="one", title="Alerte", body="…", official=True, by="cell", at=AT)
        read(actor=actor, message_id=told.pk, at=AT, acknowledge=True)
        assert "5 sur 5 exercices faits : vous savez tout faire." in words(
            home.get("/entrainement/")
        )

    def test_has_nothing_for_those_who_do_not_order(self):
        agency = client_of(profile_of(None, role="ars", perimeter="11"))
        assert "Les exercices sont ceux d’un établissement" in words(agency.get("/entrainement/"))
