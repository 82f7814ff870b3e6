"""What became of orders, and what was received of them."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, StrictFloat, StrictInt, StrictStr, WithJsonSchema

from distrilog.api.shapes.bases import LARGEST_ID, PRINTABLE, FamilyAsked, Incoming
from distrilog.domain.orders.rules import MOST_UNITS


class DifferenceAsked(Incoming):
    """One difference: units of a content of the despatch, or of a family."""

    content: Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)] | None = Field(
        None, description="un contenu de `GET /orders/{reference}/fulfilment`"
    )
    family: FamilyAsked | None = Field(
        None,
        description="seule, pour ce qui est en trop, ou s’il n’y a qu’un contenu de la famille",
    )
    kind: Literal["missing", "damaged", "refused", "wrong", "extra"]
    units: Annotated[
        StrictInt | StrictFloat,
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_UNITS}),
    ]


class ReceiptAsked(Incoming):
    """What was received of a despatch: all of it, less its lines."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"sscc": "335200000000000018", "lines": []}]},
    )

    despatch: Annotated[StrictStr, Field(max_length=40, pattern=PRINTABLE)] | None = Field(
        None, description="référence de l’expédition"
    )
    sscc: Annotated[StrictStr, Field(max_length=500)] | None = Field(
        None, description="SSCC d’un de ses colis, ou ce que son étiquette donne à lire"
    )
    lines: Annotated[list[DifferenceAsked], Field(max_length=200)] = Field(
        [], description="les écarts ; aucun quand tout est conforme"
    )
    remark: Annotated[StrictStr, Field(max_length=1000, pattern=PRINTABLE)] = Field(
        "", description="sans aucun nom de patient"
    )


class ClaimSeen(Schema):
    """A difference, who must answer (`owner`) and by when; `outcome` is null while it is open."""

    id: int
    kind: Literal["missing", "damaged", "refused", "wrong", "extra", "lost"]
    family: str
    lot: str
    sscc: str
    units: int
    owner: str
    due_on: date
    outcome: Literal["found", "written_off", "sent_back", "kept"] | None
    settled_at: datetime | None
    reason: str


class ReceiptMade(Schema):
    """A receipt and the claims of its despatch."""

    despatch: str
    order: str
    how: Literal["recorded", "assumed"]
    at: datetime
    claims: list[ClaimSeen]


class StepSeen(Schema):
    """Something that happened to an order (`at`), or is due (`later`, `on`)."""

    key: str
    words: str
    at: datetime | None
    on: date | None
    more: str
    later: bool


class LineProgress(Schema):
    """A family of an order, in units; what is neither despatched nor withdrawn is still to come."""

    family: str
    box: int
    asked: int
    confirmed: int | None
    despatched: int
    failed: int
    delivered: int
    received: int
    disputed: int
    withdrawn: int
    to_come: int
    short_reason: str


class ContentSeen(Schema):
    """Units of a lot in a parcel."""

    id: int
    family: str
    article: str
    gtin: str
    lot: str
    expires_on: date | None
    units: int
    box: int
    substitute: bool = Field(description="un autre article de la famille que celui proposé")
    why: str
    recalled: bool


class TrackingSeen(Schema):
    """What the carrier said."""

    at: datetime
    label: str
    status: str


class ParcelSeen(Schema):
    """A parcel under its SSCC."""

    sscc: str
    tracking: str
    state: Literal["in_transit", "delivered", "refused", "lost", "returned"]
    ended_at: datetime | None
    reason: str
    contents: list[ContentSeen]
    events: list[TrackingSeen]


class ReceiptSeen(Schema):
    """What the facility said, or what its silence was taken for."""

    how: Literal["recorded", "assumed"]
    at: datetime
    remark: str
    photo: bool


class DespatchSeen(Schema):
    """Parcels that left together; without an answer by `assumed_on` they are received as despatched."""

    reference: str
    place: str
    carrier: str
    packed_at: datetime
    expected_on: date | None
    delivered_at: datetime | None
    assumed_on: date | None
    parcels: list[ParcelSeen]
    receipt: ReceiptSeen | None
    claims: list[ClaimSeen]


class Fulfilment(Schema):
    """What became of an order; `state` is null before anybody executes it."""

    reference: str
    state: (
        Literal[
            "waiting",
            "confirmed",
            "partly",
            "despatched",
            "delivered",
            "received",
            "given_up",
        ]
        | None
    )
    place: str | None
    by_platform: bool
    despatch_on: date | None
    steps: list[StepSeen]
    lines: list[LineProgress]
    despatches: list[DespatchSeen]
