"""Application."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    """Application."""

    name = "distrilog.domain.reporting"
    verbose_name = "comptes rendus"
