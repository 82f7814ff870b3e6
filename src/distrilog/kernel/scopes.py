"""What part of the country somebody may see: a value that accounts make and queries read."""

from dataclasses import dataclass
from enum import StrEnum


class ScopeKind(StrEnum):
    """The width of a scope."""

    NOTHING = "nothing"
    FACILITY = "facility"
    TERRITORY = "territory"
    DEPARTMENT = "department"
    REGION = "region"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """
    A part of the country: `code` is a region or department code, a territory code or a registry number.

    Empty for NOTHING and COUNTRY.
    """

    kind: ScopeKind
    code: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.code}" if self.code else str(self.kind)
