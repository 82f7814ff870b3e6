"""Application: registers the checks that production starts with."""

from importlib import import_module

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Settings and what they must hold in production."""

    name = "distrilog.config"

    def ready(self) -> None:
        """Register the checks."""
        import_module("distrilog.config.checks")
