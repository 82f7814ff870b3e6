"""Routes of what is public, and of the journal."""

from django.urls import URLPattern


app_name = "transparency"
urlpatterns: list[URLPattern] = []
