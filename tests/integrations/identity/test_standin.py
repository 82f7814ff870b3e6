"""The stand-in itself: what it says, what it limits, where it refuses to run."""

import os
import subprocess
import sys

import pytest

from distrilog.integrations.identity.standin.key import private_key
from tests.integrations.identity.conftest import ROOT


pytestmark = pytest.mark.xdist_group("plage")


class TestStandIn:
    def test_says_that_it_is_not_the_real_one(self, plage):
        page = plage.client.get(f"{plage.url}/connexion/").text
        assert "Démonstration : ce n’est pas PLAGE" in page

    def test_limits_wrong_passwords(self, plage):
        plage.states("limite", {"role": "auditor"})
        pages = [plage.answer(f"{plage.url}/connexion/", "limite", "faux") for _ in range(6)]
        assert all(page.status_code == 200 for page in pages)
        assert "Trop" in pages[-1].text
        assert "Trop" not in pages[0].text
        right = plage.answer(f"{plage.url}/connexion/", "limite")
        assert right.status_code == 200, "the right password waits too"

    def test_forgets_who_logged_in_once_the_portal_knows(self, browser, plage, home):  # noqa: ARG002
        plage.states("ehpad", {"role": "orderer", "facility": "310000002"})
        with_session = browser.client.post("/connexion/plage/")
        answer = plage.answer(with_session["Location"], "ehpad")
        assert "code=" in answer.headers["Location"]
        assert 'plage_session=""' in answer.headers["Set-Cookie"]

    def test_knows_only_its_own_return_addresses(self, plage):
        plage.states("ehpad", {"role": "auditor"})
        address = (
            f"{plage.url}/identity/o/authorize?client_id=distrilog&response_type=code"
            "&scope=openid&redirect_uri=https://example.org/"
        )
        answer = plage.answer(address, "ehpad")
        assert not answer.is_redirect
        assert "code=" not in str(answer.url)
        assert "Mismatching redirect URI" in answer.text, answer.text

    def test_refuses_to_run_beside_a_real_portal(self):
        ended = subprocess.run(
            [sys.executable, "-c", "import distrilog.integrations.identity.standin.settings"],
            env={**os.environ, "DISTRILOG_MODE": "serve", "PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode != 0
        assert "never runs beside a real portal" in ended.stderr


class TestPrivateKey:
    def test_is_drawn_once_and_for_its_owner_only(self, tmp_path):
        path = tmp_path / "home" / "key.pem"
        assert private_key(path) == private_key(path)
        assert path.stat().st_mode & 0o077 == 0
