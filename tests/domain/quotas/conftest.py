"""What every test of runs needs: a signing key of its own."""

import pytest


@pytest.fixture(autouse=True)
def _key_file(settings, tmp_path):
    settings.SIGNING_KEY_FILE = tmp_path / "secret" / "signing-key"
