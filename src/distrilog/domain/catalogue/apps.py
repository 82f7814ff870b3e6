"""Application."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """What we supply."""

    name = "distrilog.domain.catalogue"
    verbose_name = "catalogue"
