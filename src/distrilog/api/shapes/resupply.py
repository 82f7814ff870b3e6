"""Urgent help: what is asked, who gives what, what is lent."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, StrictBool, StrictInt, StrictStr

from distrilog.api.shapes.bases import (
    LARGEST_ID,
    PRINTABLE,
    FamilyAsked,
    Incoming,
    RegistryAsked,
)
from distrilog.api.shapes.orders import LinesAsked
from distrilog.domain.orders.rules import MOST_UNITS


KindName = Literal["neighbour", "department", "pot", "state"]
UrgencyName = Literal["today", "days", "week"]
RequestState = Literal["asked", "under_way", "closed", "refused", "cancelled"]
PartStateName = Literal[
    "proposed",
    "offered",
    "declined",
    "to_validate",
    "chosen",
    "sent",
    "received",
    "refused",
    "cancelled",
]
TermsName = Literal["loan", "gift"]
Sentence = Annotated[StrictStr, Field(max_length=500, pattern=PRINTABLE)]
Contact = Annotated[StrictStr, Field(max_length=160, pattern=PRINTABLE)]
Units = Annotated[StrictInt, Field(ge=0, le=MOST_UNITS)]
Rank = Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]


class ResupplyAsked(Incoming):
    """What a facility lacks, and how soon there is nothing left; `facility` defaults to the token’s own."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "urgency": "days",
                    "words": "Foyer au deuxième étage, plus que deux jours de masques.",
                    "lines": [{"family": "surgical_mask", "units": 500}],
                }
            ]
        },
    )

    facility: RegistryAsked | None = None
    urgency: UrgencyName
    words: Sentence = Field(description="la situation, sans aucun nom de patient")
    contact: Contact = ""
    lines: LinesAsked


class ChoiceAsked(Incoming):
    """Units of a line from one source: a neighbour’s `part` that it offered, or a department’s `place`."""

    kind: KindName
    line: Rank
    units: Units
    part: Rank | None = None
    place: Annotated[StrictStr, Field(max_length=20, pattern=PRINTABLE)] = ""


class DecisionAsked(Incoming):
    """What an agency grants, all or none."""

    choices: Annotated[list[ChoiceAsked], Field(min_length=1, max_length=100)]
    answer: Sentence = ""


class RefusalAsked(Incoming):
    """Why a request gets nothing: the facility reads it."""

    reason: Sentence


class AnswerAsked(Incoming):
    """A neighbour’s yes, in units and whole boxes, or no: 0."""

    units: Units
    reason: Sentence = ""
    terms: TermsName = "loan"
    return_by: date | None = None


class ValidationAsked(Incoming):
    """What the crisis centre says: yes, for all or fewer `units`, or no with a reason."""

    accept: StrictBool
    units: Units | None = None
    reason: Sentence = ""


class HandOverAsked(Incoming):
    """What was handed over; `lot` and `gtin` as read on the boxes."""

    units: Units
    lot: Annotated[StrictStr, Field(max_length=20, pattern=PRINTABLE)] = ""
    gtin: Annotated[StrictStr, Field(max_length=14, pattern=r"^[0-9]*$")] = ""


class PartReceived(Incoming):
    """What arrived of what was handed over: 0 when nothing did."""

    units: Units


class ReturnAsked(Incoming):
    """Units of a loan that came back, or that its giver makes a gift."""

    units: Units
    as_gift: Annotated[StrictBool, Field(description="vrai : donnés, par qui a prêté")] = False


class LenderAsked(Incoming):
    """What a facility agrees to be asked for: no family means all."""

    families: Annotated[list[FamilyAsked], Field(max_length=50)] = []
    kilometres: Annotated[StrictInt, Field(ge=1, le=300)] = 50
    contact: Contact = ""


class ClockSeen(Schema):
    """A step that somebody has to take, or took."""

    step: Literal["answer", "decide", "validate", "send", "receive"]
    started_at: datetime
    due_at: datetime
    done_at: datetime | None
    late: bool


