"""Application."""

from django.apps import AppConfig


class OperatorConfig(AppConfig):
    """Application."""

    name = "distrilog.integrations.operator"
    verbose_name = "opérateur logistique"
