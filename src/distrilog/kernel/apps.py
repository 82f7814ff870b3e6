"""Application."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """Tables that belong to no part of the chain: the outbox, the database's mark."""

    name = "distrilog.kernel"
    verbose_name = "noyau"
