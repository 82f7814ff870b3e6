"""
A push plan in a real browser, from the cell's draft to what a home reads of it.

The cell computes and another person shares; the agency adjusts with the keyboard alone, breaks a floor and reads why;
the home reads what it gets and asks for another endowment, which the agency takes.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from distrilog.domain.distribution.models import Adjustment, ChangeRequest, Plan
from tests.browser.conftest import DESKTOP, PHONE, axe
from tests.domain.distribution.world import AT
from tests.web.plans.world import build


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft(transactional_db, hands):  # noqa: ARG001
    hands.at = AT
    return build(share=False)


@pytest.fixture
def pushed(transactional_db, hands):  # noqa: ARG001
    hands.at = AT
    return build()


def told(page: Page, words: str) -> None:
    """Expect words on the page, as they are read."""
    expect(page.locator("#contenu")).to_contain_text(words, use_inner_text=True)


def fit(page: Page) -> None:
    """Refuse what axe finds, at a desk and on a phone, and what overflows there."""
    axe(page)
    page.set_viewport_size(PHONE)
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), page.url
    axe(page)
    page.set_viewport_size(DESKTOP)


def retype(page: Page, boxes: int) -> None:
    """Type a number of boxes over the one of the focused field."""
    page.keyboard.press("Control+a")
    page.keyboard.type(str(boxes))


class TestShare:
    def test_takes_two_people(self, windows, draft):
        author, other = windows(draft.cell), windows(draft.duty)

        author.goto("/plans/preparer/")
        told(author, "Besoin de la semaine")
        fit(author)
        author.get_by_label(re.compile("Rang dans la semaine")).fill("2")
        author.get_by_label(re.compile("Santé publique France.*, masques chirurgicaux")).fill("20")
        author.get_by_role("button", name=re.compile("Calculer")).click()
        told(author, "Brouillon : à transmettre par une autre personne")
        fit(author)
        expect(author.get_by_role("button", name="Transmettre aux ARS")).to_have_count(0)

        other.goto(author.url)
        other.get_by_role("button", name="Transmettre aux ARS").click()
        told(other, "Le plan est transmis")
        told(other, "À ajuster jusqu’au vendredi 3 avril à 18 h")
        assert Plan.objects.get(number=2).state == Plan.State.SHARED


class TestAdjust:
    def test_needs_a_keyboard_and_nothing_else(self, windows, pushed):
        page = windows(pushed.ars)
        page.goto(f"/plans/{pushed.plan.pk}/N/")
        fit(page)
        world = pushed.world
        before = {
            line.facility.registry: line.units // 50
            for line in pushed.plan.lines.filter(territory="N").select_related("facility")
        }
        home, hospital, small = (
            each.registry for each in (world.home, world.hospital, world.small)
        )

        # A floor holds, and the page says why before anything is sent.
        page.locator(f"#boites-{home}").focus()
        retype(page, before[home] - 1)
        told(page, "1 boîte à donner")
        told(page, "sous le plancher")
        retype(page, before[home])

        page.locator(f"#boites-{hospital}").focus()
        page.keyboard.press("ArrowDown")
        page.locator(f"#boites-{small}").focus()
        page.keyboard.press("ArrowUp")
        told(page, "Équilibré")
        assert not Adjustment.objects.exists()

        page.get_by_label(re.compile("Pourquoi cet ajustement")).focus()
        page.keyboard.type("Foyer aux Lilas.")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Enregistrer l’ajustement")).to_be_focused()
        page.keyboard.press("Enter")
        told(page, "L’ajustement est enregistré")
        told(page, "Foyer aux Lilas.")
        fit(page)
        made = Adjustment.objects.get()
        assert made.changes == {hospital: -50, small: 50}

    def test_works_without_javascript(self, windows, pushed):
        page = windows(pushed.ars, java_script_enabled=False)
        page.goto(f"/plans/{pushed.plan.pk}/N/")
        field = page.locator(f"#boites-{pushed.world.home.registry}")
        field.fill(str(int(field.input_value()) - 1))

        page.get_by_role("button", name="Voir l’effet").last.click()

        told(page, "sous le plancher")
        assert not Adjustment.objects.exists()


class TestOwn:
    def test_reads_asks_and_is_answered(self, windows, pushed):
        home, agency = windows(pushed.orderer, viewport=PHONE), windows(pushed.ars)

        home.goto("/ma-dotation/")
        told(home, "À partir du mardi 7 avril 2020, par Hôpital des Acacias")
        fit(home)
        home.get_by_text("Demander une évolution de ma dotation").click()
        home.get_by_label("Boîtes par semaine, en tout").fill("18")
        home.get_by_label(re.compile("Ce qui a changé")).fill("Foyer au premier étage.")
        home.get_by_role("button", name="Envoyer ma demande").click()
        told(home, "Votre demande est transmise à votre ARS")

        agency.goto("/plans/")
        fit(agency)
        agency.get_by_role("link", name="Les traiter").click()
        told(agency, "Foyer au premier étage.")
        fit(agency)
        agency.get_by_role("button", name=re.compile("Retenir")).click()
        told(agency, "retenue : reste à ajuster sa plateforme")
        agency.get_by_role("link", name=re.compile("Ajuster")).click()
        told(agency, "Demande 18 boîtes, retenue")
        assert ChangeRequest.objects.get().state == ChangeRequest.State.TAKEN

        home.goto("/ma-dotation/")
        home.get_by_role("link", name=re.compile("Pourquoi ce nombre")).click()
        told(home, "Le niveau commun")
        fit(home)
