"""Application."""

from django.apps import AppConfig


class FacilitiesConfig(AppConfig):
    """Whom we serve."""

    name = "distrilog.domain.facilities"
    verbose_name = "établissements"
