"""The auditor, and a run that was really sealed."""

import pytest
from django.test import Client

from tests.factories import ProfileFactory
from tests.web.people import client_of


@pytest.fixture
def auditor(world) -> Client:  # noqa: ARG001
    """Return the browser of the auditor."""
    return client_of(ProfileFactory(role="auditor", perimeter="", facility=None))
