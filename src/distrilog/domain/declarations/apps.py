"""Application."""

from django.apps import AppConfig


class DeclarationsConfig(AppConfig):
    """Application."""

    name = "distrilog.domain.declarations"
