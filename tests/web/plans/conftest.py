"""The pushed country and the browsers of who works on it."""

import pytest
from django.test import Client

from tests.domain.distribution.world import AT
from tests.web.people import client_of
from tests.web.plans.world import Pushed, build


@pytest.fixture
def pushed(db, hands) -> Pushed:  # noqa: ARG001
    """Build the two platforms, their plan with the agencies."""
    hands.at = AT
    return build()


@pytest.fixture
def cell(pushed) -> Client:
    """Return the browser of who prepares."""
    return client_of(pushed.cell)


@pytest.fixture
def duty(pushed) -> Client:
    """Return the browser of who shares."""
    return client_of(pushed.duty)


@pytest.fixture
def ars(pushed) -> Client:
    """Return the browser of the agency."""
    return client_of(pushed.ars)


@pytest.fixture
def home(pushed) -> Client:
    """Return the browser of the home."""
    return client_of(pushed.orderer)
