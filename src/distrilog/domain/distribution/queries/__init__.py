"""Questions about the push chain."""

from distrilog.domain.distribution.queries.needs import (
    Country,
    Served,
    country,
    pushed_regions,
    served,
    suggested_volumes,
)


__all__ = [
    "Country",
    "Served",
    "country",
    "pushed_regions",
    "served",
    "suggested_volumes",
]
