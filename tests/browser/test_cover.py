"""An agency goes from its map to the facility that runs out, by mouse and by keyboard; on a phone; without a script."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, axe
from tests.factories import ProfileFactory
from tests.web.cover.conftest import covered  # noqa: F401 - the country that declares


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def told(covered):  # noqa: F811
    """Have homes of both departments declare, one of them nearly out."""
    covered.said(covered.home("Les Tilleuls"), 40)
    covered.said(covered.home("Les Lilas", covered.seine), 300)
    covered.home("Les Silencieux", covered.seine)
    covered.rolled()
    return covered


@pytest.fixture
def agency(told):  # noqa: ARG001
    """Return the profile of the agency."""
    return ProfileFactory(role="ars", perimeter="11", facility=None)


class TestDrillDown:
    def test_leads_from_the_map_to_the_facility(self, windows, agency):
        page = windows(agency)
        page.goto("/couverture/")
        paris = page.get_by_role("link", name="Paris : 4,0 jours, dit par 1 sur 1")
        paris.focus()
        expect(page.locator(".dl-cover__told").filter(has_text="Paris").first).to_be_visible()
        axe(page)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Couverture : Paris")
        page.get_by_role("table").first.get_by_role("link", name="GHT Paris").click()
        page.get_by_role("link", name="Les Tilleuls").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Les Tilleuls")

    def test_sorts_and_filters_without_a_script(self, windows, agency):
        page = windows(agency, java_script_enabled=False)
        page.goto("/couverture/?niveau=region&code=11")
        page.locator("th[aria-sort='ascending'] a").click()
        expect(page.locator("th[aria-sort='descending']")).to_have_count(1)
        page.goto("/couverture/etablissements/")
        page.get_by_label("Niveau").select_option("silencieux")
        page.get_by_role("button", name="Filtrer").click()
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("tbody tr")).to_contain_text("Les Silencieux")

    @pytest.mark.parametrize(
        "address",
        ["/couverture/", "/couverture/etablissements/", "/couverture/completude/", "/region/"],
    )
    def test_fits_a_phone(self, windows, agency, address):
        page = windows(agency, viewport=PHONE)
        page.goto(address)
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        axe(page)


class TestThresholds:
    def test_shows_the_effect_before_it_is_set(self, windows, agency):
        page = windows(agency)
        page.goto("/couverture/seuils/")
        page.get_by_label("En alerte sous").fill("3")
        page.get_by_label("Motif").fill("Livraisons quotidiennes.")
        page.get_by_role("button", name="Voir l’effet").click()
        expect(page.get_by_text("1 établissement changerait de niveau")).to_be_visible()
        axe(page)
        page.get_by_role("button", name="Fixer ce seuil").click()
        expect(page.get_by_text("Le seuil est fixé")).to_be_visible()
