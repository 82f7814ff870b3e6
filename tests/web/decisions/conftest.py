"""The country whose week is decided, and the browsers of who decides."""

import pytest
from django.test import Client

from tests.web.decisions.world import Country, build
from tests.web.people import client_of


@pytest.fixture(autouse=True)
def _key_file(settings, tmp_path):
    settings.SIGNING_KEY_FILE = tmp_path / "secret" / "signing-key"


@pytest.fixture
def country(db, hands) -> Country:  # noqa: ARG001
    """Build the small country on its Wednesday morning."""
    return build()


@pytest.fixture
def cell(country) -> Client:
    """Return the browser of who prepares."""
    return client_of(country.cell)


@pytest.fixture
def duty(country) -> Client:
    """Return the browser of who signs."""
    return client_of(country.duty)
