"""Orders, as they are asked for and as they stand."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, StrictInt, StrictStr

from distrilog.api.shapes.bases import (
    LARGEST_ID,
    PRINTABLE,
    FamilyAsked,
    Incoming,
    RegistryAsked,
    UnitsAsked,
    Week,
)
from distrilog.domain.orders.rules import MOST_LINES


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
    amount_cents: int = Field(
        description="montant de la ligne en centimes, zéro quand elle est gratuite"
    )


class Order(Schema):
    """An order as it stands."""

    reference: str = Field(examples=["76-2020W45-GE4TANRTGE2DKNRR"])
    status: Literal["placed", "cancelled", "released"]
    facility: str
    charge: Literal["quota", "pot", "resupply"]
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
