"""A home declares its week: on a phone, by keyboard, by scanner; and with no network, where nothing is lost nor said twice."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from distrilog.domain.declarations.models import Submission
from distrilog.domain.declarations.services import Said
from tests.browser.conftest import PHONE, axe, login_as
from tests.web.declarations.world import Site


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SENT = "Votre déclaration est enregistrée"
WAITS = "Votre déclaration est gardée sur cet appareil"
KEPT = "async () => (await (await caches.open('distrilog-declaration-page')).keys()).length"
QUEUED = "async () => (await declarationQueue.all()).length"


def opened(windows, site: Site, **options) -> Page:
    """Open the declaration, and wait until this device could open it without a network."""
    page = windows(site.profile, **options)
    page.goto("/declaration/")
    page.wait_for_selector("html[data-kept]", state="attached")
    return page


def send(page: Page) -> None:
    """Press the button at the end."""
    page.locator(".dl-sticky button").click()


def without_network(page: Page) -> None:
    """Cut the network and open the page again."""
    page.context.set_offline(True)
    page.goto("/declaration/")


class TestWithANetwork:
    def test_a_phone_declares(self, site, windows):
        page = windows(site.profile, viewport=PHONE, has_touch=True)
        page.goto("/")
        page.get_by_role("link", name="Déclarer mon stock").click()
        axe(page)
        gowns = page.get_by_role("group", name="Blouses")
        expect(gowns).to_contain_text("À surveiller")
        expect(gowns.locator("output").first).to_have_text("boîtes = 500 blouses")
        gowns.get_by_role("button", name="Une boîte de plus, en stock").click(click_count=13)
        expect(page.locator("#id_stock-gown")).to_have_value("63")
        expect(gowns).to_contain_text("21 jours d’avance")
        expect(gowns).to_contain_text("Couvert")
        page.get_by_role("button", name="en unités").click()
        expect(page.locator("#id_stock-gown")).to_have_value("630")
        page.get_by_text("Signaler une difficulté").click()
        axe(page)
        send(page)
        expect(page.locator("main")).to_contain_text(SENT)
        axe(page)
        assert site.declared()["gown"] == 630

    def test_a_surprise_is_corrected_in_one_tap(self, site, windows):
        page = windows(site.profile, viewport=PHONE)
        page.goto("/declaration/")
        page.fill("#id_stock-surgical_mask", "1100")
        send(page)
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Une question avant d’enregistrer"
        )
        axe(page)
        page.get_by_role("button", name="Corriger").click()
        expect(page.locator("#id_stock-surgical_mask")).to_have_value("22")
        send(page)
        expect(page.locator("main")).to_contain_text(SENT)
        assert site.declared()["surgical_mask"] == 1_100
        assert page.evaluate(QUEUED) == 0

    def test_the_keyboard_alone_declares(self, site, windows):
        page = windows(site.profile)
        page.goto("/declaration/")
        page.locator("#id_stock-surgical_mask").focus()
        page.keyboard.press("Control+A")
        page.keyboard.type("21")
        for _figure in range(2 * 7):
            page.keyboard.press("Enter")
        expect(page.locator(".dl-sticky button")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text(SENT)
        assert site.declared()["surgical_mask"] == 1_050

    def test_a_scanner_counts(self, site, windows):
        page = windows(site.profile)
        page.goto("/declaration/")
        page.get_by_text("Compter en scannant").click()
        # The first article of the catalogue, surgical masks by 50: twice a box, once a carton.
        gtin = page.evaluate(
            "Object.entries(JSON.parse(document.getElementById('packs').textContent))"
            ".find(([, pack]) => pack.family === 'surgical_mask')[0]"
        )
        for code in (f"(01){gtin}", gtin.lstrip("0")):
            page.locator("#scanned").press_sequentially(code)
            page.keyboard.press("Enter")
        expect(page.locator("#id_stock-surgical_mask")).to_have_value("2")
        page.get_by_label("Ce que je scanne").select_option("carton")
        page.locator("#scanned").press_sequentially(f"]C101{gtin}")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Annuler le dernier scan").click()
        expect(page.locator("#id_stock-surgical_mask")).to_have_value("2")
        page.locator("#scanned").press_sequentially("12345670")
        page.keyboard.press("Enter")
        expect(page.locator("[data-scan-told]")).to_contain_text("Article inconnu")

    def test_a_small_site_tells_bands(self, small, windows):
        page = windows(small.profile, viewport=PHONE)
        page.goto("/declaration/")
        page.get_by_role("button", name="sans compter").click()
        gloves = page.get_by_role("group", name="Gants d’examen")
        gloves.get_by_label("Trois semaines ou plus").check()
        axe(page)
        send(page)
        expect(page.locator("main")).to_contain_text(SENT)
        assert small.line("glove").band == "plenty"

    def test_sent_twice_is_one_version(self, site, windows):
        page = windows(site.profile)
        page.goto("/declaration/")
        page.locator(".dl-sticky button").dblclick()
        expect(page.locator("main")).to_contain_text(SENT)
        page.go_back()
        send(page)
        expect(page.get_by_role("alert")).to_contain_text("Rien n’a changé")
        assert site.versions() == 1

    def test_needs_no_javascript(self, site, windows):
        page = windows(site.profile, viewport=PHONE, java_script_enabled=False)
        page.goto("/declaration/")
        page.fill("#id_stock-ffp2", "2,5")
        page.get_by_role("button", name="en unités").click()
        expect(page.locator("#id_stock-ffp2")).to_have_value("50")
        send(page)
        expect(page.locator("main")).to_contain_text(SENT)
        assert site.declared()["ffp2"] == 50


class TestWithoutANetwork:
    def test_opens_is_filled_waits_and_leaves_once(self, site, windows):
        page = opened(windows, site, viewport=PHONE)
        without_network(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Déclarer mon stock")
        page.fill("#id_stock-ffp2", "4")
        send(page)
        expect(page.locator("[data-sending]")).to_contain_text(WAITS)
        axe(page)
        page.goto("/declaration/")
        expect(page.locator("[data-queue]")).to_contain_text("attend d’être envoyée")
        expect(page.locator("#id_stock-ffp2")).to_have_value("4")
        assert site.versions() == 0
        page.context.set_offline(False)
        expect(page.locator("main")).to_contain_text(SENT)
        assert page.evaluate(QUEUED) == 0
        assert site.versions() == 1
        assert site.declared()["ffp2"] == 80
        assert Submission.objects.latest("pk").channel == "offline"

    def test_the_last_word_is_the_one_that_leaves(self, site, windows):
        page = opened(windows, site)
        without_network(page)
        for boxes in ("4", "5"):
            page.fill("#id_stock-ffp2", boxes)
            send(page)
            expect(page.locator("[data-sending]")).to_contain_text(WAITS)
        page.context.set_offline(False)
        expect(page.locator("main")).to_contain_text(SENT)
        assert (site.versions(), site.declared()["ffp2"]) == (1, 100)

    def test_a_conflict_is_shown_and_ended_by_the_person(self, site, windows):
        page = opened(windows, site)
        page.context.set_offline(True)
        page.fill("#id_stock-ffp2", "4")
        send(page)
        expect(page.locator("[data-sending]")).to_contain_text(WAITS)
        site.say(Said(family="ffp2", stock=20, consumption=20))
        page.context.set_offline(False)
        expect(page.locator("[data-queue]")).to_contain_text("attend votre réponse")
        page.get_by_role("button", name="Comparer et répondre").click()
        expect(page.locator("main")).to_contain_text("Camille Essai a déclaré")
        axe(page)
        versus = page.get_by_role("group", name="Laquelle garder ? Masques FFP2")
        expect(versus).to_contain_text("1 boîte, utilisé 1 boîte")
        versus.get_by_label("Ma saisie").check()
        send(page)
        expect(page.locator("main")).to_contain_text(SENT)
        assert site.declared()["ffp2"] == 80
        assert page.evaluate(QUEUED) == 0

    def test_an_ended_session_keeps_what_waits(self, site, windows):
        page = opened(windows, site)
        Session.objects.all().delete()
        page.fill("#id_stock-ffp2", "4")
        send(page)
        expect(page.locator("[data-sending]")).to_contain_text("reconnectez-vous")
        assert page.evaluate(QUEUED) == 1
        page.goto("/declaration/")
        expect(page).to_have_url("/connexion/?next=%2Fdeclaration%2F")
        assert page.evaluate(KEPT) == 0
        login_as(page, site.profile)
        page.goto("/declaration/")
        expect(page.locator("main")).to_contain_text(SENT)
        assert site.declared()["ffp2"] == 80

    def test_is_shown_to_nobody_else(self, site, windows):
        page = opened(windows, site)
        page.fill("#id_stock-ffp2", "4")
        page.context.set_offline(True)
        send(page)
        expect(page.locator("[data-sending]")).to_contain_text(WAITS)
        # Somebody else signs in on this device, and opens another page than this one.
        login_as(page, site.colleague)
        page.context.set_offline(False)
        page.goto("/declaration/")
        expect(page.locator("[data-queue]")).to_contain_text("Une autre personne a une saisie")
        expect(page.locator("#id_stock-ffp2")).to_have_value("2")
        assert site.versions() == 0
        without_network(page)
        expect(page.locator(".dl-who__name")).to_have_text("Camille Essai")
        # A browser that was closed has forgotten who was signed in: so has the page.
        page.context.clear_cookies()
        page.goto("/declaration/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Pas de réseau")
        assert page.evaluate(KEPT) == 0

    def test_a_sign_out_clears_the_page_and_tells_what_waits(self, site, windows):
        page = opened(windows, site)
        page.context.set_offline(True)
        send(page)
        expect(page.locator("[data-sending]")).to_contain_text(WAITS)
        told: list[str] = []
        page.on("dialog", lambda dialog: (told.append(dialog.message), dialog.accept()))
        page.get_by_role("button", name="Se déconnecter").click()
        expect(page.get_by_role("alert")).to_contain_text("Pas de réseau")
        assert "attend d’être envoyée" in told[0]
        assert page.evaluate(KEPT) == 0
        assert page.evaluate(QUEUED) == 1
        page.goto("/declaration/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Pas de réseau")
