"""The home of the declaration’s screens."""

import pytest

from tests.domain.declarations.world import AT
from tests.web.declarations.world import SMALL, Site, build


@pytest.fixture
def site(db, hands) -> Site:  # noqa: ARG001
    """Return a home that needs the seven families."""
    hands.at = AT
    return build()


@pytest.fixture
def small(db, hands) -> Site:  # noqa: ARG001
    """Return a home so small that it may declare in bands."""
    hands.at = AT
    return build(needs=SMALL)
