"""Who has an account: a file of the demonstration, read again at each question."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from distrilog.integrations.identity.standin import environment
from distrilog.integrations.identity.standin.models import AccountRequest


PASSWORD = "demonstration"  # noqa: S105 - that of every account made here


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person: how to log in, and the profiles that the provider states."""

    login: str
    password: str
    name: str
    role: str
    facility: str = ""
    profiles: list[dict[str, Any]] = field(default_factory=list)


def accounts() -> list[Account]:
    """Return every account: the demonstration's, once it is loaded, and those the portal asked for."""
    return [*_written(), *_created()]


def _created() -> list[Account]:
    return [
        Account(
            login=request.email.lower(),
            password=PASSWORD,
            name=request.name,
            role=request.role,
            facility=request.facility,
            profiles=[{"role": request.role, "facility": request.facility, "domain": "DISTRILOG"}],
        )
        for request in AccountRequest.objects.filter(created=True).order_by("email", "key")
    ]


def _written() -> list[Account]:
    try:
        read = json.loads(environment.DIRECTORY_FILE.read_text())
    except FileNotFoundError:
        return []
    return [
        Account(
            login=each["login"],
            password=each["password"],
            name=each["name"],
            role=each["role"],
            facility=each.get("facility") or "",
            profiles=each.get("profiles", []),
        )
        for each in read["accounts"]
    ]


def find(login: str) -> Account | None:
    """Return the account of a login, whatever its case."""
    wanted = login.strip().lower()
    return next((account for account in accounts() if account.login == wanted), None)


class DirectoryBackend(ModelBackend):
    """Checks a password against the file; the row it makes only carries the session."""

    def authenticate(
        self,
        request: HttpRequest | None,  # noqa: ARG002
        username: str | None = None,
        password: str | None = None,
        **_others: Any,
    ) -> Any:
        """Return the user of the account, or `None`."""
        account = find(username or "")
        expected = account.password if account else ""
        matches = constant_time_compare(password or "", expected)
        if account is None or not matches:
            return None
        users: Any = get_user_model()._default_manager  # noqa: SLF001
        user, _created = users.get_or_create(username=account.login)
        return user
