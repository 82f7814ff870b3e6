"""Application."""

from django.apps import AppConfig


class SimulationConfig(AppConfig):
    """Application."""

    name = "distrilog.domain.simulation"
