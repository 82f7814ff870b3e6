"""The picture of cover: from the country down to facilities, by article and week."""

import pytest

from distrilog.domain.declarations.models import RollUpState
from tests.domain.declarations.world import MASK
from tests.domain.orders.world import AT
from tests.web.cover.world import WEEK
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


@pytest.fixture
def told(covered):
    """Have three of four homes declare: 10 and 30 days in Île-de-France, 21 in Occitanie."""
    short, long = covered.home("Les Tilleuls"), covered.home("Les Lilas", covered.seine)
    far = covered.home("Capitole", covered.garonne)
    covered.home("Les Silencieux", covered.seine)
    for facility, tenths in ((short, 100), (long, 300), (far, 210)):
        covered.said(facility, tenths)
    covered.rolled()
    return covered


class TestPicture:
    @pytest.mark.usefixtures("told")
    def test_says_the_days_and_how_many_said_them(self, cell):
        page = words(cell.get("/couverture/"))
        assert "Couverture : France" in page
        assert "20,3 jours À surveiller dit par 3 sur 4 (75 %)" in page
        assert "À jour à 10 h" in page

    @pytest.mark.usefixtures("told")
    def test_adds_up_at_each_level(self, cell):
        country = words(cell.get("/couverture/"))
        assert "Île-de-France 20,0 jours À surveiller 66 % 2 sur 3" in country
        assert "Occitanie 21,0 jours Couvert 100 % 1 sur 1" in country
        assert "France 20,3 jours À surveiller 75 % 3 sur 4" in country
        region = words(cell.get("/couverture/?niveau=region&code=11"))
        assert "Paris 10,0 jours À surveiller 100 % 1 sur 1" in region
        assert "Seine-Saint-Denis 30,0 jours Couvert 50 % 1 sur 2" in region
        assert "Île-de-France 20,0 jours À surveiller 66 % 2 sur 3" in region

    @pytest.mark.usefixtures("told")
    def test_leads_from_the_country_down_to_facilities(self, cell):
        steps = ["/couverture/"]
        for name in ("Île-de-France", "Paris", "GHT Paris"):
            html = cell.get(steps[-1]).content.decode()
            start = html.rindex('<th scope="row"><a href=', 0, html.index(f">{name}</a></th>"))
            steps.append(html[start:].split('"')[3].replace("&amp;", "&"))
        last = cell.get(steps[-1])
        assert "France › Île-de-France › Paris › GHT Paris" in words(last).replace("  ", " › ") or (
            "France Île-de-France Paris GHT Paris" in words(last)
        )
        assert "Les Tilleuls" in words(last)
        assert "Les Lilas" not in words(last)

    @pytest.mark.parametrize(
        ("tenths", "word"), [(209, "À surveiller"), (210, "Couvert"), (211, "Couvert")]
    )
    def test_judges_to_the_tenth_of_a_day(self, covered, cell, tenths, word):
        covered.said(covered.home("Les Tilleuls"), tenths)
        covered.rolled()
        days = f"{tenths // 10},{tenths % 10} jours"
        assert f"{days} {word} dit par 1 sur 1" in words(cell.get("/couverture/"))

    @pytest.mark.usefixtures("told")
    def test_opens_on_what_the_reader_sees(self, agency, delegation):
        assert "Couverture : Île-de-France" in words(agency.get("/couverture/"))
        page = words(delegation.get("/couverture/"))
        assert "Couverture : Paris" in page
        assert "Seine-Saint-Denis" not in page

    @pytest.mark.parametrize(
        "query",
        [
            *("niveau=region&code=76", "niveau=departement&code=31", "niveau=partie&code=31:"),
            *("niveau=region&code=99", "niveau=departement&code=", "niveau=partie&code=x"),
        ],
    )
    @pytest.mark.usefixtures("told")
    def test_knows_nothing_outside_the_scope(self, agency, query):
        assert agency.get(f"/couverture/?{query}").status_code == 404

    @pytest.mark.parametrize(
        "query",
        [
            *("famille=x", "semaine=x", "semaine=2020-W99", "niveau=x&code=76", "tri=x&sens=y"),
            *("semaine=2031-W01", "niveau=pays&code=76"),
        ],
    )
    @pytest.mark.usefixtures("told")
    def test_passes_over_what_means_nothing(self, agency, query):
        response = agency.get(f"/couverture/?{query}")
        assert response.status_code == 200
        assert "semaine 45" in words(response)

    @pytest.mark.usefixtures("told")
    def test_sorts_on_the_server(self, cell):
        shortest = words(cell.get("/couverture/")).split("région par région")[1]
        assert shortest.index("Île-de-France") < shortest.index("Occitanie")
        turned = cell.get("/couverture/?tri=couverture&sens=desc")
        longest = words(turned).split("région par région")[1]
        assert longest.index("Occitanie") < longest.index("Île-de-France")
        assert 'aria-sort="descending"' in turned.content.decode()

    @pytest.mark.usefixtures("told")
    def test_draws_departments_that_say_their_figure_and_lead_on(self, cell):
        html = (
            cell.get("/couverture/").content.decode().replace("\u00a0", " ").replace("\u202f", " ")
        )
        assert 'aria-label="Paris : 10,0 jours, dit par 1 sur 1 (100 %)"' in html
        assert "niveau=departement&amp;code=75" in html
        assert "moins de 7 jours" in html

    def test_draws_the_weeks_and_gives_them_as_a_table(self, told, cell):
        covered = told
        covered.said(covered.homes[0], 200, week=WEEK.plus(-1))
        covered.rolled(week=WEEK.plus(-1))
        response = cell.get("/couverture/")
        assert "stock de sécurité : 21 jours" in response.content.decode()
        assert "semaine 44 (26 oct. – 1 nov. 2020) 20,0 jours dit par 1 sur 4 (25 %)" in words(
            response
        )

    @pytest.mark.usefixtures("told")
    def test_says_that_sums_are_being_made_again(self, cell):
        RollUpState.objects.filter(week=str(WEEK)).update(stale_since=AT)
        assert "Recalcul en cours" in words(cell.get("/couverture/"))

    @pytest.mark.usefixtures("covered")
    def test_says_that_nothing_was_added_up_yet(self, cell):
        assert "Pas encore de déclarations" in words(cell.get("/couverture/"))

    @pytest.mark.usefixtures("told")
    def test_names_no_facility_to_the_auditor(self, auditor):
        page = words(auditor.get("/couverture/?niveau=departement&code=75"))
        assert "GHT Paris" in page
        assert "Les Tilleuls" not in page
        assert auditor.get("/couverture/etablissements/").status_code == 403

    def test_is_closed_to_facilities(self, told):
        assert client_of(profile_of(told.homes[0])).get("/couverture/").status_code == 403

    @pytest.mark.parametrize(
        "address",
        [
            "/couverture/",
            "/couverture/?niveau=region&code=11",
            "/couverture/?niveau=departement&code=75",
        ],
    )
    def test_takes_the_same_queries_for_many(self, told, cell, address):
        few = queries_of(cell, address)
        for rank in range(20):
            covered_home = told.home(f"Résidence {rank}", told.paris if rank % 2 else told.seine)
            told.said(covered_home, 10 * rank)
        told.rolled()
        assert queries_of(cell, address) == few


class TestDesks:
    @pytest.mark.usefixtures("told")
    def test_leads_an_agency_to_who_runs_out_first(self, agency):
        page = words(agency.get("/region/"))
        assert "Qui va manquer d’abord : masques chirurgicaux" in page
        assert page.index("Les Tilleuls") < page.index("Les Lilas")

    @pytest.mark.usefixtures("told")
    def test_leads_the_cell_to_what_runs_out_first(self, cell):
        response = cell.get("/pays/")
        assert "Ce qui va manquer d’abord" in words(response)
        assert "20,3 jours À surveiller dit par 3 sur 4 (75 %)" in words(response)
        assert f"niveau=region&amp;code=11&amp;famille={MASK}" in response.content.decode()

    @pytest.mark.parametrize("address", ["/region/?region=11", "/pays/"])
    def test_takes_the_same_queries_for_many(self, told, cell, address):
        few = queries_of(cell, address)
        for rank in range(20):
            told.said(told.home(f"Résidence {rank}"), 10 * rank)
        told.rolled()
        assert queries_of(cell, address) == few
