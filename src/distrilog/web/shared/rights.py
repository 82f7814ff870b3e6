"""Who may open a page: one decorator on every view, read by the test that walks all routes."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.kernel.refusals import Refusal
from distrilog.web.shared import errors


PUBLIC: Final = "public"
SIGNED_IN: Final = "signed-in"

View = Callable[..., HttpResponse]
_READS = ("SELECT", "WITH", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "SHOW")
_LOCKS = ("FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE")


class ActorRequest(HttpRequest):
    """A request of somebody whose profile was read again from the database."""

    actor: Actor


class WriteInReadError(RuntimeError):
    """A page opened by GET tried to change the database: a programming error, never a user's."""


def actor_of(request: HttpRequest) -> Actor | None:
    """Return who acts, or None for somebody who is not logged in or has no profile in use."""
    return getattr(request, "actor", None)


def needs(rule: Deed | str) -> Callable[[View], View]:
    """
    Open a page to those who may do this deed, to anyone signed in (`SIGNED_IN`), or to all (`PUBLIC`).

    Refusals that the view lets through become a French page with their status.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if rule != PUBLIC and actor_of(request) is None:
                return _to_login(request)
            if _has_nul(request):
                return errors.bad_request(request)
            try:
                return _open(view, rule, request, *args, **kwargs)
            except Refusal as refusal:
                return errors.refused(request, refusal)

        guarded.rule = rule  # type: ignore[attr-defined]
        return guarded

    return decorate


def _open(
    view: View, rule: Deed | str, request: HttpRequest, *args: Any, **kwargs: Any
) -> HttpResponse:
    actor = actor_of(request)
    if isinstance(rule, Deed) and actor is not None:
        actor.require(rule)
    if request.method not in ("GET", "HEAD"):
        return view(request, *args, **kwargs)
    with connection.execute_wrapper(_only_reads):
        return view(request, *args, **kwargs)


def _has_nul(request: HttpRequest) -> bool:
    """Tell whether a value holds a NUL: no text does, and PostgreSQL would fail on it."""
    sent = [request.path_info]
    for values in (request.GET, request.POST):
        sent += [text for _name, texts in values.lists() for text in texts]
    return any("\0" in text for text in sent)


def _only_reads(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
    """Let statements that read through. Costs no round trip, unlike a read-only transaction."""
    words = sql.lstrip(" (\n").upper()
    if not words.startswith(_READS) or any(lock in words for lock in _LOCKS):
        raise WriteInReadError(sql[:200])
    return execute(sql, *rest)


def _to_login(request: HttpRequest) -> HttpResponse:
    back = request.get_full_path() if request.method == "GET" else "/"
    return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': back})}")
