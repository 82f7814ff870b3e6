"""Pure decisions about shipping: states, what may be despatched, what becomes of short lines, who owns a claim."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final


class State(StrEnum):
    """How far an order is in the hands of its executor."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    PARTLY = "partly"
    DESPATCHED = "despatched"
    DELIVERED = "delivered"
    RECEIVED = "received"
    GIVEN_UP = "given_up"


# Something of these may still be despatched.
OPEN: Final = (State.WAITING, State.CONFIRMED, State.PARTLY)


class ParcelState(StrEnum):
    """What became of a parcel."""

    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    REFUSED = "refused"
    LOST = "lost"
    RETURNED = "returned"


class TrackingStatus(StrEnum):
    """What the carrier's event means to whoever waits."""

    ANNOUNCED = "announced"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    AT_COUNTER = "at_counter"
    PROBLEM = "problem"
    RETURNED = "returned"


class Difference(StrEnum):
    """What may be wrong with what arrived."""

    MISSING = "missing"
    DAMAGED = "damaged"
    REFUSED = "refused"
    WRONG = "wrong"
    EXTRA = "extra"
    LOST = "lost"


class Outcome(StrEnum):
    """How a claim ends."""

    FOUND = "found"
    WRITTEN_OFF = "written_off"
    SENT_BACK = "sent_back"
    KEPT = "kept"


# What may be said of a claim: extra units were never in the books, so only a count can bring them in.
OUTCOMES: Final[dict[Difference, tuple[Outcome, ...]]] = {
    Difference.MISSING: (Outcome.FOUND, Outcome.WRITTEN_OFF, Outcome.SENT_BACK),
    Difference.DAMAGED: (Outcome.WRITTEN_OFF, Outcome.SENT_BACK, Outcome.KEPT),
    Difference.REFUSED: (Outcome.SENT_BACK, Outcome.WRITTEN_OFF, Outcome.KEPT),
    Difference.WRONG: (Outcome.SENT_BACK, Outcome.WRITTEN_OFF, Outcome.KEPT),
    Difference.EXTRA: (Outcome.KEPT, Outcome.SENT_BACK),
    Difference.LOST: (Outcome.FOUND, Outcome.WRITTEN_OFF, Outcome.SENT_BACK),
}

CLAIM_DAYS: Final = 5
# No answer in this many days after delivery, or after the day it was expected: received as despatched.
SILENCE_DAYS: Final = 7
# A short line waits this long for stock that is on its way; otherwise it is given up.
BACK_ORDER_DAYS: Final = 7

SHORT_RULE: Final = (
    "Ce qui manque reste en commande si le stock qui vous est réservé le couvre, ou si une arrivée est "
    f"attendue sous {BACK_ORDER_DAYS} jours ; sinon les unités reviennent à votre contingent tant que la "
    "semaine court, et la demande est gardée pour le calcul suivant."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One line, in units: what was asked, and how far it is."""

    asked: int
    withdrawn: int = 0
    despatched: int = 0
    failed: int = 0
    delivered: int = 0
    disputed: int = 0
    received: int = 0


def state_of(*, lines: Iterable[Progress], answered: bool) -> State:
    """Return the state of an order from its lines; the least advanced line tells."""
    rows = list(lines)
    wanted = sum(row.asked - row.withdrawn for row in rows)
    despatched = sum(row.despatched for row in rows)
    ended = sum(row.delivered + row.failed for row in rows)
    said = sum(row.received + row.disputed + row.failed for row in rows)
    if wanted == 0:
        return State.GIVEN_UP
    if despatched == 0:
        return State.CONFIRMED if answered else State.WAITING
    if despatched < wanted:
        return State.PARTLY
    if ended < wanted:
        return State.DESPATCHED
    return State.RECEIVED if said >= wanted else State.DELIVERED


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedLine:
    """Units of a lot in a parcel, for the line of an order with this number."""

    number: int
    gtin: str
    lot: str
    units: int
    substitute: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedParcel:
    """A parcel under its SSCC."""

    sscc: str
    lines: Sequence[PackedLine]
    tracking: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Parcels ready to leave for an order, under an assignment. `complete`: nothing more will follow of what was confirmed."""

    reference: str
    order: str
    assignment: int
    packed_at: datetime
    parcels: Sequence[PackedParcel]
    carrier: str = ""
    expected_on: date | None = None
    complete: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of what it says: the same advice again has the same."""
        return sha256(repr((self.order, self.assignment, self.parcels)).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an executor says to an order: units by line number; None confirms all of it, nothing refuses it."""

    order: str
    assignment: int
    units: Mapping[int, int] | None
    despatch_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What became of a parcel."""

    sscc: str
    state: ParcelState
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    What was done with one message: `accepted`, `duplicate` (nothing changed) or `refused`, and why.

    `code` is for the partner's software, `reason` is French.
    """

    reference: str
    outcome: str
    code: str = ""
    reason: str = ""


def accepted(reference: str) -> Verdict:
    """Return that it was done."""
    return Verdict(reference=reference, outcome="accepted")


def duplicate(reference: str) -> Verdict:
    """Return that it was known already."""
    return Verdict(reference=reference, outcome="duplicate", code="duplicate")


def refused(reference: str, code: str, reason: str) -> Verdict:
    """Return that nothing was done, and why."""
    return Verdict(reference=reference, outcome="refused", code=code, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortLine:
    """A line that the executor cannot serve in full now, and what may still come for it."""

    missing: int
    covered: bool
    awaited_on: date | None


def keeps_waiting(*, line: ShortLine, on: date) -> bool:
    """Tell whether what is missing stays on order (`SHORT_RULE`)."""
    return line.covered or (
        line.awaited_on is not None and line.awaited_on <= on + timedelta(days=BACK_ORDER_DAYS)
    )
