"""The page that explains why declaring never hurts, and the one with practitioners' targets."""

import pytest
from django.test import Client

from distrilog.domain.declarations.rules.practitioners import ENDOWMENTS
from distrilog.web.transparency.views.reporting import situations
from tests.domain.quotas.worlds import AT, homes, published
from tests.web.reading import words


@pytest.fixture(autouse=True)
def _key_file(settings, tmp_path):
    settings.SIGNING_KEY_FILE = tmp_path / "key"


@pytest.fixture
def anyone() -> Client:
    """Return the browser of somebody without an account."""
    return Client()


class TestSituations:
    def test_give_nobody_more_for_silence(self):
        speaking, a_silent, b_silent = situations()
        units = {
            (situation.title, hospital.name): hospital.units
            for situation in (speaking, a_silent, b_silent)
            for hospital in situation.hospitals
        }
        assert units[speaking.title, "A"] > units[a_silent.title, "A"]
        assert units[speaking.title, "B"] >= units[b_silent.title, "B"]

    def test_count_the_best_covered_like_the_next(self):
        counted = {each.name: each.counted for each in situations()[0].hospitals}
        assert counted == {"A": 5, "B": 40, "C": 41, "D": 41}

    def test_share_the_whole_envelope_and_keep_the_floor(self):
        for situation in situations():
            units = [each.units for each in situation.hospitals]
            assert sum(units) == 1_400
            assert min(units) >= 250


@pytest.mark.django_db
class TestReporting:
    def test_tells_anyone_with_the_figures_of_the_rule(self, anyone):
        page = words(anyone.get("/transparence/declarer/"))
        assert "Déclarer ne fait jamais perdre" in page
        assert "Hôpital A · déclare 5 jours, compté à 5 jours 650" in page
        assert "Hôpital A · se tait, compté à 42 jours 250" in page


@pytest.mark.django_db
class TestPractitioners:
    def test_shows_three_weeks_of_each_endowment(self, anyone):
        page = words(anyone.get("/transparence/praticiens/"))
        for row in ENDOWMENTS:
            assert row.professions in page
        assert "18 ou 24 54 à 72" in page
        assert "infirmiers 24 72" in page


@pytest.mark.django_db
class TestExport:
    def test_keeps_declared_stocks_from_the_public(self, anyone, hands):
        hands.at = AT
        homes()
        run = published(reads_cover=True)
        address = f"/transparence/calculs/{run.pk}/"
        assert anyone.get(f"{address}export.zip").status_code == 403
        page = words(anyone.get(address))
        assert "Télécharger les fichiers scellés" not in page
        assert "ils ne sont donc pas publics" in page
        assert "export.zip" not in anyone.get("/transparence/").content.decode()
