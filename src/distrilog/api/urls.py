"""Routes of the API."""

from django.urls import path

from distrilog.api.application import api
from distrilog.api.documents import docs, openapi


urlpatterns = [
    path("openapi.json", openapi, name="openapi"),
    path("docs", docs, name="api-docs"),
    path("", api.urls),
]
