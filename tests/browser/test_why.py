"""The page that explains a number, on a real run."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, axe, login_as
from tests.domain.quotas import worlds
from tests.web.people import profile_of


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_number_is_explained(page, hands):  # noqa: ARG001
    homes = worlds.homes()
    worlds.published(1_000)
    login_as(page, profile_of(homes[3]))
    page.goto("/contingents/surgical_mask/pourquoi/")
    expect(page.get_by_role("img", name="Nombre d’établissements")).to_be_visible()
    axe(page)
    page.set_viewport_size(PHONE)
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
