"""Refusals (RFC 9457)."""

from ninja import Schema
from pydantic import ConfigDict, Field


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


class LineInForce(Schema):
    """A line of a declaration as it stands, where a correction started from another version."""

    family: str
    stock: int
    consumption: int | None
    band: str


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
    lines: list[ShortLine] | list[LineInForce] | None = Field(
        None,
        description=(
            "quota-exceeded : toutes les lignes trop grandes ; declaration-conflict et "
            "precondition-required : celles de la déclaration en vigueur"
        ),
    )
