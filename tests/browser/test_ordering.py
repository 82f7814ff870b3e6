"""A home orders its masks, in a browser and then without JavaScript."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe, login_as
from tests.web.people import profile_of


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_home_orders_its_masks(world, page):
    login_as(page, profile_of(world.home))
    page.goto("/")
    axe(page)
    page.get_by_role("link", name="Commander").last.click()
    axe(page)
    page.get_by_role("button", name="Une boîte de plus : masque chirurgical").click(click_count=2)
    expect(page.locator("#field-boxes-surgical_mask-units")).to_have_text("= 100 unités")
    page.get_by_role("button", name="Vérifier ma commande").click()
    axe(page)
    page.get_by_role("button", name="Envoyer la commande").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre commande est enregistrée")
    axe(page)
    assert world.ordered() == 100
