"""Routes of the login. No sign-up, no password: the identity provider keeps both."""

from django.urls import URLPattern, path, re_path

from distrilog.integrations.identity import views


urlpatterns: list[URLPattern] = [
    path("connexion/", views.sign_in, name="login"),
    path("connexion/explication/<slug:page>/", views.explained, name="login-explained"),
    # The names and the argument are those that allauth looks for.
    re_path(r"^connexion/(?P<provider_id>plage)/$", views.start, name="openid_connect_login"),
    re_path(
        r"^connexion/(?P<provider_id>plage)/retour/$",
        views.callback,
        name="openid_connect_callback",
    ),
    path("deconnexion/", views.sign_out, name="logout"),
    path("profils/", views.profiles, name="profiles"),
]
