"""Questions to the register: a fixed number of statements, whatever the number of facilities."""

from distrilog.domain.facilities.queries.circuits import (
    Served,
    chains,
    circuit_of,
    circuits,
    served,
)
from distrilog.domain.facilities.queries.register import (
    ADDRESS_KEYS,
    LARGEST_PAGE,
    PAGE_SIZE,
    STATE_COLUMNS,
    STATE_KEYS,
    GroupCount,
    Order,
    Page,
    addresses_for,
    counts,
    features,
    get,
    listing,
    matching,
    register,
    states,
    territory_of,
)


__all__ = [
    "ADDRESS_KEYS",
    "LARGEST_PAGE",
    "PAGE_SIZE",
    "STATE_COLUMNS",
    "STATE_KEYS",
    "GroupCount",
    "Order",
    "Page",
    "Served",
    "addresses_for",
    "chains",
    "circuit_of",
    "circuits",
    "counts",
    "features",
    "get",
    "listing",
    "matching",
    "register",
    "served",
    "states",
    "territory_of",
]
