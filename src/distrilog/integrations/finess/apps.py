"""Application."""

from django.apps import AppConfig


class FinessConfig(AppConfig):
    """Application."""

    name = "distrilog.integrations.finess"
