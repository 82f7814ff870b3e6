"""A stand-in for PLAGE that runs, and a browser that goes from the portal to it and back."""

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as project
from django.core.cache import cache
from django.test import Client

from tests.factories import FacilityFactory


ROOT = Path(__file__).resolve().parents[3]
PORTAL = f"127.0.0.1:{project.PORT}"
PASSWORD = "demonstration"


@dataclass
class Plage:
    """The running stand-in: its address, and its accounts, which a test states."""

    url: str
    file: Path
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=20))

    def states(self, login: str, *profiles: dict[str, Any]) -> None:
        account = {
            "login": login,
            "password": PASSWORD,
            "name": f"{login} (essai)",
            "role": "essai",
            "profiles": [{"domain": "DISTRILOG", **profile} for profile in profiles],
        }
        self.file.write_text(json.dumps({"accounts": [account], "tokens": {}}))

    def answer(self, address: str, login: str, password: str = PASSWORD) -> httpx.Response:
        """Log in on the stand-in's page as a person does; return what follows, not followed."""
        browser = self.client
        browser.cookies.clear()
        page = browser.get(address, follow_redirects=True)
        found = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        fields = {name: unescape(value) for name, value in found.items()}
        sent = browser.post(
            page.url,
            data={**fields, "login": login, "password": password},
            headers={"Referer": str(page.url)},
        )
        while sent.is_redirect and sent.headers["Location"].startswith("/"):
            sent = browser.get(sent.url.join(sent.headers["Location"]))
        return sent


@contextmanager
def running(home: Path, *, portal_port: int) -> Iterator[Plage]:
    """Run the stand-in in a process of its own, for the portal at a port; it answers once this yields."""
    environment = {
        **os.environ,
        "DISTRILOG_HOME": str(home),
        "DISTRILOG_MODE": "test",
        "DISTRILOG_PORT": str(portal_port),
        "DJANGO_SETTINGS_MODULE": "distrilog.integrations.identity.standin.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("standin_server.py"))],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    try:
        port = server.stdout.readline().strip()
        assert port, "the stand-in did not start"
        yield Plage(url=f"http://127.0.0.1:{port}", file=home / "demo-accounts.json")
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plage]:
    with running(tmp_path_factory.mktemp("plage"), portal_port=project.PORT) as plage:
        yield plage


def point_to(settings: Any, url: str) -> None:
    """Make the portal speak to a provider at this address."""
    settings.PLAGE_URL = url
    providers = copy.deepcopy(settings.SOCIALACCOUNT_PROVIDERS)
    providers["openid_connect"]["APPS"][0]["settings"]["server_url"] = (
        f"{url}/.well-known/openid-configuration"
    )
    settings.SOCIALACCOUNT_PROVIDERS = providers


@pytest.fixture
def plage(standin: Plage, settings: Any) -> Plage:
    cache.clear()
    point_to(settings, standin.url)
    return standin


@dataclass
class Browser:
    """A browser on the portal."""

    plage: Plage
    client: Client = field(default_factory=lambda: Client(headers={"host": PORTAL}))

    def log_in(self, login: str, *, next_page: str = "/aide/") -> str:
        """Go through the whole login; return the address it ends at, which is not opened."""
        left = self.client.post("/connexion/plage/", {"next": next_page})
        assert left.status_code == 302
        came_back = self.plage.answer(left["Location"], login)
        address = httpx.URL(came_back.headers["Location"])
        assert address.netloc.decode() == PORTAL
        return self.client.get(address.raw_path.decode())["Location"]

    @property
    def acts(self) -> bool:
        """Whether a profile is in use: the login page then has nothing to ask."""
        answer = self.client.get("/connexion/", {"next": "/aide/"})
        return answer.status_code == 302 and answer["Location"] == "/aide/"


@pytest.fixture
def browser(plage: Plage) -> Browser:
    return Browser(plage)


@pytest.fixture
def home(db: None) -> Any:  # noqa: ARG001
    return FacilityFactory(registry="310000002", name="Les Tilleuls", commune="Toulouse")