class PartSeen(Schema):
    """What one source gives to a line, in units; `order` carries the pot’s and the State’s, `loan` a neighbour’s."""

    id: int
    kind: KindName
    state: PartStateName
    units: int
    giver: str
    lender: str | None
    contact: str
    place: str | None
    order: str | None
    loan: str | None
    terms: TermsName | None
    return_by: date | None
    metres: int | None
    handed: int
    received: int
    reason: str
    changed_at: datetime


class ResupplyLine(Schema):
    """One family of a request; units and boxes. `left`: what nobody has granted yet."""

    id: int
    family: str
    box: int
    units: int
    boxes: int
    granted: int
    received: int
    left: int
    parts: list[PartSeen]


class Resupply(Schema):
    """A request for urgent help as the token may see it: who asks sees who offered, never what they have."""

    reference: str
    facility: str
    state: RequestState
    urgency: UrgencyName
    words: str
    contact: str
    answer: str
    procedure: str
    procedure_source: str
    asked_at: datetime
    decided_at: datetime | None
    closed_at: datetime | None
    late: bool
    lines: list[ResupplyLine]
    clocks: list[ClockSeen]


class ResupplyLineBrief(Schema):
    """Units of a family asked and granted."""

    family: str
    units: int
    granted: int


class ResupplyBrief(Schema):
    """A request in a list."""

    reference: str
    facility: str
    state: RequestState
    urgency: UrgencyName
    asked_at: datetime
    due_at: datetime | None
    late: bool
    offers: int
    lines: list[ResupplyLineBrief]


class ResupplyPage(Schema):
    """A page of requests; `next` is null on the last one."""

    items: list[ResupplyBrief]
    next: str | None


class TaskSeen(Schema):
    """A part that waits for the token’s own: what to do, for whom, by when."""

    task: Literal["answer", "hand-over", "receive", "validate"]
    part: PartSeen
    request: str
    facility: str
    facility_name: str
    commune: str
    contact: str
    family: str
    box: int
    urgency: UrgencyName
    words: str
    due_at: datetime | None
    late: bool
    spare: int = Field(description="ce que votre déclaration permet de prêter, en unités")


class TaskList(Schema):
    """What waits for the token’s own."""

    items: list[TaskSeen]


class SourceSeen(Schema):
    """What one source could give to a line, in units."""

    kind: KindName
    name: str
    units: int
    useful: int
    part: int | None
    place: str | None
    metres: int | None
    waits: bool = Field(description="le voisin n’a pas encore dit oui")
    spare: int | None
    terms: TermsName | None
    return_by: date | None
    note: str


class LineSourcesSeen(Schema):
    """The sources of a line, in the order in which help is looked for."""

    line: int
    family: str
    box: int
    units: int
    left: int
    sources: list[SourceSeen]


class SourceList(Schema):
    """Who could give what to a request."""

    reference: str
    lines: list[LineSourcesSeen]


class LoanSeen(Schema):
    """A loan or a gift between two facilities; units, `owed` is still to come back."""

    reference: str
    request: str
    part: int
    lender: str
    borrower: str
    family: str
    box: int
    terms: TermsName
    return_by: date | None
    lot: str
    promised: int
    handed: int
    received: int
    returned: int
    given: int
    owed: int
    handed_at: datetime | None
    received_at: datetime | None
    settled_at: datetime | None


class LoanList(Schema):
    """Loans, the latest first."""

    items: list[LoanSeen]


class SpareSeen(Schema):
    """What a facility could lend of a family and keep its safety stock, by its last declaration. Units."""

    family: str
    units: int


class LenderSeen(Schema):
    """What a facility agreed to; `agreed` false: it is not asked."""

    facility: str
    agreed: bool
    families: list[str]
    kilometres: int
    contact: str
    agreed_at: datetime | None
    ended_at: datetime | None
    spare: list[SpareSeen]
