"""The login page, and the answer to the portal."""

from http import HTTPStatus
from typing import Any

from allauth.account.views import LoginView
from allauth.idp.oidc.views import authorization
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt

from distrilog.integrations.identity.standin.directory import accounts
from distrilog.integrations.identity.standin.environment import PORTAL_PORT


class SignInView(LoginView):  # type: ignore[misc]
    """Ask for a login and a password; the demonstration's accounts are listed under the form."""

    template_name = "standin/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the accounts, and the login that was typed or chosen."""
        login = self.request.POST.get("login") or self.request.GET.get("login", "")
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "accounts": accounts(), "login": login}


sign_in = SignInView.as_view()


@csrf_exempt
def authorize(request: HttpRequest) -> HttpResponse:
    """
    Answer the portal, then forget who logged in.

    A demonstration is played by several persons in one browser: each login asks again.
    """
    response: HttpResponse = authorization(request)
    if response.status_code == HTTPStatus.FOUND and "code=" in response.get("Location", ""):
        logout(request)
    return response


def home(_request: HttpRequest) -> HttpResponse:
    """Lead to the portal: there is nothing to see here."""
    return redirect(f"http://127.0.0.1:{PORTAL_PORT}/")
