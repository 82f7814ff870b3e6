"""The route of the operator's messages."""

from django.urls import path

from distrilog.integrations.operator import views


urlpatterns = [
    path("partenaires/operateur/messages", views.messages, name="operator-messages"),
]
