"""Application."""

from django.apps import AppConfig


class RegimesConfig(AppConfig):
    """Routine or tension."""

    name = "distrilog.domain.regimes"
    verbose_name = "régimes"
