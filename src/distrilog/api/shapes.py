"""
The shapes of requests and answers: what the OpenAPI document promises.

Requests are read strictly: no field too many, integers that are integers. A rule that a schema cannot say
(whole boxes, an open family) is left to the domain, so that every fault of a demand comes back at once.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    WithJsonSchema,
)

from distrilog.domain.orders.rules import LONGEST_KEY, MOST_LINES, MOST_UNITS


LARGEST_ID = 2**63 - 1
LARGEST_PAGE = 500
LONGEST_REASON = 2000
WEEK = r"^20[0-9]{2}-W(0[1-9]|[1-4][0-9]|5[0-3])$"
REGISTRY = r"^(([0-9]{2}|2[AB])[0-9]{7}|SIRET-[0-9]{14}|DIS-[0-9]{9})$"
CODE = r"^[a-z][a-z0-9_]{0,19}$"
# In an address: whatever is not one of ours is simply not found.
NAME = r"^[!-~]{1,40}$"
# Header values are visible ASCII: anything else does not survive the way.
KEY = rf"^[!-~]{{1,{LONGEST_KEY}}}$"
PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
# Written out: `1.0`, `1_000` and ` 1` are not integers of a URL.
_DIGITS = frozenset("0123456789")
_MOST_DIGITS = 19


def _digits(value: Any) -> Any:
    """Refuse what Python would read as a number and a URL should not say."""
    if isinstance(value, str) and (not set(value) <= _DIGITS or len(value) > _MOST_DIGITS):
        raise ValueError("digits are expected")
    return value


Week = Annotated[str, Field(pattern=WEEK, examples=["2020-W45"])]
Digits = Annotated[int, BeforeValidator(_digits)]

# Said by the schema, checked with the rest of the basket by the domain.
RegistryAsked = Annotated[
    StrictStr,
    Field(max_length=64),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": REGISTRY,
            "description": "numéro FINESS, ou SIRET-… ou DIS-…",
        }
    ),
]
FamilyAsked = Annotated[
    StrictStr,
    Field(max_length=64),
    WithJsonSchema({"type": "string", "pattern": CODE, "examples": ["surgical_mask"]}),
]
UnitsAsked = Annotated[
    StrictInt | StrictFloat,
    WithJsonSchema(
        {
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_UNITS,
            "description": "unités, en boîtes entières",
        }
    ),
]


class Incoming(BaseModel):
    """A body: no field that is not expected."""

    model_config = ConfigDict(extra="forbid")


class LineAsked(Incoming):
    """Units of a family."""

    family: FamilyAsked
    units: UnitsAsked


LinesAsked = Annotated[
    list[LineAsked],
    Field(max_length=10 * MOST_LINES, json_schema_extra={"minItems": 1, "maxItems": MOST_LINES}),
]


class OrderAsked(Incoming):
    """An order: `week` defaults to the current one, `address` to the main one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "facility": "960000018",
                    "lines": [{"family": "surgical_mask", "units": 100}],
                }
            ]
        },
    )

    facility: RegistryAsked
    charge: Literal["quota", "pot"] = Field(
        "quota", description="contingent de l’établissement, ou pot commun (ARS)"
    )
    week: Week | None = None
    address: Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)] | None = Field(
        None, description="une adresse de `GET /facilities/{facility}`"
    )
    lines: LinesAsked


class LinesReplaced(Incoming):
    """The new lines of an order: they replace all the old ones."""

    lines: LinesAsked
    reason: Annotated[StrictStr, Field(max_length=200, pattern=PRINTABLE)] = Field(
        "", description="motif, gardé dans la trace"
    )


class Line(Schema):
    """Units and boxes of a family."""

    family: str
    units: int
    box: int = Field(description="unités par boîte")
    boxes: int


class Order(Schema):
    """An order as it stands."""

    reference: str = Field(examples=["76-2020W45-GE4TANRTGE2DKNRR"])
    status: Literal["placed", "cancelled", "released"]
    facility: str
    charge: Literal["quota", "pot"]
    week: str
    address: int
    route: str
    promised_on: date
    changeable_until: datetime
    placed_at: datetime
    version: int
    lines: list[Line]


class OrderPage(Schema):
    """A page of orders, newest first; `next` is the cursor of the next page, null on the last one."""

    items: list[Order]
    next: str | None


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


class ScopeSeen(Schema):
    """What part of the country the token sees."""

    kind: str
    code: str


class Me(Schema):
    """Who the token is."""

    role: str
    facility: str | None
    scope: ScopeSeen
    deeds: list[str] = Field(description="droits du rôle et de la clé")


class FacilityBrief(Schema):
    """A facility in a list."""

    facility: str
    name: str
    category: str
    group: str
    department: str
    region: str
    commune: str
    route: str
    opened_on: date | None
    closed_on: date | None


class FacilityPage(Schema):
    """A page of facilities by registry number; `next` is null on the last one."""

    items: list[FacilityBrief]
    next: str | None


class AddressSeen(Schema):
    """An address that an order may name."""

    id: int
    label: str
    main: bool
    platform: bool = Field(description="celle de l’établissement support")
    opening_hours: str


class CapacitySeen(Schema):
    """Beds or places for an activity."""

    activity: str
    places: int


class StaffSeen(Schema):
    """Full-time equivalents in a role."""

    role: str
    headcount: int


class FacilityFull(FacilityBrief):
    """A facility with what doctrines read and where it may be delivered."""

    category_name: str
    zone: str
    territory: str | None
    platform: str | None
    fictitious: bool
    capacity: list[CapacitySeen]
    staff: list[StaffSeen]
    addresses: list[AddressSeen]


