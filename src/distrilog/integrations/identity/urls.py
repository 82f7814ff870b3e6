"""Routes of the login."""

from django.urls import URLPattern


urlpatterns: list[URLPattern] = []
