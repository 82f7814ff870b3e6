"""What a message may be refused for, and how its faults are gathered before it is. Pure."""

import re
from dataclasses import dataclass, field
from typing import Final

from distrilog.kernel.refusals import Fault, Refusal


# What a person reads; a hostile message could hold millions.
MOST_FAULTS: Final = 50
_SAID_AT_ONCE: Final = 5
_QUOTED: Final = 30
# Controls, lone surrogates, and the marks that turn the direction of a text around.
UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


class Unreadable(Refusal):
    """Ce message n’a pas pu être lu."""

    slug = "unreadable-message"
    status = 400


class TooLarge(Refusal):
    """Ce message est trop volumineux."""

    slug = "message-too-large"
    status = 413


class UnknownFormat(Refusal):
    """Ce format de message n’est pas traité."""

    slug = "unknown-message-format"
    status = 415


@dataclass(slots=True)
class Faults:
    """The faults of one message: the first `MOST_FAULTS`, and how many more there were."""

    found: list[Fault] = field(default_factory=list)
    more: int = 0

    def add(self, where: str, message: str, remedy: str = "") -> None:
        """Note one fault: where it stands and what is wrong, in French."""
        if len(self.found) < MOST_FAULTS:
            self.found.append(Fault(where=where, message=message, remedy=remedy))
        else:
            self.more += 1

    def refuse(self) -> None:
        """Raise Unreadable with all the faults, if there are any."""
        if not self.found:
            return
        said = " ".join(fault.message for fault in self.found[:_SAID_AT_ONCE])
        others = len(self.found) + self.more - _SAID_AT_ONCE
        if others > 0:
            said += f" Et {others} autre{'s' if others > 1 else ''}."
        raise Unreadable(*self.found, detail=said, more=self.more)


def unreadable(where: str, message: str, remedy: str = "") -> Unreadable:
    """Return the refusal of a message that cannot be read any further."""
    return Unreadable(Fault(where=where, message=message, remedy=remedy))


def quoted(value: str) -> str:
    """Return a value as a fault may repeat it: short, and with nothing that cannot be shown."""
    return f"« {UNPRINTABLE.sub('�', value[:_QUOTED])}{'…' if len(value) > _QUOTED else ''} »"
