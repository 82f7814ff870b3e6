"""The page of the replay, with and without one."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from distrilog.domain.simulation.services import keep
from tests.factories import FamilyFactory
from tests.web.reading import queries_of, words
from tests.web.transparency.replays import replayed


ADDRESS = "/transparence/rejeu/"


@pytest.fixture
def anyone(db) -> Client:  # noqa: ARG001
    """Return the browser of somebody without an account."""
    return Client()


@pytest.fixture
def kept(anyone):  # noqa: ARG001
    """Keep a replay of three weeks."""
    FamilyFactory(code="surgical_mask", plural="masques chirurgicaux")
    FamilyFactory(code="ffp2", plural="masques FFP2")
    return keep(replayed=replayed(), at=datetime(2020, 11, 4, 9, tzinfo=UTC))


@pytest.mark.usefixtures("kept")
class TestPage:
    def test_shows_each_week_as_a_bar_and_as_a_row(self, anyone):
        answer = anyone.get(ADDRESS)
        page, html = words(answer), answer.content.decode()
        assert (
            "Semaine 16 (13–19 avr. 2020) poussé 2020-03-26 1 900 000 2 000 000 2 000 000" in page
        )
        assert "échantillon : 12 345" in page
        # Twice: the wide drawing and the narrow one; the first week in two parts.
        assert html.count('class="dl-replay__bar dl-replay__bar--requisition" x=') == 2
        assert html.count('class="dl-replay__bar dl-replay__bar--pull" x=') == 2
        assert "<title>Semaine 41 : 2 000 000</title>" in html.replace("\u202f", " ")

    def test_puts_printed_figures_beside_its_own(self, anyone):
        page = words(anyone.get(ADDRESS))
        assert "2 835 550 200 000 Le rejeu donne 92,9 % de moins." in page
        assert "Le rejeu ne couvre pas cette semaine." in page
        assert "GHT Haute-Garonne et Tarn Ouest 645 400 22,8 % 300 75,0 %" in page
        assert "2 684 040 2 684 040 aucun" in page

    def test_shows_a_region_with_what_is_printed_of_it(self, anyone):
        answer = anyone.get(f"{ADDRESS}?territoire=76")
        assert "200 000" in words(answer)
        assert "726 075" in words(answer)
        assert answer.content.decode().count("dl-replay__printed") > 2

    def test_shows_another_family(self, anyone):
        assert "300 000" in words(anyone.get(f"{ADDRESS}?famille=ffp2"))

    @pytest.mark.parametrize("query", ["?famille=gants", "?territoire=99", "?famille="])
    def test_shows_the_first_family_to_who_asks_for_nonsense(self, anyone, query):
        answer = anyone.get(f"{ADDRESS}{query}")
        assert answer.status_code == 200
        assert "Masques chirurgicaux" in words(answer)

    def test_cites_every_hypothesis(self, anyone):
        page = words(anyone.get(ADDRESS))
        assert "décret n° 2020-190" in page
        assert "aucun volume national hebdomadaire n’est imprimé" in page

    def test_takes_few_queries(self, anyone):
        assert queries_of(anyone, ADDRESS) <= 5


class TestEmptyPage:
    def test_says_how_to_make_one(self, anyone):
        page = words(anyone.get(ADDRESS))
        assert "./distrilog manage replay" in page
        assert "17 000 000" in page
