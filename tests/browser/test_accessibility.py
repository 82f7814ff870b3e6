"""Every page of a facility and every public page: axe finds nothing, nothing overflows a phone or a page at 200 %."""

import pytest
from django.urls import reverse

from distrilog.domain.messages.services import send
from distrilog.domain.orders.services import place
from distrilog.web.facility.views.help import TOPICS
from tests.browser.conftest import DESKTOP, PHONE, axe, login_as
from tests.domain.orders.world import AT
from tests.factories import CapacityFactory, orderer
from tests.web.people import profile_of


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A window of 1280 points at 200 % shows as many as one of 640.
ZOOMED = {"width": DESKTOP["width"] // 2, "height": DESKTOP["height"] // 2}


def overflows(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def look_at(page, addresses: list[str]) -> list[str]:
    """Return what is wrong: an address and the width at which it overflows; axe refuses by itself."""
    wrong = []
    for address in addresses:
        page.goto(address)
        for viewport in (ZOOMED, PHONE, DESKTOP):
            page.set_viewport_size(viewport)
            if overflows(page):
                wrong.append(f"{address} overflows at {viewport['width']}")
        axe(page)
    return wrong


def test_pages_open_to_all(world, page, settings):  # noqa: ARG001
    settings.DEMO = True
    topics = [reverse("facility:topic", args=[name]) for name in TOPICS]
    names = ("facility:home", "facility:help", "facility:accessibility", "login")
    addresses = [*map(reverse, names), *topics, "/nulle-part/"]
    assert look_at(page, addresses) == []


def test_pages_of_a_facility(world, page, settings):
    settings.DEMO = True
    CapacityFactory(facility=world.home, places=84)
    placed = place(actor=orderer(world.home), demand=world.demand(), at=AT)
    told = send(key="one", title="Alerte", body="Texte.", official=True, by="cell", at=AT)
    login_as(page, profile_of(world.home))
    plain = ("home", "order", "orders", "sheet", "list", "messages", "keys")
    addresses = [
        *(reverse(f"facility:{name}") for name in plain),
        *(
            reverse(f"facility:{name}", args=[placed.reference])
            for name in ("order-detail", "amend", "cancel")
        ),
        reverse("facility:message", args=[told.pk]),
        reverse("facility:why", args=["glove"]),
        reverse("profiles"),
    ]
    assert look_at(page, addresses) == []
