"""The pages around a login: the way in, the way out, the choice of a profile, the explanations."""

import logging
from collections.abc import Callable
from typing import Any

from allauth.core import ratelimit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect import views as provider
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from requests import RequestException  # noqa: TID251 - what allauth raises

from distrilog.domain.accounts.models import Person
from distrilog.domain.accounts.queries import actor_of_profile, profile_lines
from distrilog.integrations.identity.adapter import DETAILS_KEY, PROFILE_KEY
from distrilog.integrations.identity.explanations import EXPLANATIONS
from distrilog.kernel import clock


logger = logging.getLogger(__name__)

View = Callable[..., HttpResponse]

# The rule of each view, read by the test that walks all routes: all of them open the way to a profile.
PUBLIC = "public"
PERSON = "person"  # somebody logged in, with or without a profile in use


def _rule(name: str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.rule = name  # type: ignore[attr-defined]
        return view

    return mark


@_rule(PUBLIC)
@never_cache
@require_GET
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the one way in: a button towards the identity provider."""
    target = _target(request)
    if getattr(request, "actor", None) is not None:
        return redirect(target)
    if request.user.is_authenticated:
        return redirect(reverse("profiles", query={"next": target}))
    return render(request, "identity/sign_in.html", {"next": target})


@_rule(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Leave for the identity provider. By POST only: nobody is made to log in by a link."""
    if request.method == "GET":
        return redirect("login")
    if not ratelimit.consume(request, action="login"):
        return redirect("login-explained", page="trop-de-connexions")
    return _speaking(provider.login, request, provider_id)


@_rule(PUBLIC)
@never_cache
@require_GET
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Come back from the identity provider, with a code that is used once."""
    return _speaking(provider.callback, request, provider_id)


def _speaking(view: View, request: HttpRequest, provider_id: str) -> HttpResponse:
    """Turn a provider that does not answer, or not as the protocol says, into a page."""
    try:
        return view(request, provider_id)
    except (RequestException, OAuth2Error, KeyError):
        logger.exception("The identity provider does not answer as expected.")
        return redirect("login-explained", page="plage-indisponible")


@_rule(PUBLIC)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session here."""
    logout(request)
    messages.success(request, "Vous êtes déconnecté de Distrilog.")
    return redirect("login")


@_rule(PERSON)
@never_cache
@require_http_methods(["GET", "POST"])
def profiles(request: HttpRequest) -> HttpResponse:
    """Choose the profile to act under, or change it."""
    person = request.user
    if not isinstance(person, Person):
        return redirect("login")
    target = _target(request)
    if request.method == "POST":
        return _use(request, person, target)
    lines = profile_lines(person=person, at=clock.now())
    if not lines:
        logout(request)
        return redirect("login-explained", page="profil-expire")
    context = {"lines": lines, "next": target, "current": request.session.get(PROFILE_KEY)}
    return render(request, "identity/profiles.html", context)


def _use(request: HttpRequest, person: Person, target: str) -> HttpResponse:
    """Put a profile in use; forms left open under another one stop working."""
    chosen = request.POST.get("profile", "")
    valid = chosen.isdecimal() and actor_of_profile(
        person_id=person.pk, profile_id=int(chosen[:18]), at=clock.now()
    )
    if not valid:
        messages.error(request, "Ce profil n’est plus valable : choisissez-en un autre.")
        return redirect(reverse("profiles", query={"next": target}))
    request.session.cycle_key()
    request.session[PROFILE_KEY] = int(chosen)
    rotate_token(request)
    return redirect(target)


@_rule(PUBLIC)
@never_cache
@require_GET
def explained(request: HttpRequest, page: str) -> HttpResponse:
    """Say why a login led nowhere, and what to do."""
    explanation = EXPLANATIONS.get(page)
    if explanation is None:
        raise Http404
    context: dict[str, Any] = {
        "explanation": explanation,
        "details": request.session.get(DETAILS_KEY, []),
    }
    return render(request, "identity/explained.html", context, status=explanation.status)


def _target(request: HttpRequest) -> str:
    """Return where to go afterwards: an address of this portal, the home page otherwise."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts=None, require_https=request.is_secure()
    )
    return wanted if safe else "/"
