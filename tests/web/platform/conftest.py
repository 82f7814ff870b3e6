"""A plan sent to two platforms, their referents, their agency and the cell, each at a browser."""

from datetime import timedelta

import pytest

from distrilog.kernel import clock
from tests.domain.distribution.test_platforms import received, sent
from tests.domain.distribution.world import AT, build
from tests.factories import ProfileFactory
from tests.web.people import client_of, profile_of


NOW = AT + timedelta(days=1)


class Dock:
    """The world of the plan, what was sent of it, and who looks at it."""

    def __init__(self):
        self.world = build()
        self.plan, self.flows = sent(self.world)
        self.north = self.world.north
        self.referent = client_of(profile_of(self.world.hospital, role="platform"))
        region = self.north.region_id
        self.agency = client_of(ProfileFactory(role="ars", perimeter=region))
        self.cell = client_of(ProfileFactory(role="national_cell"))

    @property
    def flow(self):
        """What is sent to the northern platform."""
        return self.flows[0]

    def receive(self, **more):
        """Take it in."""
        received(self.world, self.flow, **more)

    @property
    def round(self):
        """The address of the plan’s round."""
        return f"/tournee/{self.plan.pk}/"


@pytest.fixture
def dock(db, monkeypatch):  # noqa: ARG001
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Dock()
