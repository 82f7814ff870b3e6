"""What makes the declaration live without a network: the service worker, who is signed in, the page that says no."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.web.declarations.identity import COOKIE, HEADER, device_key
from distrilog.web.shared.rights import PUBLIC, ActorRequest, needs


# All that the page needs to look and work as it does with a network.
FILES: Final = (
    "dsfr/dist/dsfr.main.min.css",
    "distrilog/distrilog.css",
    "distrilog/distrilog.js",
    "distrilog/icon.svg",
    "declarations/declaration.css",
    "declarations/declaration.js",
    "declarations/queue.js",
    "declarations/scanning.js",
)


@require_safe
@needs(PUBLIC)
def worker(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Send the service worker; it changes when a file that it keeps does."""
    response = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Service-Worker-Allowed"] = reverse("declarations:declare")
    return response


@cache
def _worker() -> str:
    context: dict[str, Any] = {
        "version": _version(),
        "files": [static(name) for name in FILES],
        "page": reverse("declarations:declare"),
        "offline": reverse("declarations:offline"),
        "cookie": COOKIE,
        "header": HEADER,
        "life": str(settings.SESSION_COOKIE_AGE * 1000),
    }
    return render_to_string("declarations/worker.js", context)


def _version() -> str:
    """Return a name for what the files hold now."""
    digest = sha256()
    for name in FILES:
        found = finders.find(name)
        digest.update(Path(str(found)).read_bytes() if found else name.encode())
    return digest.hexdigest()[:12]


@require_safe
@needs(Deed.DECLARATION_MAKE)
def state(request: ActorRequest) -> HttpResponse:
    """Say who is signed in, and give the token of forms: what is asked before anything kept is sent."""
    told = {"profile": device_key(request.actor), "csrf": get_token(request)}
    response = JsonResponse(told)
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@needs(PUBLIC)
def without_network(request: HttpRequest) -> HttpResponse:
    """Show what the worker answers when there is nothing else; it speaks of nobody."""
    return render(request, "declarations/offline.html")
