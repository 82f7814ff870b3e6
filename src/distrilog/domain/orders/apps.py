"""Application."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Orders."""

    name = "distrilog.domain.orders"
    verbose_name = "commandes"
