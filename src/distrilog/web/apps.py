"""Application."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The French screens; each journey's `templates/` and `static/` folders are found by the settings."""

    name = "distrilog.web"
