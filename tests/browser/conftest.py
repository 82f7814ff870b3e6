"""A real browser on a real server: Debian's Chromium driven by playwright, and axe on every page."""

import os
import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from distrilog.domain.accounts.models import Profile
from tests.web.conftest import hands, world  # noqa: F401 - the world of the screens
from tests.web.people import session_of


CHROMIUM = os.environ.get("DISTRILOG_CHROMIUM") or shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}


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


@pytest.fixture
def context(chromium: Browser, live_server) -> Iterator[BrowserContext]:
    """Open a window of its own for the test."""
    made = chromium.new_context(base_url=live_server.url, viewport=DESKTOP, locale="fr-FR")
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Open a page on which no script fails and the content policy drops nothing."""
    made = context.new_page()
    faults: list[str] = []
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on(
        "console",
        lambda told: faults.append(told.text) if "Content Security Policy" in told.text else None,
    )
    yield made
    assert faults == []


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
