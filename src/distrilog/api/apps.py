"""Application."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Application."""

    name = "distrilog.api"
    label = "distrilog_api"
