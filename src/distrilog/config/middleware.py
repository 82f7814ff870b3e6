"""A short way for the API: token requests need no session, no CSRF, no static files."""

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.urls import ResolverMatch, resolve

from distrilog.api.outcomes import spoken
from distrilog.api.problems import (
    InsecureTransport,
    Malformed,
    MethodNotAllowed,
    NoSuchOperation,
    on_exception,
    problem,
)


Handler = Callable[[HttpRequest], HttpResponse]

logger = logging.getLogger(__name__)
PREFIX = "/api/"
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    # Answers are data, except the documentation: a page with one style sheet.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
}


def fast_api(get_response: Handler) -> Handler:
    """
    Answer `/api/` requests before the middlewares of pages, which would cost as much as the answer.

    What those would have given is given here: known hosts, HTTPS, security headers, and a problem
    instead of a page for whatever goes wrong. Each service opens its own transactions.
    """
    security = SecurityMiddleware(get_response)

    def handle(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return get_response(request)
        response = spoken(request, _answer(request))
        for name, value in _HEADERS.items():
            if name not in response:
                response[name] = value
        security.process_response(request, response)
        if not response.streaming:
            response["Content-Length"] = str(len(response.content))
        # A refusal is an answer: nothing for the log of what went wrong.
        response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
        return response

    return handle


def _answer(request: HttpRequest) -> HttpResponse:
    try:
        request.get_host()
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            # A redirection would hide that the token has just travelled in clear.
            return problem(InsecureTransport(detail="Utilisez https://, et remplacez cette clé."))
        match = _resolved(request.path_info)
        request.resolver_match = match
        view: Any = match.func
        response: HttpResponse = view(request, *match.args, **match.kwargs)
    except DisallowedHost:
        return problem(Malformed(detail="L’en-tête « Host » n’est pas celui de ce service."))
    except Http404:
        return problem(NoSuchOperation(detail="Voir /api/v1/docs."))
    except Exception as error:  # noqa: BLE001 - the last one to answer, whatever it is
        return on_exception(request, error)
    if response.status_code == MethodNotAllowed.status:
        allowed = response.headers.get("Allow", "")
        return problem(MethodNotAllowed(detail=f"Permises : {allowed}."), Allow=allowed)
    return response


@lru_cache(maxsize=1024)
def _resolved(path: str) -> ResolverMatch:
    """Return where a path leads; the routes of the API never change while the process lives."""
    return resolve(path)
