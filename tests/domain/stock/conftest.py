"""A stock with nothing in it."""

import pytest

from tests.domain.stock.world import furnish


@pytest.fixture
def stock(db):  # noqa: ARG001
    furnish()
