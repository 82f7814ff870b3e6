"""A small stock on a Wednesday morning, and the browsers of those who keep it and watch over it."""

import pytest
from django.test import Client

from distrilog.domain.stock.models import Place
from distrilog.domain.stock.rules import Status
from tests.factories import FacilityFactory, PlaceFactory, ProfileFactory, stocked
from tests.web.people import client_of, profile_of


@pytest.fixture
def shelves(db, hands) -> None:  # noqa: ARG001
    """Put masks at SPF and at the operator: usable ones, strategic ones, old ones."""
    PlaceFactory(pallets=20)
    PlaceFactory(spf=True)
    PlaceFactory(code="door", name="Établissements servis", kind=Place.Kind.DOOR)
    stocked(100_000, place="spf", number="S1")
    stocked(50_000, place="spf", number="S1", status=Status.STRATEGIC)
    stocked(20_000, number="O1")


@pytest.fixture
def spf(shelves) -> Client:  # noqa: ARG001
    """Return the browser of who keeps the State’s stock."""
    return client_of(ProfileFactory(role="spf", facility=None))


@pytest.fixture
def cell(shelves) -> Client:  # noqa: ARG001
    """Return the browser of the national cell: it reads, recalls and declares, but moves nothing."""
    return client_of(ProfileFactory(role="national_cell", facility=None))


@pytest.fixture
def auditor(shelves) -> Client:  # noqa: ARG001
    """Return the browser of the auditor."""
    return client_of(ProfileFactory(role="auditor", facility=None))


@pytest.fixture
def orderer(shelves) -> Client:  # noqa: ARG001
    """Return the browser of a home."""
    return client_of(profile_of(FacilityFactory()))
