"""Application."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Application."""

    name = "distrilog.web"
