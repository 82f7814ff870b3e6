"""Telling an audience something on its screens (`telling`); writing to people by e-mail (`mailing`)."""

from distrilog.domain.messages.services.mailing import Mail, SendReport, purge, send_due, write
from distrilog.domain.messages.services.telling import (
    BODY_LENGTH,
    TITLE_LENGTH,
    broadcast,
    read,
    send,
)


__all__ = [
    "BODY_LENGTH",
    "TITLE_LENGTH",
    "Mail",
    "SendReport",
    "broadcast",
    "purge",
    "read",
    "send",
    "send_due",
    "write",
]
