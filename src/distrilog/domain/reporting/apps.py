"""Application."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    """Application."""

    name = "distrilog.domain.reporting"
