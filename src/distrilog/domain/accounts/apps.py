"""Application."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, profiles, rights."""

    name = "distrilog.domain.accounts"
    verbose_name = "comptes"
