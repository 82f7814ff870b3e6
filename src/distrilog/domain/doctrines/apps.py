"""Application."""

from django.apps import AppConfig


class DoctrinesConfig(AppConfig):
    """What each needs."""

    name = "distrilog.domain.doctrines"
    verbose_name = "doctrines"