class QuotaSeen(Schema):
    """A facility's quota of a family in a week. Units, and whole boxes."""

    family: str
    week: str
    cap: int
    ordered: int
    left: int
    box: int
    cap_boxes: int
    ordered_boxes: int
    left_boxes: int
    source: str
    need: int
    reason: str = Field(description="pourquoi ce nombre, en une phrase")


class NeedSeen(Schema):
    """What the doctrine in force gives a facility for a family in a week, line by line."""

    family: str
    units: int
    calculation: str
    sentence: str = Field(description="la phrase du texte")
    source: str


class Need(Schema):
    """The need of a facility under a doctrine."""

    doctrine: str
    lines: list[NeedSeen]


_Units = Annotated[StrictInt, Field(ge=0, le=10**12)]
_PerMille = Annotated[StrictInt, Field(ge=0, le=10_000)]
_Key = Annotated[StrictStr, Field(pattern=r"^[0-9A-Za-z_-]{1,20}$")]


class RunAsked(Incoming):
    """The decisions of a week's run. Rates are per mille."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"week": "2020-W45", "envelopes": {"surgical_mask": 1_000_000}}]
        },
    )

    week: Week
    envelopes: dict[_Key, _Units | dict[_Key, _Units]] = Field(
        description="unités par famille, ou par famille et source"
    )
    multipliers: dict[_Key, dict[_Key, _PerMille]] = Field(
        default_factory=dict, description="par région et famille, du besoin"
    )
    floors: dict[_Key, _PerMille] = Field(
        default_factory=dict, description="par groupe de catégories, du besoin"
    )
    cap_per_mille: _PerMille = Field(1000, description="plafond, du besoin")
    pots_per_mille: dict[_Key, _PerMille] = Field(
        default_factory=dict, description="pots communs des ARS, de l’enveloppe"
    )
    supersedes: Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)] | None = None
    reason: Annotated[StrictStr, Field(max_length=LONGEST_REASON, pattern=PRINTABLE)] = ""


class RunSigned(Incoming):
    """Why a run is signed, kept in its trace."""

    reason: Annotated[StrictStr, Field(max_length=LONGEST_REASON, pattern=PRINTABLE)] = ""


class Run(Schema):
    """A quota run: draft, signed, published, then perhaps superseded."""

    id: int
    week: str
    state: Literal["draft", "signed", "published", "superseded", "abandoned"]
    doctrine: str
    inputs: dict[str, Any]
    supersedes: int | None
    reason: str
    head: str = Field(description="SHA-256 du manifeste, vide avant la prévisualisation")
    previous_head: str
    prepared_at: datetime
    previewed_at: datetime | None
    signed_at: datetime | None
    published_at: datetime | None


class RunList(Schema):
    """The latest runs, of the latest week first."""

    items: list[Run]


class SharePreviewed(Schema):
    """One family from one source; `level` is an exact fraction of a week's need."""

    family: str
    source: str
    envelope: int
    need: int
    shared: int
    pots: int
    unallocated: int
    level: list[int]
    floors_short: bool
    needing: int
    served: int
    got_nothing: int
    longest_weeks_without: int
    distance_to_optimum: int
    cover_min: int
    cover_median: int
    cover_max: int
    shortfall: int
    histogram: list[int]


class RegionPreviewed(Schema):
    """What a region would get of a family. Units."""

    region: str
    family: str
    need: int
    shared: int
    before: int
    pots: int


class ChangePreviewed(Schema):
    """One facility's quota of a family, before and now. Units."""

    registry: str
    name: str
    family: str
    before: int
    now: int


class WithoutPreviewed(Schema):
    """Facilities in need that have had no box of a family for so many weeks."""

    family: str
    weeks: int
    facilities: int


class RunPreviewed(Schema):
    """What a run would give, with its fairness."""

    run: Run
    week: str
    facilities: int
    served: int
    against: str = Field(description="semaine comparée, vide s’il n’y en a pas")
    shares: list[SharePreviewed]
    regions: list[RegionPreviewed]
    winners: list[ChangePreviewed]
    losers: list[ChangePreviewed]
    without: list[WithoutPreviewed]


class FaultSeen(Schema):
    """One thing that is wrong: where, what, and what to do about it."""

    model_config = ConfigDict(extra="allow")

    where: str = Field(examples=["lines.0.units"])
    message: str
    remedy: str = ""


class ShortLine(Schema):
    """A line that asks for more than is left."""

    family: str
    asked: int
    left: int
    box: int
    asked_boxes: int
    left_boxes: int


class Problem(Schema):
    """A refusal (RFC 9457). `faults` says everything at once, in French."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:distrilog:quota-exceeded",
                    "title": "La demande dépasse ce qui reste du contingent.",
                    "status": 409,
                    "detail": "« masque chirurgical » : 500 unités demandées, il en reste 100 cette semaine.",
                    "faults": [],
                    "lines": [
                        {
                            "family": "surgical_mask",
                            "asked": 500,
                            "left": 100,
                            "box": 50,
                            "asked_boxes": 10,
                            "left_boxes": 2,
                        }
                    ],
                    "opens_again_at": "2020-11-09T08:00:00+01:00",
                    "ask": "l’ARS Normandie",
                }
            ]
        },
    )

    type: str = Field(examples=["urn:distrilog:invalid"])
    title: str
    status: int
    detail: str
    faults: list[FaultSeen]
    lines: list[ShortLine] | None = Field(
        None, description="quota-exceeded : toutes les lignes trop grandes"
    )
