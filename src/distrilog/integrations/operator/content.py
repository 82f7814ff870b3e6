"""
What the messages with the logistics operator say, whatever their format (EANCOM or JSON).

Five kinds (mission H3) and their undoing: order (ORDERS) and its withdrawal (ORDCHG), confirmation
(ORDRSP), despatch advice (DESADV), delivery report (RECADV), stock report (INVRPT). The same kinds carry
replenishment: the operator asks SPF with an order, SPF announces a despatch, the operator reports its
receipt. Pure values: no Django, no network. Units are integers; moments are aware; a GTIN has 14 digits,
an SSCC 18, a GLN 13.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Answer(StrEnum):
    """What the operator says to an order."""

    ACCEPTED = "accepted"
    SHORT = "short"
    REFUSED = "refused"


class Outcome(StrEnum):
    """How a parcel's journey ended."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    LOST = "lost"
    RETURNED = "returned"


class Condition(StrEnum):
    """What stock may be used for, as the operator reports it."""

    USABLE = "usable"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who receives: a facility's delivery address. `code` is its registry number, or a GLN."""

    code: str
    name: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "FR"
    contact: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedLine:
    """Units of a family asked; `gtin` is the article proposed (first expired first out), empty when free."""

    number: int
    family: str
    units: int
    box_units: int
    gtin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """
    An order to prepare. `assignment` counts how often it was given: an older number is withdrawn.

    `replenishment` marks the operator's own request to SPF; its receiver is then the operator's warehouse.
    """

    reference: str
    assignment: int
    placed_at: datetime
    promised_on: date
    receiver: Party
    lines: Sequence[OrderedLine]
    replenishment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """An order that must not be shipped any more under this assignment."""

    reference: str
    assignment: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedLine:
    """Units the operator will ship of a line; fewer than asked when short."""

    number: int
    units: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """The operator's answer to an order."""

    reference: str
    assignment: int
    answer: Answer
    lines: Sequence[ConfirmedLine] = ()
    despatch_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedLine:
    """Units of one lot in a parcel, for one line of the order; `substitute` where the article was replaced in its family."""

    number: int
    gtin: str
    lot: str
    units: int
    expires_on: date | None = None
    substitute: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A carton or a pallet under one SSCC; `tracking` is the carrier's number where it has one."""

    sscc: str
    lines: Sequence[PackedLine]
    tracking: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Despatch:
    """
    Parcels ready to leave. They leave only once the receiver of this message has accepted it.

    `reference` is the despatch's own number; `order` and `assignment` say what it serves.
    """

    reference: str
    order: str
    assignment: int
    packed_at: datetime
    parcels: Sequence[Parcel]
    carrier: str = ""
    expected_on: date | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one parcel."""

    despatch: str
    sscc: str
    outcome: Outcome
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLine:
    """Units of a lot that lie in the warehouse."""

    gtin: str
    lot: str
    units: int
    condition: Condition = Condition.USABLE
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReport:
    """All that lies in the warehouse at a moment."""

    reference: str
    at: datetime
    lines: Sequence[StockLine]


Message = Order | Withdrawal | Confirmation | Despatch | Delivery | StockReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Interchange:
    """What travels in one HTTP request: messages from one partner (a GLN) to another, under a number of its own."""

    number: str
    sender: str
    receiver: str
    sent_at: datetime
    messages: Sequence[Message]
    test: bool = False
