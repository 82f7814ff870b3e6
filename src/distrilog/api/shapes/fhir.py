"""Resources of FHIR R5, as far as this document describes them: the standard does it better."""

from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field


class Resource(Schema):
    """A FHIR R5 resource; its fields are those of the standard, its codes those of our profile."""

    model_config = ConfigDict(extra="allow")

    resourceType: str = Field(description="InventoryReport, SupplyRequest, SupplyDelivery…")  # noqa: N815 - the standard's name


class OperationOutcome(Schema):
    """A refusal: one issue for each fault, where it stands (`expression`) and what to do (`diagnostics`)."""

    model_config = ConfigDict(extra="allow")

    resourceType: str = Field(pattern="^OperationOutcome$")  # noqa: N815 - the standard's name
    issue: list[dict[str, Any]]
