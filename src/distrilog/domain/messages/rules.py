"""When an e-mail is tried again, until when it is worth sending, and how a double is recognised. Pure."""

from datetime import timedelta
from hashlib import sha256
from typing import Final


FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=4)
# After that long nobody is helped by it any more: a reminder of last week is noise.
WORTH_SENDING: Final = timedelta(days=4)
# Addresses are personal data: what was sent, or given up, is not kept.
KEPT: Final = timedelta(days=30)
SUBJECT_LENGTH: Final = 150
_DOUBLINGS: Final = 20
_IDENTITY_LENGTH: Final = 40


def wait_after(*, attempts: int) -> timedelta:
    """Return how long an e-mail waits after so many failures: twice as long each time, up to `LONGEST_WAIT`."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(max(attempts, 1) - 1, _DOUBLINGS)
    return min(doubled, LONGEST_WAIT)


def message_id(*, key: str, domain: str) -> str:
    """Return the Message-ID of a key: the same at each attempt, so that mailboxes recognise a double."""
    return f"<{sha256(key.encode()).hexdigest()[:_IDENTITY_LENGTH]}@{domain}>"


def one_line(subject: str) -> str:
    """Return a subject without line ends, which would be headers, cut to `SUBJECT_LENGTH`."""
    return " ".join(subject.split())[:SUBJECT_LENGTH]
