"""The world of the screens: that of orders, on its Wednesday morning."""

from datetime import datetime

import pytest
from django.test import Client

from distrilog.kernel import clock
from tests.domain.orders.world import AT, World, build
from tests.web.people import client_of, profile_of


class Hands:
    """A clock that a test sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def hands(monkeypatch) -> Hands:
    """Stop the clock on Wednesday 4 November 2020, 10:00 in Paris; `hands.at` moves it."""
    made = Hands(AT)
    monkeypatch.setattr(clock, "now", made)
    return made


@pytest.fixture
def world(db, hands) -> World:  # noqa: ARG001
    """Build a region in tension, with a home, its platform and a stranger."""
    return build()


@pytest.fixture
def home(world) -> Client:
    """Return the browser of somebody who orders for the home."""
    return client_of(profile_of(world.home))
