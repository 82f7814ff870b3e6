import re

import pytest

from distrilog.domain.accounts.models import Token
from distrilog.domain.accounts.queries import actor_of_token
from distrilog.domain.accounts.rules import Deed
from tests.domain.orders.world import AT
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


def secret_of(response) -> str:
    return re.search(r'id="secret">([^<]+)<', response.content.decode()).group(1)


class TestKeys:
    def test_shows_a_new_key_once(self, world, home):
        response = home.post("/cles/", {"name": "Logiciel", "days": 30, "deeds": ["quota.read"]})
        secret = secret_of(response)
        assert "elle ne sera plus jamais affichée" in words(response)
        assert "vendredi 4 décembre 2020" in words(response)
        again = home.get("/cles/")
        assert secret not in again.content.decode()
        assert "Logiciel" in words(again)
        actor = actor_of_token(secret=secret, at=AT)
        assert actor.registry == world.home.registry
        assert actor.may(Deed.QUOTA_READ)
        assert not actor.may(Deed.ORDER_PLACE)

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"name": ""}, "Donnez un nom à cette clé."),
            ({"name": "x" * 81}, "80"),
            ({"days": "9999"}, "Choisissez une durée de la liste."),
            ({"deeds": ["run.sign"]}, "Ce droit n’est pas celui de votre rôle."),
        ],
    )
    def test_says_what_is_wrong(self, home, sent, told):
        response = home.post("/cles/", {"name": "Logiciel", "days": 30} | sent)
        assert response.status_code == 422
        assert told in words(response)
        assert not Token.objects.exists()

    def test_takes_the_same_queries_for_many(self, home):
        home.post("/cles/", {"name": "Un", "days": 30})
        few = queries_of(home, "/cles/")
        for rank in range(15):
            home.post("/cles/", {"name": f"Clé {rank}", "days": 30})
        assert queries_of(home, "/cles/") == few


class TestRevoke:
    def test_ends_a_key_at_once(self, home):
        secret = secret_of(home.post("/cles/", {"name": "Logiciel", "days": 30}))
        token = Token.objects.get()
        page = words(home.post(f"/cles/{token.pk}/revoquer/", follow=True))
        assert "Révoquée" in page
        assert actor_of_token(secret=secret, at=AT) is None

    def test_leaves_the_keys_of_others(self, world, home):
        home.post("/cles/", {"name": "Logiciel", "days": 30})
        token = Token.objects.get()
        other = client_of(profile_of(world.home))
        assert other.post(f"/cles/{token.pk}/revoquer/").status_code == 404
        assert Token.objects.get().revoked_at is None
