"""The home of declarations."""

import pytest

from distrilog.domain.facilities.models import Facility
from tests.domain.declarations.world import make_home


@pytest.fixture
def home(db) -> Facility:  # noqa: ARG001
    """Make a nursing home that needs masks and gowns."""
    return make_home()
