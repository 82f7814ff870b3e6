"""
A platform's tour in a real browser, on a phone: what arrives, with a box missing; one tap a facility; an advance; what stays.

Then its agency reads the same numbers, deals with the incident and settles the debt.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from distrilog.domain.distribution.models import HandOut, Incident
from distrilog.domain.distribution.services import debts
from distrilog.kernel import clock
from tests.browser.conftest import DESKTOP, PHONE, axe
from tests.factories import ProfileFactory, stocked
from tests.web.people import profile_of
from tests.web.platform.conftest import NOW, Dock


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def dock(transactional_db, monkeypatch):  # noqa: ARG001
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Dock()


def told(page: Page, words: str) -> None:
    """Expect words on the page, as they are read."""
    expect(page.locator("#contenu")).to_contain_text(words, use_inner_text=True)


def fit(page: Page) -> None:
    """Refuse what axe finds and what overflows, on a phone and at a desk."""
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        axe(page)


def receive(page: Page) -> None:
    """Open the tour, and take in all but five boxes; without a word it is refused, and nothing is lost."""
    page.goto("/tournee/")
    fit(page)
    page.get_by_role("link", name=re.compile("Il manque quelque chose")).click()
    boxes = page.get_by_label(re.compile("reçues"))
    boxes.fill(str(int(boxes.input_value()) - 5))
    page.get_by_role("button", name="Enregistrer la réception").click()
    told(page, "Dire ce qui manque")
    page.get_by_label(re.compile("Que manque-t-il")).fill("Cinq cartons mouillés")
    fit(page)
    page.get_by_role("button", name="Enregistrer la réception").click()
    told(page, "L’écart est enregistré")


def hand_out(page: Page, dock: Dock) -> None:
    """Hand all to two at one tap each; advance what is short for the third."""
    fit(page)
    for facility in (dock.world.small, dock.world.home):
        page.get_by_role("button", name=f"Livré à {facility.name}").click()
        told(page, f"Remis à {facility.name}")
    told(page, "À remettre (1)")
    page.get_by_role("button", name=f"Retiré par {dock.world.hospital.name}").click()
    told(page, "de l’État sur")
    fit(page)
    page.get_by_label("Avancer ce qui manque").check()
    page.get_by_role("button", name="Remettre", exact=True).click()
    told(page, "Servis : 3 sur 3 établissements")


def tell(page: Page) -> None:
    """Say how the platform stands, and tell an incident."""
    page.goto("/tournee/situation/")
    page.locator("#id_risk-surgical_mask").select_option("week")
    page.locator("#id_words-surgical_mask").fill("Cinq cartons manquent")
    page.locator("#id_stock-surgical_mask").fill("0")
    fit(page)
    page.get_by_role("button", name="Transmettre").click()
    told(page, "est transmise")
    told(page, "L’État vous doit 5 boîtes")
    page.get_by_role("link", name="Signaler un incident").click()
    page.get_by_label("Nature").select_option("short")
    page.get_by_label("Ce qui s’est passé").fill("Cinq cartons mouillés au déchargement.")
    page.get_by_role("button", name="Signaler", exact=True).click()
    told(page, "L’incident est signalé")
    fit(page)


def watch(page: Page) -> None:
    """Read the same numbers as the agency, settle what is owed, close the incident."""
    page.goto("/plateformes/")
    told(page, "Rupture : sous une semaine")
    fit(page)
    page.get_by_role("link", name="Territoire N").click()
    told(page, "250 non arrivées")
    fit(page)
    page.get_by_label("Motif").fill("Réassort du 2 avril")
    page.get_by_role("button", name="Compenser").click()
    told(page, "C’est compensé : 250 unités")
    page.get_by_role("link", name="Traiter les incidents").click()
    page.get_by_text(re.compile("^Traiter")).click()
    page.get_by_label("Suite donnée").fill("Réassort envoyé.")
    fit(page)
    page.get_by_role("button", name="Clore").click()
    told(page, "L’incident est clos")


def test_receives_hands_out_reports_and_is_settled(dock, windows):
    page = windows(profile_of(dock.world.hospital, role="platform"), viewport=PHONE)
    receive(page)
    hand_out(page, dock)
    assert HandOut.objects.filter(way="delivered").count() == 2
    assert debts(territory="N") == {"surgical_mask": 250}
    tell(page)
    stocked(500, place="ght-N", number="S2")
    watch(windows(ProfileFactory(role="ars", perimeter=dock.north.region_id)))
    assert debts(territory="N") == {}
    assert Incident.objects.get().answer == "Réassort envoyé."
