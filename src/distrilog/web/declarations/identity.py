"""Who a page kept on a device belongs to: a name for a profile that says nothing of the person."""

from typing import Final

from django.http import HttpResponse
from django.utils.crypto import salted_hmac

from distrilog.domain.accounts.rules import Actor


# Read by the service worker: it shows its page to nobody but who it was made for.
COOKIE: Final = "distrilog_declaration"
HEADER: Final = "X-Distrilog-Profile"
PATH: Final = "/declaration/"


def device_key(actor: Actor) -> str:
    """Return what a device calls this profile: opaque, the same at each visit."""
    return salted_hmac("declaration-device", f"{actor.person}:{actor.profile}").hexdigest()[:20]


def marked(response: HttpResponse, *, actor: Actor) -> HttpResponse:
    """
    Say whose page this is, to the service worker alone.

    The cookie ends with the browser’s session, as the login does; it opens nothing.
    """
    key = device_key(actor)
    response[HEADER] = key
    response["Cache-Control"] = "private, no-store"
    response.set_cookie(COOKIE, key, path=PATH, samesite="Lax", httponly=False)
    return response
