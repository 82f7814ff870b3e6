import pytest

from distrilog.domain.messages.models import Message, Reading
from distrilog.domain.messages.services import send
from tests.domain.orders.world import AT
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


@pytest.fixture
def official(world) -> Message:  # noqa: ARG001
    return send(
        key="official",
        title="Tension sur les gants",
        body="Première ligne.\n\nDeuxième <b>ligne</b>.",
        regions=["11"],
        official=True,
        by="cell",
        at=AT,
    )


class TestInbox:
    def test_says_so_when_it_is_empty(self, home):
        assert "Aucun message" in words(home.get("/messages/"))

    def test_says_what_is_to_be_acknowledged(self, home, official):
        assert official.title in words(home.get("/messages/"))
        assert "À confirmer" in words(home.get("/messages/"))

    def test_shows_nothing_meant_for_others(self, world, official):
        stranger = client_of(profile_of(world.stranger))
        assert official.title not in words(stranger.get("/messages/"))

    @pytest.mark.usefixtures("official")
    def test_takes_the_same_queries_for_many(self, home):
        few = queries_of(home, "/messages/")
        for rank in range(19):
            send(key=f"more-{rank}", title="Encore", body="…", by="cell", at=AT)
        assert queries_of(home, "/messages/") == few


class TestMessage:
    def test_shows_the_text_as_text(self, home, official):
        response = home.get(f"/messages/{official.pk}/")
        assert "Deuxième <b>ligne</b>." in words(response)
        assert not Reading.objects.exists()

    def test_does_not_exist_for_others(self, world, official):
        stranger = client_of(profile_of(world.stranger))
        assert stranger.get(f"/messages/{official.pk}/").status_code == 404
        assert stranger.post(f"/messages/{official.pk}/accuser-reception/").status_code == 404


class TestAcknowledge:
    def test_notes_it_once(self, home, official):
        for _ in range(2):
            response = home.post(f"/messages/{official.pk}/accuser-reception/", follow=True)
        assert "Votre accusé de lecture est enregistré." in words(response)
        assert "Lecture confirmée" in words(response)
        assert Reading.objects.get().acknowledged_at == AT
