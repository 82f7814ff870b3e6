"""A home orders its masks: with a mouse, with the keyboard alone, without JavaScript, without a network."""

import pytest
from playwright.sync_api import expect

from distrilog.domain.orders.models import Order
from tests.browser.conftest import PHONE, axe, login_as
from tests.web.people import profile_of


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CONFIRMED = "Votre commande est enregistrée"


def test_a_home_orders_its_masks(world, page):
    login_as(page, profile_of(world.home))
    page.goto("/")
    axe(page)
    page.get_by_role("main").get_by_role("link", name="Commander").click()
    axe(page)
    masks = page.locator("article", has_text="Masques chirurgicaux")
    masks.locator("[data-step='1']").click(click_count=2)
    expect(page.locator("#field-boxes-surgical_mask-units")).to_have_text("= 100 unités")
    page.get_by_role("button", name="Vérifier ma commande").click()
    axe(page)
    page.get_by_role("button", name="Envoyer la commande").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(CONFIRMED)
    axe(page)
    assert world.ordered() == 100


def test_the_stepper_stops_at_what_is_left(world, page):
    login_as(page, profile_of(world.home))
    page.goto("/commander/")
    page.fill("#field-boxes-ffp2", "20")
    expect(page.locator("article", has_text="FFP2").locator("[data-step='1']")).to_be_disabled()
    page.fill("#field-boxes-ffp2", "21")
    expect(page.locator("#field-boxes-ffp2-units")).to_have_text("Au plus 20 boîtes cette semaine")
    page.get_by_role("button", name="Vérifier ma commande").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Il vous reste 20 boîtes")
    expect(page.locator("#field-boxes-ffp2")).to_have_value("21")
    axe(page)


def test_the_keyboard_alone_orders(world, page):
    login_as(page, profile_of(world.home))
    page.goto("/commander/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.name") != "boxes-surgical_mask":
        page.keyboard.press("Tab")
    page.keyboard.type("3")
    while page.evaluate("document.activeElement.textContent") != "Vérifier ma commande":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/verifier/")
    page.get_by_role("button", name="Envoyer la commande").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(CONFIRMED)
    assert world.ordered() == 150


def test_a_phone_without_javascript_orders(world, windows):
    page = windows(profile_of(world.home), viewport=PHONE, java_script_enabled=False)
    page.goto("/commander/")
    page.fill("#field-boxes-surgical_mask", "2")
    page.get_by_role("button", name="Vérifier ma commande").click()
    page.get_by_role("button", name="Corriger").click()
    expect(page.locator("#field-boxes-surgical_mask")).to_have_value("2")
    page.get_by_role("button", name="Vérifier ma commande").click()
    page.get_by_role("button", name="Envoyer la commande").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(CONFIRMED)
    assert world.ordered() == 100


def test_nothing_is_lost_without_a_network(world, page):
    login_as(page, profile_of(world.home))
    page.goto("/commander/")
    page.fill("#field-boxes-surgical_mask", "4")
    page.context.set_offline(True)
    page.get_by_role("button", name="Vérifier ma commande").click()
    expect(page.get_by_role("alert")).to_contain_text("Votre saisie est gardée sur cet appareil")
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("#field-boxes-surgical_mask")).to_have_value("4")
    page.get_by_role("button", name="Vérifier ma commande").click()
    page.get_by_role("button", name="Envoyer la commande").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(CONFIRMED)
    page.goto("/commander/")
    expect(page.locator("#field-boxes-surgical_mask")).to_have_value("")


def test_a_press_too_many_makes_one_order(world, page):
    login_as(page, profile_of(world.home))
    page.goto("/commander/")
    page.fill("#field-boxes-surgical_mask", "1")
    page.get_by_role("button", name="Vérifier ma commande").click()
    page.get_by_role("button", name="Envoyer la commande").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text(CONFIRMED)
    page.go_back()
    page.get_by_role("button", name="Envoyer la commande").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(CONFIRMED)
    assert Order.objects.count() == 1
