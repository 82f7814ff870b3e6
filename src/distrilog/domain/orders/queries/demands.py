"""Demand that was refused: what the next run and the watch read."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max

from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders.models import RefusedDemand
from distrilog.kernel.scopes import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedTotal:
    """The most that a facility asked for and did not get, of a family in a week."""

    facility_id: int
    family: str
    units_asked: int
    units_left: int


def refused(*, week: str, scope: Scope) -> Sequence[RefusedTotal]:
    """
    Return the refused demand of a week by facility and family, in one statement.

    The largest demand counts, not their sum: who tries three times does not need three times as much.
    """
    rows = (
        RefusedDemand.objects.filter(week=week, facility__in=Facility.objects.within(scope))
        .values_list("facility_id", "family_id")
        .annotate(asked=Max("units_asked"), left=Max("units_left"))
        .order_by("facility_id", "family_id")
    )
    return [
        RefusedTotal(facility_id=facility_id, family=family, units_asked=asked, units_left=left)
        for facility_id, family, asked, left in rows
    ]
