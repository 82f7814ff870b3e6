"""Quota runs: their decisions, their states, what they would give."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, StrictBool, StrictInt, StrictStr

from distrilog.api.shapes.bases import LARGEST_ID, LONGEST_REASON, PRINTABLE, Incoming, Week


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
    reads_cover: StrictBool = Field(
        default=False,
        description="tenir compte du stock déclaré ; déclarer ne fait jamais perdre",
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
    reported: int = Field(description="établissements en besoin dont une déclaration a été lue")
    counted: int = Field(description="unités de stock comptées")
    moved: int = Field(description="unités qui vont à d’autres que si aucun stock ne comptait")


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
    reads_cover: bool = Field(description="le stock déclaré compte")
