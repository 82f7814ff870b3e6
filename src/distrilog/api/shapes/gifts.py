"""What others than the State gave facilities."""

from datetime import date, datetime
from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field, StrictInt, StrictStr

from distrilog.api.shapes.bases import PRINTABLE, FamilyAsked, Incoming, RegistryAsked
from distrilog.domain.declarations.services.giving import MOST_UNITS, WORDS_LENGTH


class GiftAsked(Incoming):
    """Units that a donor has given a facility of its scope."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "facility": "960000018",
                    "family": "surgical_mask",
                    "units": 1500,
                    "given_on": "2020-04-22",
                }
            ]
        },
    )

    facility: RegistryAsked
    family: FamilyAsked
    units: Annotated[StrictInt, Field(ge=1, le=MOST_UNITS)]
    given_on: date
    words: Annotated[StrictStr, Field(max_length=WORDS_LENGTH, pattern=PRINTABLE)] = ""


class GiftSeen(Schema):
    """A gift as it was declared; `withdrawn_at`: its donor took it back, and it counts no more."""

    id: int
    donor: str
    donor_name: str
    facility: str
    family: str
    units: int
    given_on: date
    words: str
    declared_at: datetime
    withdrawn_at: datetime | None


class GiftPage(Schema):
    """A page of gifts, the last declared first; `next` is null on the last one."""

    items: list[GiftSeen]
    next: str | None
