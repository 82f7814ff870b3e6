"""The world of orders."""

import pytest

from distrilog.domain.orders.queries import discrepancies
from tests.domain.orders.world import World, build


@pytest.fixture
def world(db) -> World:  # noqa: ARG001
    """Build the world; every test that uses it ends with quotas that equal the live lines."""
    made = build()
    yield made
    assert discrepancies() == []
