"""Who acts: the profile in use, read again at each request."""

from collections.abc import Callable

import pghistory
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse

from distrilog.domain.accounts.queries import actor_of_profile
from distrilog.domain.accounts.rules import Actor
from distrilog.kernel import clock


Handler = Callable[[HttpRequest], HttpResponse]

PROFILE_KEY = "profile_id"
_READS = ("GET", "HEAD", "OPTIONS", "TRACE")


def acting_profile(get_response: Handler) -> Handler:
    """
    Put who acts on the request as `request.actor`, or `None`, in one query.

    A profile that is no longer valid ends the session at once. What is written during the request
    carries who and where.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        actor = _actor(request)
        request.actor = actor  # type: ignore[attr-defined]
        if actor is None or request.method in _READS:
            return get_response(request)
        with pghistory.context(by=actor.by, profile=actor.profile, url=request.path):
            return get_response(request)

    return handle


def _actor(request: HttpRequest) -> Actor | None:
    person = request.session.get(SESSION_KEY)
    profile = request.session.get(PROFILE_KEY)
    if person is None or profile is None:
        return None
    actor = actor_of_profile(person_id=person, profile_id=profile, at=clock.now())
    if actor is None:
        _end(request)
    return actor


def _end(request: HttpRequest) -> None:
    logout(request)
    words = "Votre profil n’est plus valable : votre session a été fermée. Reconnectez-vous."
    messages.warning(request, words)
