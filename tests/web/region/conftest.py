"""The agency of the home's region, its delegation, and a share behind every quota."""

import pytest
from django.test import Client

from distrilog.domain.quotas.models import Pot, Share
from tests.domain.orders.world import World
from tests.factories import ProfileFactory
from tests.web.people import client_of


@pytest.fixture
def shared(world) -> World:
    """Put a share behind each quota and the pot, as a published run does."""
    pairs = {(quota.family_id, quota.source_id) for quota in world.run.quotas.all()}
    pairs |= {(pot.family_id, pot.source_id) for pot in Pot.objects.all()}
    for family, source in sorted(pairs):
        boxes = {"surgical_mask": 50, "ffp2": 20, "gown": 10}
        Share.objects.get_or_create(
            run=world.run,
            family_id=family,
            source_id=source,
            defaults={"envelope": 10_000, "box_units": boxes.get(family, 50)},
        )
    return world


@pytest.fixture
def agency(shared) -> Client:  # noqa: ARG001
    """Return the browser of the agency of the home's region."""
    return client_of(ProfileFactory(role="ars", perimeter="11", facility=None))


@pytest.fixture
def elsewhere(shared) -> Client:  # noqa: ARG001
    """Return the browser of the agency of another region."""
    return client_of(ProfileFactory(role="ars", perimeter="76", facility=None))


@pytest.fixture
def delegation(shared) -> Client:
    """Return the browser of the delegation of the home's department."""
    perimeter = shared.home.department_id
    return client_of(ProfileFactory(role="delegation", perimeter=perimeter, facility=None))


@pytest.fixture
def cell(shared) -> Client:  # noqa: ARG001
    """Return the browser of the national cell."""
    return client_of(ProfileFactory(role="national_cell", perimeter="", facility=None))
