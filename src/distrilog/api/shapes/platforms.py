"""Platforms: what reaches them, what they hand out, how they stand, what went wrong."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field, StrictBool, StrictInt, StrictStr

from distrilog.api.shapes.bases import LARGEST_ID, PRINTABLE, Incoming


LONGEST_WORDS = 500
MOST_LINES = 500

_Words = Annotated[StrictStr, Field(max_length=LONGEST_WORDS, pattern=PRINTABLE)]
_Code = Annotated[StrictStr, Field(max_length=64)]
_Count = Annotated[StrictInt, Field(ge=0, le=10**9, description="unités")]
_Id = Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]
Way = Literal["collected", "delivered"]
Risk = Literal["none", "week", "now"]
IncidentKind = Literal["not_arrived", "short", "quality", "not_collected", "other"]


class PlatformFigures(Schema):
    """One family at a platform, of the plans of the last weeks; units."""

    family: str
    planned: int
    sent: int
    coming: int
    received: int
    handed: int
    left: int = Field(description="reste à remettre")
    staying: int = Field(description="arrivé et pas reparti")
    explained: int


class PlatformRow(Schema):
    """A platform of the token's scope, and what waits there."""

    territory: str
    name: str
    region: str
    facility: str
    figures: list[PlatformFigures]
    debts: dict[str, int] = Field(description="ce que l’État lui doit, en unités par famille")
    incidents: int
    late_incidents: int
    situation_missing: bool


class PlatformList(Schema):
    """The platforms of the token's scope."""

    items: list[PlatformRow]


class ParcelSeen(Schema):
    """Units of a lot in a flow; `received` is null until it is acknowledged."""

    lot: int
    number: str
    expires_on: date | None
    family: str
    sent: int
    received: int | None


class FlowRead(Schema):
    """What one source sends a platform for a plan."""

    reference: str
    plan: int
    week: str
    source: str
    delivers_on: date
    sent_at: datetime
    received_at: datetime | None
    words: str
    lots: list[ParcelSeen]


class FlowList(Schema):
    """The flows to a platform, those on their way first."""

    items: list[FlowRead]


class LotReceived(Incoming):
    """What arrived of a lot, where it is not all of it."""

    lot: _Id
    received: _Count


class FlowReceived(Incoming):
    """A receipt: all of it arrived, but for `lots`; what is missing is told in words."""

    lots: list[LotReceived] = Field(default=[], max_length=MOST_LINES)
    words: _Words = ""


class SiteFamily(Schema):
    """What a facility gets of one family in a plan; units."""

    family: str
    units: int
    handed: int
    left: int


class SiteSeen(Schema):
    """A facility of a round; `way` is how it was served the last time."""

    facility: str
    name: str
    commune: str
    department: str
    way: Way
    lines: list[SiteFamily]


class SiteList(Schema):
    """The facilities that a platform serves in a plan."""

    territory: str
    plan: int
    items: list[SiteSeen]


class HandOutAsked(Incoming):
    """
    What is handed out of a plan.

    With `units`, so many to the one facility of `facilities`; without, all that is left to those of `facilities`
    and of `families`, or to all. `way` left out is each facility's of the last time.
    """

    facilities: list[_Code] | None = Field(default=None, max_length=MOST_LINES)
    families: list[_Code] | None = Field(default=None, max_length=MOST_LINES)
    units: dict[_Code, _Count] | None = Field(default=None, description="unités par famille")
    way: Way | None = None
    advance: StrictBool = Field(
        default=False, description="prendre ce qui manque sur le stock de l’établissement"
    )


class HandedOut(Schema):
    """Units that a facility was handed; `owed` were advanced by the platform, of no lot of the State's."""

    id: int
    facility: str
    family: str
    lot: int | None
    units: int
    owed: int
    way: Way
    at: datetime


class HandOutList(Schema):
    """What was handed out, or taken back with units below zero."""

    items: list[HandedOut]


class TakenBackAsked(Incoming):
    """Hand-outs to undo, by id, and why."""

    hand_outs: list[_Id] = Field(min_length=1, max_length=MOST_LINES)
    reason: _Words


class SituationLine(Incoming):
    """A platform's stock of a family, and how soon it could run out."""

    family: _Code
    stock: _Count
    risk: Risk = "none"
    words: _Words = ""


class SituationSaid(Incoming):
    """A platform's weekly word."""

    lines: list[SituationLine] = Field(max_length=MOST_LINES)


class SituationLineSeen(Schema):
    """What a platform said of a family."""

    family: str
    stock: int
    risk: Risk
    words: str
    at: datetime


class SituationSeen(Schema):
    """What a platform said of a week; no line when it said nothing."""

    territory: str
    week: str
    lines: list[SituationLineSeen]


class IncidentTold(Incoming):
    """What went wrong at a platform."""

    kind: IncidentKind
    words: _Words
    plan: _Id | None = None


class IncidentRead(Schema):
    """An incident: who deals with it, until when."""

    id: int
    territory: str
    kind: str
    words: str
    owner: str
    due_at: datetime
    late: bool
    told_at: datetime
    taken_at: datetime | None
    answer: str
    closed_at: datetime | None


class IncidentList(Schema):
    """Incidents of the token's scope, by deadline."""

    items: list[IncidentRead]
