"""Application."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Application."""

    name = "distrilog.integrations.identity"
