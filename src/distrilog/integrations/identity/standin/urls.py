"""Routes of the stand-in: discovery, the protocol, one login page."""

from django.urls import include, path

from distrilog.integrations.identity.standin import requests, views


urlpatterns = [
    path("", views.home, name="home"),
    path("connexion/", views.sign_in, name="account_login"),
    path("api/comptes", requests.accounts),
    path("api/demandes/<uuid:key>", requests.request_of),
    # Before allauth's own: this one ends the provider's session once the code is given.
    path("identity/o/authorize", views.authorize),
    path("", include("allauth.idp.urls")),
]
