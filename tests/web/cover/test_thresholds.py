"""Thresholds: the list, the effect before, and setting one."""

from datetime import date

import pytest

from distrilog.domain.declarations.models import AlertThreshold
from tests.domain.declarations.world import MASK
from tests.web.reading import queries_of, words


PAGE = "/couverture/seuils/"
SENT = {
    "group": "",
    "region": "11",
    "family": MASK,
    "watch_days": "15",
    "alert_days": "12",
    "starts_on": "2020-11-04",
    "reason": "La vague monte.",
}


@pytest.fixture
def told(covered):
    """Have homes say 10 and 20 days in Île-de-France, 10 in Occitanie."""
    covered.said(covered.home("Les Tilleuls"), 100)
    covered.said(covered.home("Les Lilas"), 200)
    covered.said(covered.home("Capitole", covered.garonne), 100)
    return covered


class TestThresholds:
    @pytest.mark.usefixtures("covered")
    def test_tells_what_holds_until_somebody_says_otherwise(self, agency):
        page = words(agency.get(PAGE))
        assert "à défaut d’autre seuil" in page
        assert "21 jours 7 jours" in page

    @pytest.mark.usefixtures("told")
    def test_shows_the_effect_before_anything_is_set(self, agency):
        page = words(agency.post(PAGE, SENT | {"etape": "voir"}))
        assert "2 établissements changeraient de niveau" in page
        assert "de « à surveiller » à « alerte » : 1" in page
        assert "de « à surveiller » à « couvert » : 1" in page
        assert not AlertThreshold.objects.exists()

    @pytest.mark.usefixtures("told")
    def test_sets_it(self, agency):
        response = agency.post(PAGE, SENT | {"etape": "fixer"}, follow=True)
        assert "Le seuil est fixé" in words(response)
        made = AlertThreshold.objects.get()
        assert (made.region_id, made.family_id, made.watch_days, made.alert_days) == (
            *("11", MASK),
            *(15, 12),
        )
        assert made.starts_on == date(2020, 11, 4)
        assert "La vague monte." in words(response)

    @pytest.mark.usefixtures("told")
    def test_says_that_nobody_changes(self, agency):
        same = SENT | {"watch_days": "21", "alert_days": "7"}
        page = words(agency.post(PAGE, same))
        assert "Aucun établissement ne changerait de niveau" in page

    @pytest.mark.usefixtures("told")
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"alert_days": "30"}, "L’alerte ne peut pas précéder la surveillance"),
            ({"starts_on": "2020-10-01"}, "Les semaines passées gardent les seuils d’alors"),
        ],
    )
    def test_tells_what_is_wrong_at_its_field(self, agency, change, told):
        response = agency.post(PAGE, SENT | change | {"etape": "fixer"})
        assert response.status_code == 422
        assert told in words(response)
        assert not AlertThreshold.objects.exists()

    @pytest.mark.usefixtures("told")
    @pytest.mark.parametrize(
        "change",
        [
            *({"watch_days": "-1"}, {"watch_days": "x"}, {"starts_on": "demain"}, {"reason": ""}),
            *({"family": "x"}, {"group": "x"}, {"region": "76"}),
        ],
    )
    def test_refuses_what_means_nothing(self, agency, change):
        response = agency.post(PAGE, SENT | change | {"etape": "fixer"})
        assert response.status_code == 422
        assert not AlertThreshold.objects.exists()

    @pytest.mark.usefixtures("told")
    def test_is_set_for_the_country_by_the_cell(self, cell):
        page = words(cell.post(PAGE, SENT | {"region": ""}))
        assert "3 établissements changeraient de niveau" in page
        cell.post(PAGE, SENT | {"region": "", "etape": "fixer"})
        assert AlertThreshold.objects.get().region_id is None

    @pytest.mark.usefixtures("covered")
    def test_is_only_read_by_a_delegation(self, delegation):
        assert "Fixer un seuil" not in words(delegation.get(PAGE))
        assert delegation.post(PAGE, SENT).status_code == 403

    def test_takes_the_same_queries_for_many(self, covered, agency):
        few = queries_of(agency, PAGE)
        for day in range(1, 21):
            AlertThreshold.objects.create(
                region_id="11",
                watch_days=20,
                alert_days=5,
                starts_on=date(2020, 11, day),
                reason="Essai.",
                set_by="somebody",
                set_at=covered.wave.starts_on.strftime("%Y-%m-%dT00:00:00Z"),
            )
        assert queries_of(agency, PAGE) == few
