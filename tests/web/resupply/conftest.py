"""The home in trouble, and the browsers of those who help it."""

import pytest
from django.test import Client

from tests.web.decisions.conftest import _key_file, country  # noqa: F401 - the one with stock
from tests.web.people import client_of
from tests.web.resupply.world import Trouble, build


@pytest.fixture
def trouble(country) -> Trouble:  # noqa: F811
    """Build the home in trouble."""
    return build(country)


@pytest.fixture
def asker(trouble) -> Client:
    """Return the browser of the home."""
    return client_of(trouble.asker)


@pytest.fixture
def lender(trouble) -> Client:
    """Return the browser of the neighbour."""
    return client_of(trouble.lender)


@pytest.fixture
def agency(trouble) -> Client:
    """Return the browser of the agency."""
    return client_of(trouble.agency)


@pytest.fixture
def delegation(trouble) -> Client:
    """Return the browser of the delegation."""
    return client_of(trouble.delegation)


@pytest.fixture
def cell(trouble) -> Client:
    """Return the browser of the crisis centre."""
    return client_of(trouble.cell)
