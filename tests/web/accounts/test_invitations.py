"""The page of accounts."""

import pytest

from distrilog.integrations.identity.models import Invitation
from tests.web.people import client_of, profile_of


@pytest.fixture
def director(world):
    return client_of(profile_of(world.home, role="director"))


class TestInvitations:
    def asked(self, world, **more):
        values = {"registry": world.home.registry, "role": "orderer", "name": "Essai"}
        return {**values, "email": "essai@example.org", **more}

    def test_shows_who_is_invited(self, director, world):
        answer = director.post("/comptes/", self.asked(world), follow=True)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "Essai est invité" in page
        assert "À transmettre à PLAGE" in page
        assert Invitation.objects.get().facility == world.home

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"email": "x"}, "adresse"),
            ({"name": " "}, "obligatoire"),
            ({"registry": "000000000"}, "dans votre périmètre"),
        ],
    )
    def test_says_at_the_field_what_is_wrong(self, director, world, change, words):
        answer = director.post("/comptes/", self.asked(world, **change))
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not Invitation.objects.exists()

    def test_does_not_grow_in_queries(self, director, world, django_assert_max_num_queries):
        for number in range(5):
            director.post("/comptes/", self.asked(world, email=f"{number}@example.org"))
        with django_assert_max_num_queries(8):
            director.get("/comptes/")
