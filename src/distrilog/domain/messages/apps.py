"""Application."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """Who is told what."""

    name = "distrilog.domain.messages"
    label = "notices"
    verbose_name = "messages"
