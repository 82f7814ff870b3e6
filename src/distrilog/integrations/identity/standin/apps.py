"""Application."""

from django.apps import AppConfig


class StandInConfig(AppConfig):
    """The stand-in for PLAGE."""

    name = "distrilog.integrations.identity.standin"
    label = "plage_standin"
    default_auto_field = "django.db.models.BigAutoField"
