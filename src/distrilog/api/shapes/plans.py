"""Push plans: their state, their lines, adjustments, requests for a change."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, StrictInt, StrictStr

from distrilog.api.shapes.bases import (
    PRINTABLE,
    FamilyAsked,
    Incoming,
    RegistryAsked,
)


LONGEST_WORDS = 500
MOST_CHANGES = 500

_Words = Annotated[StrictStr, Field(max_length=LONGEST_WORDS, pattern=PRINTABLE)]
_Change = Annotated[StrictInt, Field(ge=-(10**12), le=10**12)]
_Registry = Annotated[StrictStr, Field(max_length=64, pattern=PRINTABLE)]
_Family = Annotated[FamilyAsked, Field(pattern=PRINTABLE)]
_Units = Annotated[StrictInt, Field(ge=0, le=10**9, description="unités par semaine, en tout")]
PlanState = Literal["draft", "shared", "frozen", "sent", "abandoned"]
RequestState = Literal["asked", "taken", "refused"]


class PlanSeen(Schema):
    """A push plan, and what the platforms of the token's scope receive of it, in units by family."""

    id: int
    week: str
    zone: str
    number: int
    title: str
    programme: str | None
    fallback: bool
    state: PlanState
    doctrine: str | None
    requests_until: datetime
    freezes_at: datetime
    delivers_on: date
    units: dict[str, int]
    platforms: int


class PlanList(Schema):
    """The latest plans, of the latest week first."""

    items: list[PlanSeen]


class PlatformSums(Schema):
    """What a platform gets of one family; units."""

    territory: str
    family: str
    facilities: int
    need: int
    floor: int
    computed: int
    units: int


class PlanDetail(Schema):
    """A plan with the sums of each platform of the token's scope, and who is not served."""

    plan: PlanSeen
    platforms: list[PlatformSums]
    without_platform: list[str] = Field(
        description="numéros d’établissements du périmètre, trente au plus"
    )


class PlanLineSeen(Schema):
    """What one facility gets of one family; units, whole boxes."""

    facility: str
    name: str
    family: str
    box: int
    need_doctrine: int
    need: int
    given: int = Field(description="déclaré par des donateurs")
    floor: int
    computed: int
    changed: int
    units: int


class PlanLinePage(Schema):
    """A page of a platform's lines; `next` is null on the last one."""

    territory: str
    items: list[PlanLineSeen]
    matching: int
    next: str | None


class AdjustmentAsked(Incoming):
    """A change within one platform and family: it adds up to nothing, by whole boxes."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "territory": "960001",
                    "family": "surgical_mask",
                    "changes": {"960000018": 100, "960000026": -100},
                    "reason": "Foyer déclaré lundi.",
                }
            ]
        },
    )

    territory: Annotated[StrictStr, Field(max_length=12, pattern=PRINTABLE)]
    family: _Family
    changes: Annotated[
        dict[_Registry, _Change],
        Field(max_length=MOST_CHANGES, description="unités, par numéro d’établissement"),
    ]
    reason: _Words


class AdjustmentSeen(Schema):
    """An adjustment that was made."""

    id: int
    plan: int
    territory: str
    family: str
    changes: dict[str, int]
    reason: str
    at: datetime


class ChangeAsked(Incoming):
    """What a facility wants to get every week, and why."""

    facility: RegistryAsked | None = None
    family: _Family
    units: _Units
    reason: _Words


class ChangeAnswered(Incoming):
    """Taken, or refused with a reason."""

    take: bool
    answer: _Words = ""


class ChangeSeen(Schema):
    """A request for a change: for which plan, and what became of it."""

    id: int
    facility: str
    family: str
    week: str
    units: int
    reason: str
    state: RequestState
    answer: str
    asked_at: datetime
    answered_at: datetime | None


class ChangeList(Schema):
    """The requests of the token's scope for the plan of a week."""

    week: str
    until: datetime
    items: list[ChangeSeen]


class EndowmentSeen(Schema):
    """What a facility gets of one family in one plan, and what its platform handed out; units."""

    plan: int
    week: str
    territory: str
    family: str
    box: int
    units: int
    handed: int
    sure: bool = Field(description="faux tant que l’agence peut l’ajuster")
    delivers_on: date


class EndowmentList(Schema):
    """A facility's endowments, the latest week first."""

    items: list[EndowmentSeen]
