"""Who the token is, facilities in scope, their quotas and their need."""

from datetime import date
from typing import Literal

from ninja import Schema
from pydantic import Field


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


class TermsSeen(Schema):
    """What a facility's category pays for a family, the most it orders in a week, and until when; both ends included."""

    family: str
    basis: Literal["free", "state_stock", "consortium"]
    price_cents: int = Field(
        description="prix d’une boîte en centimes, zéro quand elle est gratuite"
    )
    weekly_boxes: int | None = Field(description="boîtes par semaine au plus, outre le contingent")
    starts_on: date
    requests_until: date | None
    deliveries_until: date | None
    over: bool = Field(description="les demandes ont pris fin")
    source: str


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
