"""
A message as it arrives over HTTP: its size, its format, its form and its content, or a refusal. Pure.

Whatever the bytes, the only thing raised is a Refusal, in French, with every fault that was found.
"""

from typing import Final

from distrilog.integrations.operator import checks, eancom, json_format
from distrilog.integrations.operator.checks import MAX_MESSAGES
from distrilog.integrations.operator.content import Interchange
from distrilog.integrations.operator.faults import TooLarge, UnknownFormat, Unreadable
from distrilog.kernel.refusals import Fault


__all__ = [
    "EANCOM",
    "JSON",
    "MAX_BODY",
    "MAX_MESSAGES",
    "TooLarge",
    "UnknownFormat",
    "Unreadable",
    "read",
]

# A wave of 5,000 orders of four lines; an HTTP server in front refuses more before reading it.
MAX_BODY: Final = 8 * 1024 * 1024
JSON: Final = "application/json"
EANCOM: Final = "application/edifact"
_READERS: Final = {
    JSON: json_format.read,
    EANCOM: eancom.read,
}


def read(*, body: bytes, content_type: str) -> Interchange:
    """
    Return the interchange that a request carries.

    Raises TooLarge, UnknownFormat, or Unreadable with all the faults of the form, or of the content.
    """
    if len(body) > MAX_BODY:
        raise TooLarge(
            Fault(
                where="",
                message=f"{len(body)} octets : un envoi en porte au plus {MAX_BODY}.",
                remedy="Répartissez les messages en plusieurs envois.",
            )
        )
    reader = _READERS.get(content_type.partition(";")[0].strip().lower())
    if reader is None:
        raise UnknownFormat(
            Fault(
                where="content-type",
                message="Ce format n’est pas traité.",
                remedy=f"Envoyez « {EANCOM} » (EANCOM) ou « {JSON} ».",
            )
        )
    interchange = reader(body)
    checks.check(interchange)
    return interchange
