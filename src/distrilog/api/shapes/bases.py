"""What shapes are made of: how numbers, codes and texts are read, and bodies without a field too many."""

from typing import Annotated, Any

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

from distrilog.domain.orders.rules import LONGEST_KEY, MOST_UNITS


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
