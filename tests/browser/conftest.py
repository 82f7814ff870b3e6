"""A real browser on a real server: Debian's Chromium driven by playwright, and axe on every page."""

import os
import shutil
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from distrilog.domain.accounts.models import Profile
from tests.web.conftest import hands, world  # noqa: F401 - the world of the screens
from tests.web.decisions.conftest import _key_file, country  # noqa: F401 - the one to decide for
from tests.web.declarations.conftest import site, small  # noqa: F401 - the homes that declare
from tests.web.people import session_of


CHROMIUM = os.environ.get("DISTRILOG_CHROMIUM") or shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE = 30_000  # milliseconds, on a machine that does other things too
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Chromium once; without one these tests are skipped, and say so."""
    if not CHROMIUM:
        pytest.skip("no Chromium here: install it, or name it in DISTRILOG_CHROMIUM")
    # Playwright's loop makes Django believe that it runs inside an asynchronous one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Opener(Protocol):
    """Opens a window of its own, logged in under a profile if one is given; options are the context's."""

    def __call__(self, profile: Profile | None = None, **options: Any) -> Page: ...


@pytest.fixture
def windows(chromium: Browser, live_server) -> Iterator[Opener]:
    """Open windows in which no script fails and the content policy drops nothing."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_window(profile: Profile | None = None, **options: Any) -> Page:
        usual = {"base_url": live_server.url, "viewport": DESKTOP, "locale": "fr-FR"}
        context = chromium.new_context(**(usual | options))
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        made = context.new_page()
        made.on("pageerror", lambda error: faults.append(str(error)))
        made.on("console", lambda told: faults.extend(_dropped(told.text)))
        if profile is not None:
            login_as(made, profile)
        return made

    yield open_window
    for context in contexts:
        context.close()
    assert faults == []


def _dropped(told: str) -> list[str]:
    return [told] if "Content Security Policy" in told else []


@pytest.fixture
def page(windows: Opener) -> Page:
    """Open a window where nobody is logged in."""
    return windows()


def login_as(page: Page, profile: Profile) -> None:
    """Act under a profile from the next page on; the login itself has its own test."""
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": session_of(profile),
                "domain": "localhost",
                "path": "/",
            }
        ]
    )


def axe(page: Page) -> None:
    """Refuse any fault that axe finds on the page."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
