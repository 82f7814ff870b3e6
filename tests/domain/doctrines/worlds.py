"""Facilities as columns, told in a few words: what the tests of rules share."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from distrilog.domain.facilities.models import Capacity, Staff
from distrilog.domain.facilities.rules import Features


ACTIVITIES = tuple(Capacity.Activity.values)
ROLES = tuple(Staff.Role.values)
PARIS, RENNES = "75", "35"  # in the list of 23 March; outside it


def facility(group: str, *, department: str = RENNES, **counts: int) -> dict[str, Any]:
    """Return one facility: its group, its department, and counts by activity or role."""
    unknown = set(counts) - {*ACTIVITIES, *ROLES}
    assert not unknown, unknown
    return {"group": group, "department": department, "counts": counts}


def country(*facilities: dict[str, Any]) -> Features:
    """Return the facilities as columns, numbered from one."""
    size = len(facilities)
    return Features(
        ids=np.arange(1, size + 1),
        registries=np.array([f"{rank:09d}".encode() for rank in range(1, size + 1)], dtype="S20"),
        categories=np.full(size, "000", dtype="U8"),
        groups=np.array([each["group"] for each in facilities], dtype="U16"),
        departments=np.array([each["department"] for each in facilities], dtype="U3"),
        regions=np.array([each["department"][:1] for each in facilities], dtype="U3"),
        zones=np.full(size, "metropole", dtype="U20"),
        routes=np.full(size, "operator", dtype="U12"),
        places={name: _column(facilities, name) for name in ACTIVITIES},
        staff={name: _column(facilities, name) for name in ROLES},
    )


def _column(facilities: Sequence[dict[str, Any]], name: str) -> Any:
    return np.array([each["counts"].get(name, 0) for each in facilities], dtype=np.int64)
