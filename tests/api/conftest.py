"""The world of orders seen through the API, at its own moment."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from distrilog.api import gate
from distrilog.api.limits import Limiter
from distrilog.domain.accounts.models import Profile, Token
from distrilog.domain.accounts.rules import Role, token_digest
from distrilog.domain.orders.queries import discrepancies
from tests.domain.orders.world import AT, World, build
from tests.factories import ProfileFactory


@dataclass
class Caller:
    """A client with a token."""

    client: Client
    secret: str
    token: Token

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Send a request; a body is sent as JSON."""
        return self.client.generic(
            method,
            f"/api/v1/{path}",
            data=b"" if body is None else json.dumps(body).encode(),
            content_type="application/json" if body is not None else "",
            headers={"Authorization": f"Bearer {self.secret}", **headers},
        )

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("POST", path, body, **headers)


def caller_of(profile: Profile, *, deeds: list[str] | None = None) -> Caller:
    """Return a caller with a token of a profile."""
    secret = f"dl_{profile.pk:043d}"
    token = Token.objects.create(
        profile=profile,
        name="essai",
        digest=token_digest(secret),
        deeds=deeds or [],
        created_at=AT,
        expires_at=AT + timedelta(days=3650),
    )
    return Caller(client=Client(), secret=secret, token=token)


@pytest.fixture(autouse=True)
def moment(monkeypatch) -> None:
    """Set the clock that views read."""
    monkeypatch.setattr(timezone, "now", lambda: AT)
    monkeypatch.setattr(gate, "LIMITER", Limiter(per_minute=3000))


@pytest.fixture
def world(db) -> Iterator[World]:  # noqa: ARG001
    made = build()
    yield made
    assert discrepancies() == []


@pytest.fixture
def buyer(world) -> Caller:
    """The orderer of the home."""
    return caller_of(ProfileFactory(role=Role.ORDERER, facility=world.home))


@pytest.fixture
def ars(world) -> Caller:
    """The agency of the home's region."""
    return caller_of(ProfileFactory(role=Role.ARS, perimeter=world.home.department.region_id))


@pytest.fixture
def cell(db) -> Caller:  # noqa: ARG001
    """Somebody in the national cell."""
    return caller_of(ProfileFactory(role=Role.NATIONAL_CELL))
