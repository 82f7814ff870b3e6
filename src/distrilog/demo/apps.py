"""Application."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Application."""

    name = "distrilog.demo"
