"""The gate of every operation: who asks, how often, and whether the body may be read at all."""

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from distrilog.api.limits import LIMITER
from distrilog.api.problems import (
    NotJson,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    UnsupportedKind,
)
from distrilog.domain.accounts.queries import actor_of_token
from distrilog.domain.accounts.rules import Actor
from distrilog.kernel import clock


# An order of 30 lines is 3 kB, the decisions of a national run 30 kB.
LARGEST_BODY = 256 * 1024
_JSON = "application/json"


class ApiRequest(HttpRequest):
    """A request that passed the gate."""

    auth: Actor


class Gate(HttpBearer):
    """
    A bearer token bound to a person's role and facility, read again at each request.

    `kinds` are the types of body that an operation reads, `largest` how many bytes it may have.
    """

    openapi_name = "token"

    def __init__(self, *, kinds: Collection[str] = (_JSON,), largest: int = LARGEST_BODY) -> None:
        super().__init__()
        self._kinds = kinds
        self._largest = largest

    def __call__(self, request: HttpRequest) -> Actor:
        """Return who acts, or refuse: 401, then 429, then 413 and 415."""
        scheme, _space, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != self.openapi_scheme:
            raise Unauthenticated(detail="Envoyez « Authorization: Bearer <clé> ».")
        actor = self.authenticate(request, secret.strip())
        wait = LIMITER.seconds_to_wait(actor.through)
        if wait:
            raise TooManyRequests(
                detail=f"Réessayez dans {wait} s.",
                retry_after=wait,
            )
        self._refuse_body(request.META)
        return actor

    def authenticate(self, request: HttpRequest, token: str) -> Actor:  # noqa: ARG002
        """Return the actor of a token, or refuse."""
        actor = actor_of_token(secret=token, at=clock.now()) if token.isascii() else None
        if actor is None:
            raise Unauthenticated(
                detail="Cette clé n’est pas valable : créez-en une dans « Mes clés d’API »."
            )
        return actor

    def _refuse_body(self, meta: dict[str, Any]) -> None:
        length = str(meta.get("CONTENT_LENGTH") or "0")
        if not length.isdigit() or int(length) > self._largest:
            raise TooLarge(
                detail=f"Le corps d’une requête fait {self._largest // 1024} Kio au plus."
            )
        if length == "0" or kind_of(meta) in self._kinds:
            return
        if set(self._kinds) == {_JSON}:
            raise NotJson(detail="Envoyez du JSON, avec « Content-Type: application/json ».")
        raise UnsupportedKind(detail=f"Types traités : {', '.join(self._kinds)}.")


def kind_of(meta: dict[str, Any]) -> str:
    """Return the media type of a body, without its parameters."""
    return str(meta.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
