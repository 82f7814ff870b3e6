"""Application."""

from django.apps import AppConfig


class DistributionConfig(AppConfig):
    """Application."""

    name = "distrilog.domain.distribution"
