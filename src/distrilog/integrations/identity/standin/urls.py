"""Routes of the stand-in: discovery, the protocol, one login page."""

from django.urls import include, path

from distrilog.integrations.identity.standin import views


urlpatterns = [
    path("", views.home, name="home"),
    path("connexion/", views.sign_in, name="account_login"),
    # Before allauth's own: this one ends the provider's session once the code is given.
    path("identity/o/authorize", views.authorize),
    path("", include("allauth.idp.urls")),
]
