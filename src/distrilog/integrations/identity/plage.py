"""
The three account messages with PLAGE: does this account exist, please create it, has it been created.

The confirmation is fetched, not received: no door opens for it. No public specification exists; the stand-in
answers the same, and this module is the one place to change.
"""

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from distrilog.integrations.identity.rules import Answer


TIMEOUT_SECONDS = 5
# About this request alone; anything else that goes wrong is about PLAGE, and asked again.
_TURNED_DOWN = {400, 404, 409, 410, 422}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class PlageUnreachable(Exception):  # noqa: N818 - says what it is
    """PLAGE does not answer, or not as agreed: ask again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An account that PLAGE is asked to create."""

    key: str
    name: str
    email: str
    facility: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What became of a request, and why where it was refused."""

    answer: Answer
    motive: str = ""


class Plage:
    """A conversation with PLAGE. Use it as a context."""

    def __init__(self, *, url: str = "", secret: str = "") -> None:
        base = url or settings.PLAGE_URL
        app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
        self._client = httpx.Client(
            base_url=base,
            timeout=TIMEOUT_SECONDS,
            headers={"Authorization": f"Bearer {secret or app['secret']}"},
            trust_env=urlsplit(base).hostname not in _LOOPBACK,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def account_exists(self, *, email: str) -> bool:
        """Ask whether an address has an account."""
        return self._ask("GET", "/api/comptes", params={"email": email}).get("exists") is True

    def request_creation(self, asked: Asked) -> Confirmation:
        """Ask for an account, under a key: the same request again is one request."""
        body = {
            "name": asked.name,
            "email": asked.email,
            "facility": asked.facility,
            "role": asked.role,
        }
        return _confirmation(self._ask("PUT", f"/api/demandes/{asked.key}", json=body))

    def confirmation(self, *, key: str) -> Confirmation:
        """Ask what became of a request."""
        return _confirmation(self._ask("GET", f"/api/demandes/{key}"))

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        try:
            response = self._client.request(method, path, **more)
            if response.status_code in _TURNED_DOWN:
                return {"state": Answer.REFUSED, "motive": "Demande refusée par PLAGE."}
            response.raise_for_status()
            found = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise PlageUnreachable(str(error)) from error
        if not isinstance(found, dict):
            raise PlageUnreachable("PLAGE does not answer an object.")
        return found


def _confirmation(found: dict[str, Any]) -> Confirmation:
    try:
        answer = Answer(found.get("state", ""))
    except ValueError as error:
        raise PlageUnreachable("PLAGE answers an unknown state.") from error
    return Confirmation(answer=answer, motive=str(found.get("motive") or "")[:200])
