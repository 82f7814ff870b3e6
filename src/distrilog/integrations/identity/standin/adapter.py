"""What the stand-in says of somebody: the subject, the name, the profiles."""

from collections.abc import Iterable
from typing import Any, Literal

from allauth.account.adapter import DefaultAccountAdapter
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from django.contrib.auth import get_user_model

from distrilog.integrations.identity.standin.directory import find


class PlainWords(DefaultAccountAdapter):  # type: ignore[misc]
    """The login page’s refusals, in plain French."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "Identifiant ou mot de passe incorrect.",
        "too_many_login_attempts": "Trop d’essais : attendez cinq minutes, puis recommencez.",
    }


class StandInAdapter(DefaultOIDCAdapter):  # type: ignore[misc]
    """The subject is the login: it stays the same when the demonstration is loaded again."""

    def get_user_sub(self, client: Any, user: Any) -> str:  # noqa: ARG002
        """Return the subject."""
        return str(user.username)

    def get_user_by_sub(self, client: Any, sub: str) -> Any:  # noqa: ARG002
        """Return the user of a subject while it has an account."""
        users: Any = get_user_model()._default_manager  # noqa: SLF001
        return users.filter(username=sub, is_active=True).first() if find(sub) else None

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],
        user: Any,
        client: Any,
        scopes: Iterable[str],
        **more: Any,
    ) -> dict[str, Any]:
        """Add the name and, to the user information, the profiles."""
        claims: dict[str, Any] = super().get_claims(purpose, user, client, scopes, **more)
        account = find(user.username)
        if account is not None:
            claims["name"] = account.name
            if purpose == "userinfo":
                claims["profiles"] = account.profiles
        return claims
