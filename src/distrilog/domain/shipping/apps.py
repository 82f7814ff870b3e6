"""Application."""

from django.apps import AppConfig


class ShippingConfig(AppConfig):
    """Application."""

    name = "distrilog.domain.shipping"
