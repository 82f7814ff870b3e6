"""Writing e-mails, once a key, and sending those that are due: at least once, further apart while it fails."""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from distrilog.domain.messages import rules
from distrilog.domain.messages.models import Email


# What one run of the job sends at most: it is back within the minute, and another worker may share the rest.
MOST_AT_ONCE: Final = 500
_ERROR_LENGTH: Final = 300
# The mailbox does not exist, or refuses for good: to try again would only harm our name.
_REFUSED_FOR_GOOD: Final = range(500, 600)
_SENT, _FAILED, _AWAY, _DEAD = "sent", "failed", "away", "dead"
_COUNTED: Final = {_SENT: "sent", _FAILED: "failed", _AWAY: "failed", _DEAD: "dead"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What to write to whom: plain text, one link, and a key that says what it is about."""

    key: str
    recipient: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport:
    """What one run of the job did: sent, tried again later, given up."""

    sent: int
    failed: int
    dead: int


class Transport(Protocol):
    """What sends: one of Django's e-mail backends."""

    def open(self) -> bool | None:
        """Connect."""

    def close(self) -> None:
        """Disconnect."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int | None:
        """Send, or raise."""


def write(*, mails: Sequence[Mail], at: datetime) -> int:
    """Write e-mails in the caller's transaction; a key written before is passed over. Return how many are new."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO notices_email (key, recipient, subject, text, created_at)
            SELECT *, %s FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
            ON CONFLICT (key) DO NOTHING
            """,
            [
                at,
                [mail.key for mail in mails],
                [mail.recipient for mail in mails],
                [rules.one_line(mail.subject) for mail in mails],
                [mail.text for mail in mails],
            ],
        )
        written: int = cursor.rowcount
    return written


def send_due(*, at: datetime, limit: int = MOST_AT_ONCE) -> SendReport:
    """
    Send what is due, oldest first, over one connection; what nobody is helped by any more is given up.

    Each e-mail is locked while it is sent: a worker that is killed frees it, and it is sent again under the same
    Message-ID. A server that does not answer ends the run: the others are not to blame.
    """
    counts = {"sent": 0, "failed": 0, "dead": _give_up_stale(at=at)}
    if not settings.EMAIL_ENABLED or not _due(at=at).exists():
        return SendReport(**counts)
    transport = get_connection()
    try:
        for _ in range(limit):
            outcome = _send_next(transport=transport, at=at)
            if outcome is None:
                break
            counts[_COUNTED[outcome]] += 1
            if outcome == _AWAY:
                break
    finally:
        transport.close()
    return SendReport(**counts)


def purge(*, at: datetime) -> int:
    """Delete what was written more than a month ago; return how many."""
    deleted, _by_table = Email.objects.filter(created_at__lt=at - rules.KEPT).delete()
    return deleted


def _due(*, at: datetime) -> QuerySet[Email]:
    return Email.objects.filter(
        Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=at),
        sent_at__isnull=True,
        dead_at__isnull=True,
    )


def _give_up_stale(*, at: datetime) -> int:
    return Email.objects.filter(
        created_at__lt=at - rules.WORTH_SENDING, sent_at__isnull=True, dead_at__isnull=True
    ).update(dead_at=at, next_attempt_at=None)


@transaction.atomic
def _send_next(*, transport: Transport, at: datetime) -> str | None:
    """Send the oldest that is due and that no other worker holds; say what became of it, None: nothing is due."""
    email = _due(at=at).select_for_update(skip_locked=True).order_by("pk").first()
    if email is None:
        return None
    email.attempts += 1
    try:
        transport.send_messages([_message(email)])
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return _failed(email, error, at=at)
    email.sent_at, email.next_attempt_at, email.last_error = at, None, ""
    email.save(update_fields=["attempts", "sent_at", "next_attempt_at", "last_error"])
    return _SENT


def _message(email: Email) -> EmailMessage:
    domain = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return EmailMessage(
        subject=email.subject,
        body=email.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[email.recipient],
        headers={
            "Message-ID": rules.message_id(key=email.key, domain=domain),
            "Date": format_datetime(email.created_at),
            # Out-of-office answers to a machine help nobody.
            "Auto-Submitted": "auto-generated",
        },
    )


def _failed(email: Email, error: Exception, *, at: datetime) -> str:
    dead = _is_for_good(error)
    email.last_error = f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]
    email.dead_at = at if dead else None
    email.next_attempt_at = None if dead else at + rules.wait_after(attempts=email.attempts)
    email.save(update_fields=["attempts", "last_error", "dead_at", "next_attempt_at"])
    if dead:
        return _DEAD
    about_this_one = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return _FAILED if about_this_one else _AWAY


def _is_for_good(error: Exception) -> bool:
    """Tell whether it is this e-mail that is refused, not the server that is away."""
    if isinstance(error, ValueError):
        return True
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code in _REFUSED_FOR_GOOD for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code in _REFUSED_FOR_GOOD
