import pytest
from django.test import Client

from distrilog.domain.regimes.models import Window
from distrilog.web.facility.views.help import TOPICS
from tests.domain.orders.world import declare
from tests.web.reading import words


@pytest.mark.usefixtures("world")
class TestTopics:
    @pytest.mark.parametrize("name", TOPICS)
    def test_open_to_all(self, name):
        response = Client().get(f"/aide/{name}/")
        assert response.status_code == 200
        assert TOPICS[name] in words(response)

    def test_are_a_closed_list(self):
        assert Client().get("/aide/autre/").status_code == 404

    def test_list_the_questions(self):
        assert "Que devient ce que je n’ai pas commandé ?" in words(Client().get("/aide/"))


class TestRulesInForce:
    def test_follow_a_decision(self, home):
        declare(["glove"], regime="tension")
        assert "Gants En tension depuis le jeudi 1er octobre 2020 1" in words(
            home.get("/aide/regimes/")
        )

    def test_follow_the_calendar(self, home):
        assert "lundi 2 novembre à 8 h vendredi 6 novembre à 12 h 3 jours" in words(
            home.get("/aide/fenetres/")
        )
        Window.objects.update(closed=True)
        assert "Fermée cette semaine" in words(home.get("/aide/fenetres/"))
