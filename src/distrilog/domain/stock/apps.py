"""Application."""

from django.apps import AppConfig


class StockConfig(AppConfig):
    """The ledger."""

    name = "distrilog.domain.stock"
    verbose_name = "stock"
