"""The list of facilities, and what one of them declared."""

import pytest

from tests.factories import ProfileFactory
from tests.web.cover.world import WEEK
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


@pytest.fixture
def told(covered):
    """Have homes say 30, 0 and 5 days, and one nothing."""
    for name, tenths in (("Les Lilas", 300), ("Le Parc", 0), ("Les Tilleuls", 50)):
        covered.said(covered.home(name), tenths)
    covered.home("Les Silencieux")
    covered.home("Capitole", covered.garonne)
    covered.rolled()
    return covered


LIST = "/couverture/etablissements/"


class TestList:
    @pytest.mark.usefixtures("told")
    def test_begins_with_who_runs_out_first(self, agency):
        page = words(agency.get(LIST))
        order = [
            page.index(name) for name in ("Le Parc", "Les Tilleuls", "Les Lilas", "Les Silencieux")
        ]
        assert order == sorted(order)
        assert "4 établissements" in page

    def test_says_when_with_an_interval(self, told, agency):
        covered = told
        covered.said(covered.homes[2], 150, week=WEEK.plus(-1), consumption=350)
        page = words(agency.get(LIST))
        assert "5,0 jours Alerte" in page
        assert "du 8 nov. au 13 nov." in page

    @pytest.mark.parametrize(
        ("query", "shown", "hidden"),
        [
            ("etat=rupture", "Le Parc", "Les Tilleuls"),
            ("etat=alerte", "Les Tilleuls", "Le Parc"),
            ("etat=couvert", "Les Lilas", "Le Parc"),
            ("etat=silencieux", "Les Silencieux", "Le Parc"),
            ("q=lilas", "Les Lilas", "Le Parc"),
        ],
    )
    @pytest.mark.usefixtures("told")
    def test_filters(self, agency, query, shown, hidden):
        page = words(agency.get(f"{LIST}?{query}"))
        assert shown in page
        assert hidden not in page
        assert "1 établissement · effacer les filtres" in page

    @pytest.mark.usefixtures("told")
    def test_sorts_by_name_both_ways(self, agency):
        page = words(agency.get(f"{LIST}?tri=nom"))
        assert page.index("Le Parc") < page.index("Les Tilleuls")
        turned = words(agency.get(f"{LIST}?tri=nom&sens=desc"))
        assert turned.index("Les Tilleuls") < turned.index("Le Parc")

    @pytest.mark.parametrize(
        "query", ["page=0", "page=x", "groupe=x", "etat=x", "tri=x", "q=%25%5F%5C%27"]
    )
    @pytest.mark.usefixtures("told")
    def test_passes_over_what_means_nothing(self, agency, query):
        assert agency.get(f"{LIST}?{query}").status_code == 200

    @pytest.mark.usefixtures("told")
    def test_says_that_a_page_is_beyond_the_last(self, agency):
        assert "Cette page de la liste n’existe pas" in words(agency.get(f"{LIST}?page=9"))

    @pytest.mark.usefixtures("told")
    def test_says_when_nothing_matches(self, agency):
        assert "Aucun établissement ne correspond" in words(agency.get(f"{LIST}?q=zzz"))

    @pytest.mark.usefixtures("told")
    def test_never_shows_another_region(self, agency):
        assert "Capitole" not in words(agency.get(LIST))
        assert agency.get(f"{LIST}?niveau=region&code=76").status_code == 404

    def test_shows_a_platform_its_territory(self, told):
        platform = ProfileFactory(role="platform", facility=told.territory.platform)
        page = words(client_of(platform).get(LIST))
        assert "Les Tilleuls" in page
        assert "Capitole" not in page

    def test_shows_a_facility_itself_alone(self, told):
        page = words(client_of(profile_of(told.homes[2])).get(LIST))
        assert "Les Tilleuls" in page
        assert "Les Lilas" not in page

    def test_takes_the_same_queries_for_many(self, told, agency):
        few = queries_of(agency, LIST)
        for rank in range(20):
            told.said(told.home(f"Résidence {rank}"), 10 * rank)
        assert queries_of(agency, LIST) == few


class TestFacility:
    def test_shows_what_it_declared(self, told, agency):
        home = told.homes[2]
        page = words(agency.get(f"{LIST}{home.registry}/"))
        assert "Les Tilleuls" in page
        assert "5,0 jours Alerte" in page
        assert "Semaine 45 (2–8 nov. 2020)" in page

    def test_tells_its_difficulties(self, told, agency):
        told.told(told.homes[0], words="Plus une blouse.")
        page = words(agency.get(f"{LIST}{told.homes[0].registry}/"))
        assert "Plus une blouse." in page

    def test_says_that_it_never_declared(self, told, agency):
        page = words(agency.get(f"{LIST}{told.homes[3].registry}/"))
        assert "Rien déclaré pour l’instant" in page

    def test_knows_nothing_outside_the_scope(self, told, agency):
        assert agency.get(f"{LIST}{told.homes[4].registry}/").status_code == 404
        other = client_of(profile_of(told.homes[0]))
        assert other.get(f"{LIST}{told.homes[1].registry}/").status_code == 404
