"""Difficulties told with declarations: the most urgent first, and who has seen them."""

import pytest

from distrilog.domain.declarations.models import Difficulty
from tests.web.reading import queries_of, words


PAGE = "/couverture/difficultes/"


@pytest.fixture
def told(covered):
    """Have a home tell something for later, another something for today, and one elsewhere."""
    covered.told(covered.home("Les Tilleuls"), urgency="later", words="Bientôt plus de blouses.")
    covered.told(covered.home("Les Lilas"), urgency="today", words="Plus un masque.")
    covered.told(covered.home("Capitole", covered.garonne), words="Foyer ouvert.")
    return covered


class TestDifficulties:
    @pytest.mark.usefixtures("told")
    def test_begins_with_the_most_urgent(self, agency):
        page = words(agency.get(PAGE))
        assert page.index("Plus un masque.") < page.index("Bientôt plus de blouses.")
        assert "Foyer ouvert." not in page

    @pytest.mark.usefixtures("told")
    def test_keeps_a_kind(self, agency):
        assert "Plus un masque." in words(agency.get(f"{PAGE}?nature=rupture"))
        assert "Plus un masque." not in words(agency.get(f"{PAGE}?nature=taille"))

    @pytest.mark.usefixtures("told")
    def test_is_marked_seen_once_and_leaves_the_list(self, agency):
        one = Difficulty.objects.get(words="Plus un masque.")
        response = agency.post(f"{PAGE}{one.pk}/vue/", {"retour": PAGE}, follow=True)
        assert "Plus un masque." not in words(response)
        assert "Plus un masque." in words(agency.get(f"{PAGE}?voir=toutes"))
        one.refresh_from_db()
        assert one.seen_by

    @pytest.mark.usefixtures("told")
    def test_is_not_marked_outside_the_scope(self, agency):
        far = Difficulty.objects.get(words="Foyer ouvert.")
        assert agency.post(f"{PAGE}{far.pk}/vue/").status_code == 404
        assert agency.post(f"{PAGE}999999999999999999999/vue/").status_code == 404

    @pytest.mark.usefixtures("told")
    def test_says_when_all_was_seen(self, agency):
        for one in Difficulty.objects.all():
            agency.post(f"{PAGE}{one.pk}/vue/")
        assert "Tout a été vu" in words(agency.get(PAGE))

    @pytest.mark.usefixtures("covered")
    def test_says_that_none_was_told(self, agency):
        assert "Aucune difficulté signalée" in words(agency.get(f"{PAGE}?voir=toutes"))

    def test_takes_the_same_queries_for_many(self, told, agency):
        few = queries_of(agency, PAGE)
        for rank in range(20):
            told.told(told.home(f"Résidence {rank}"))
        assert queries_of(agency, PAGE) == few
