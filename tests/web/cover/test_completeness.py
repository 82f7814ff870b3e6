"""Who has not reported: rates, names, reminders, and an access repaired in one step."""

import pytest

from distrilog.domain.accounts.models import Profile
from distrilog.domain.declarations.models import Reminder
from distrilog.integrations.identity.models import Invitation
from tests.factories import ProfileFactory
from tests.web.cover.world import WEEK
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


PAGE = "/couverture/completude/"
REMIND = "/couverture/relance/"


@pytest.fixture
def told(covered):
    """Have one of three homes of the region declare, and nobody elsewhere."""
    covered.said(covered.home("Les Tilleuls"), 100)
    covered.home("Les Silencieux", covered.seine)
    covered.home("Les Muets", covered.seine)
    covered.home("Capitole", covered.garonne)
    covered.rolled()
    return covered


class TestCompleteness:
    @pytest.mark.usefixtures("told")
    def test_tells_the_rate_and_how_many_said_nothing(self, agency):
        page = words(agency.get(PAGE))
        assert "Ont déclaré 33 % 1 sur 3" in page
        assert "N’ont rien dit 2" in page
        assert "Seine-Saint-Denis 0 % 0 sur 2" in page

    @pytest.mark.usefixtures("told")
    @pytest.mark.parametrize(
        ("by", "row"),
        [
            ("vague", "Première vague 33 % 1 sur 3"),
            ("territoire", "GHT Paris 100 % 1 sur 1"),
            ("categorie", "tablissement pour personnes âgées 33 % 1 sur 3"),
            ("region", "Île-de-France 33 % 1 sur 3"),
        ],
    )
    def test_tells_rates_by(self, agency, by, row):
        assert row in words(agency.get(f"{PAGE}?par={by}"))

    @pytest.mark.usefixtures("told")
    def test_names_those_that_said_nothing(self, agency):
        page = words(agency.get(PAGE)).split("Ceux qui n’ont rien dit")[1]
        assert "2 établissements" in page
        assert "Les Silencieux" in page
        assert "Les Tilleuls" not in page
        assert "Capitole" not in page

    @pytest.mark.usefixtures("told")
    def test_narrows_the_names_to_a_row(self, cell):
        page = words(cell.get(f"{PAGE}?par=departement&code=31"))
        assert "Capitole" in page
        assert "Les Muets" not in page

    @pytest.mark.usefixtures("told")
    def test_looks_for_a_name(self, agency):
        page = words(agency.get(f"{PAGE}?q=muets"))
        assert "Les Muets" in page
        assert "Les Silencieux" not in page

    @pytest.mark.usefixtures("told")
    def test_names_nobody_to_the_auditor(self, auditor):
        page = words(auditor.get(PAGE))
        assert "Ont déclaré 25 % 1 sur 4" in page
        assert "Les Muets" not in page

    @pytest.mark.usefixtures("covered")
    def test_says_that_nobody_is_asked_yet(self, agency):
        assert "Personne n’est encore enrôlé ici" in words(agency.get(PAGE))

    @pytest.mark.usefixtures("told")
    @pytest.mark.parametrize("query", ["par=x", "page=99", "code=zzz", "semaine=x", "q=%25"])
    def test_passes_over_what_means_nothing(self, agency, query):
        assert agency.get(f"{PAGE}?{query}").status_code == 200

    def test_takes_the_same_queries_for_many(self, told, agency):
        few = queries_of(agency, PAGE)
        for rank in range(20):
            told.home(f"Résidence {rank}")
        assert queries_of(agency, PAGE) == few


class TestRemind:
    def test_writes_to_those_ticked(self, told, agency):
        silent, other = told.homes[1:3]
        profile_of(silent, person__email="un@exemple.fr")
        profile_of(other, person__email="deux@exemple.fr")
        sent = {"qui": "coches", "numero": [silent.registry], "semaine": str(WEEK), "retour": PAGE}
        response = agency.post(REMIND, sent, follow=True)
        assert "1 établissement relancé, 1 courriel" in words(response)
        assert list(Reminder.objects.values_list("facility", flat=True)) == [silent.pk]

    def test_writes_to_all_of_the_scope(self, told, agency):
        for home in told.homes[1:]:
            profile_of(home, person__email=f"{home.pk}@exemple.fr")
        agency.post(REMIND, {"qui": "tous", "semaine": str(WEEK)})
        reminded = set(Reminder.objects.values_list("facility", flat=True))
        assert reminded == {home.pk for home in told.homes[1:3]}

    @pytest.mark.usefixtures("told")
    def test_asks_to_tick_somebody(self, agency):
        response = agency.post(REMIND, {"qui": "coches"}, follow=True)
        assert "cochez les établissements" in words(response)
        assert not Reminder.objects.exists()

    def test_reminds_nobody_outside_the_scope(self, told, agency):
        sent = {"qui": "coches", "numero": [told.homes[3].registry]}
        response = agency.post(REMIND, sent, follow=True)
        assert "n’est pas un établissement de votre périmètre" in words(response)
        assert not Reminder.objects.exists()

    @pytest.mark.usefixtures("told")
    @pytest.mark.parametrize("week", ["x", "2020-W01", "2031-W01"])
    def test_refuses_a_week_that_is_not_asked_for(self, agency, week):
        response = agency.post(REMIND, {"qui": "tous", "semaine": week}, follow=True)
        assert response.status_code == 200
        assert not Reminder.objects.exists()

    @pytest.mark.usefixtures("told")
    @pytest.mark.parametrize("back", ["//ailleurs.fr/", "https://ailleurs.fr/", ""])
    def test_comes_back_to_this_portal_alone(self, agency, back):
        response = agency.post(REMIND, {"qui": "coches", "retour": back})
        assert response["Location"] == PAGE

    @pytest.mark.usefixtures("told")
    def test_is_refused_to_a_delegation(self, delegation):
        assert delegation.post(REMIND, {"qui": "tous"}).status_code == 403


class TestRepair:
    def test_invites_in_one_step(self, told, agency):
        address = f"/couverture/acces/{told.homes[1].registry}/"
        sent = {"email": "claude@exemple.fr", "role": "director", "name": "Claude Essai"}
        response = agency.post(address, sent, follow=True)
        assert "Claude Essai est invité pour Les Silencieux" in words(response)
        made = Invitation.objects.get()
        assert (made.facility_id, made.role) == (told.homes[1].pk, "director")

    def test_tells_what_is_wrong_at_its_field(self, told, agency):
        address = f"/couverture/acces/{told.homes[1].registry}/"
        response = agency.post(address, {"email": "claude", "role": "ars", "name": ""})
        assert response.status_code == 422
        assert not Invitation.objects.exists()

    def test_knows_nothing_outside_the_scope(self, told, agency):
        address = f"/couverture/acces/{told.homes[3].registry}/"
        assert agency.get(address).status_code == 404
        assert agency.post(address, {}).status_code == 404

    def test_is_offered_where_nobody_may_declare(self, told, agency):
        assert not Profile.objects.filter(facility=told.homes[1]).exists()
        html = agency.get(PAGE).content.decode()
        assert f"/couverture/acces/{told.homes[1].registry}/" in html

    def test_leads_a_director_back_to_his_invitations(self, told):
        home = told.homes[0]
        director = client_of(ProfileFactory(role="director", facility=home))
        sent = {"email": "claude@exemple.fr", "role": "orderer", "name": "Claude Essai"}
        response = director.post(f"/couverture/acces/{home.registry}/", sent)
        assert response["Location"] == "/comptes/"
