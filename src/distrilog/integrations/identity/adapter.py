"""
Links a login to a person by the provider’s subject, never by e-mail, and follows the profiles it states.

Whoever has no profile to work with gets no session: a page says why.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from requests import RequestException, Session  # noqa: TID251 - allauth speaks it

from distrilog.domain.accounts.models import Person
from distrilog.domain.accounts.queries import open_registries, profiles_of
from distrilog.domain.accounts.rules import (
    DOMAIN,
    Judgement,
    Outcome,
    ProfileClaim,
    judge,
)
from distrilog.domain.accounts.services import sync_profiles
from distrilog.integrations.identity.claims import profile_claims
from distrilog.integrations.identity.explanations import PAGE_OF
from distrilog.kernel import clock
from distrilog.kernel.weeks import PARIS


PROFILE_KEY = "profile_id"
DETAILS_KEY = "login_details"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class PlageAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """What happens between the provider's answer and the session."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Bring the profiles of a known person up to date, and turn away whoever has none to use."""
        at = clock.now()
        # Addresses are for letters: nobody is found, linked or refused by one.
        sociallogin.email_addresses = []
        sociallogin.state["process"] = "login"
        claims = profile_claims(_userinfo(sociallogin))
        if sociallogin.is_existing:
            sync_profiles(person=sociallogin.user, claims=claims, at=at)
            if not sociallogin.user.is_active:
                raise _turned_away(request, "compte-desactive")
        judgement = judge(
            claims=claims,
            open_registries=open_registries(registries=[claim.facility for claim in claims], at=at),
            at=at,
        )
        if judgement.outcome is not Outcome.READY:
            raise _turned_away(request, PAGE_OF[judgement.outcome], _details(judgement, claims))

    def populate_user(
        self,
        request: HttpRequest,  # noqa: ARG002
        sociallogin: Any,
        data: dict[str, Any],
    ) -> Person:
        """Take the name and the address of a new person; neither identifies anybody."""
        person: Person = sociallogin.user
        person.name = str(data.get("name") or "")[:120]
        person.email = str(data.get("email") or "")[:254]
        return person

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Person:
        """Keep a new person with its profiles, together."""
        with transaction.atomic():
            person: Person = super().save_user(request, sociallogin, form)
            claims = profile_claims(_userinfo(sociallogin))
            sync_profiles(person=person, claims=claims, at=clock.now())
        return person

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,  # noqa: ARG002
        *,
        exception: BaseException | None = None,
        **_others: Any,
    ) -> None:
        """Explain, whatever went wrong between the provider and us."""
        unreachable = isinstance(exception, RequestException)
        raise _turned_away(
            request, "plage-indisponible" if unreachable else "connexion-interrompue"
        )

    def get_requests_session(self) -> Session:
        """Return a client with a timeout; one that speaks to this machine uses no proxy."""
        session: Session = super().get_requests_session()
        session.trust_env = urlsplit(settings.PLAGE_URL).hostname not in _LOOPBACK
        return session


class PersonAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Where a person goes once logged in."""

    def post_login(
        self,
        request: HttpRequest,
        user: Person,
        *,
        redirect_url: str | None = None,
        **_others: Any,
    ) -> HttpResponse:
        """Put the only profile in use, or let the person choose among several."""
        request.session.pop(PROFILE_KEY, None)
        target = redirect_url if redirect_url and self.is_safe_url(redirect_url) else "/"
        usable = profiles_of(person=user, at=clock.now())
        if len(usable) == 1:
            request.session[PROFILE_KEY] = usable[0].pk
            return redirect(target)
        return redirect(reverse("profiles", query={"next": target}))


def _userinfo(sociallogin: Any) -> dict[str, Any]:
    data = sociallogin.account.extra_data
    found = data.get("userinfo") if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _turned_away(
    request: HttpRequest, page: str, details: Sequence[str] = ()
) -> ImmediateHttpResponse:
    """End the session in this browser, and lead to the page that says why."""
    logout(request)
    request.session[DETAILS_KEY] = list(details)
    return ImmediateHttpResponse(redirect("login-explained", page=page))


def _details(judgement: Judgement, claims: Sequence[ProfileClaim]) -> list[str]:
    """Return what the provider stated that explains the outcome, for the reader to check."""
    if judgement.outcome is Outcome.FOREIGN_DOMAIN:
        return sorted({f"Domaine de votre profil : {claim.domain}" for claim in claims})
    ours = [claim for claim in claims if claim.domain == DOMAIN]
    if judgement.outcome is Outcome.EXPIRED:
        return sorted(
            f"Date de fin : {claim.valid_until.astimezone(PARIS):%d/%m/%Y}"
            for claim in ours
            if claim.valid_until
        )
    return sorted({f"Numéro d’établissement : {claim.facility or 'aucun'}" for claim in ours})
