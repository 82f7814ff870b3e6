"""Routes of the facility's pages."""

from django.urls import path

from distrilog.web.facility.views import help, home  # noqa: A004


app_name = "facility"
urlpatterns = [
    path("", home.home, name="home"),
    path("aide/", help.topics, name="help"),
    path("aide/accessibilite/", help.accessibility, name="accessibility"),
    path("messages/", help.topics, name="messages"),
    path("commander/", help.topics, name="order"),
    path("commandes/", help.topics, name="orders"),
    path("etablissement/", help.topics, name="sheet"),
    path("etablissements/", help.topics, name="list"),
]
