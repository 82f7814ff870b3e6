"""Application."""

from django.apps import AppConfig


class RegionalConfig(AppConfig):
    """Application."""

    name = "distrilog.domain.regional"
