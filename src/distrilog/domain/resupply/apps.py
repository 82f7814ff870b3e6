"""Application."""

from django.apps import AppConfig


class ResupplyConfig(AppConfig):
    """Application."""

    name = "distrilog.domain.resupply"
