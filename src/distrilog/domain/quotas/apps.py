"""Application."""

from django.apps import AppConfig


class QuotasConfig(AppConfig):
    """Fair shares."""

    name = "distrilog.domain.quotas"
    verbose_name = "contingents"
