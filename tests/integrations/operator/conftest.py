"""Keys, tokens and a clock for the portal's side of the conversation with the operator."""

import pytest

from distrilog.kernel import clock
from distrilog.kernel.seals import SigningKey, load_or_create_key
from tests.integrations.operator.partner import NOW, caller, warehouse as running_warehouse


@pytest.fixture
def keys(settings, tmp_path):
    """Make the portal's key and the operator's; return the latter."""
    settings.OPERATOR_PORTAL_KEY_FILE = tmp_path / "operator-portal-key"
    settings.OPERATOR_TOKEN = "to-the-operator"
    operator = SigningKey.generate()
    settings.OPERATOR_PUBLIC_KEY = operator.public_hex
    return operator


@pytest.fixture
def now(monkeypatch):
    """Stop the clock on Friday 6 November 2020, 15:00 in Paris."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return NOW


@pytest.fixture
def operator(keys, now, db):  # noqa: ARG001
    """Return the operator's software, with its token."""
    return caller(keys, at=now)


@pytest.fixture
def warehouse(keys, settings):  # noqa: ARG001
    """Run a warehouse that accepts everything."""
    portal_key = load_or_create_key(settings.OPERATOR_PORTAL_KEY_FILE)
    with running_warehouse(portal_key) as running:
        settings.OPERATOR_URL = running.url
        yield running
