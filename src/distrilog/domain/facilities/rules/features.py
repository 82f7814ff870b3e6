"""What doctrines and quotas read of facilities, as columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """
    Facilities as columns, one row a facility, ordered by registry number in byte order.

    `ids` int64; `registries` S20; the other names are text arrays; `places[activity]` beds or
    places and `staff[role]` full-time equivalents, int64, zero where a facility has none.
    """

    ids: NDArray[np.int64]
    registries: NDArray[np.bytes_]
    categories: NDArray[np.str_]
    groups: NDArray[np.str_]
    departments: NDArray[np.str_]
    regions: NDArray[np.str_]
    zones: NDArray[np.str_]
    routes: NDArray[np.str_]
    places: Mapping[str, NDArray[np.int64]]
    staff: Mapping[str, NDArray[np.int64]]

    def __len__(self) -> int:
        return len(self.ids)

    def pick(self, rows: NDArray[Any]) -> "Features":
        """Return the rows of a mask or of a list of positions, in that order."""
        return Features(
            ids=self.ids[rows],
            registries=self.registries[rows],
            categories=self.categories[rows],
            groups=self.groups[rows],
            departments=self.departments[rows],
            regions=self.regions[rows],
            zones=self.zones[rows],
            routes=self.routes[rows],
            places={activity: values[rows] for activity, values in self.places.items()},
            staff={role: values[rows] for role, values in self.staff.items()},
        )
