"""The country that declares, and the browsers of those who watch it."""

import pytest
from django.test import Client

from tests.factories import ProfileFactory
from tests.web.cover.world import Covered, build
from tests.web.people import client_of


@pytest.fixture
def covered(db, hands) -> Covered:  # noqa: ARG001
    """Build the country on its Wednesday morning."""
    return build()


def watcher(role: str, perimeter: str = "") -> Client:
    """Return the browser of somebody who watches."""
    return client_of(ProfileFactory(role=role, perimeter=perimeter, facility=None))


@pytest.fixture
def agency(covered) -> Client:  # noqa: ARG001
    """Return the browser of the agency of Île-de-France."""
    return watcher("ars", "11")


@pytest.fixture
def delegation(covered) -> Client:  # noqa: ARG001
    """Return the browser of the delegation of Paris."""
    return watcher("delegation", "75")


@pytest.fixture
def cell(covered) -> Client:  # noqa: ARG001
    """Return the browser of the national cell."""
    return watcher("national_cell")


@pytest.fixture
def auditor(covered) -> Client:  # noqa: ARG001
    """Return the browser of the auditor."""
    return watcher("auditor")
