"""What a facility gets of push plans, week by week, and what its platform handed out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, OuterRef, Subquery, Sum

from distrilog.domain.distribution.models import HandOut, Plan, PlanLine, PlanShare


@dataclass(frozen=True, slots=True, kw_only=True)
class EndowmentLine:
    """
    What a facility gets of one family in one plan, and what was handed out of it. Units.

    `sure` is false while agencies may still change it.
    """

    line: PlanLine
    box_units: int
    handed: int
    handed_at: datetime | None
    sure: bool

    @property
    def left(self) -> int:
        """Units that its platform still has for it."""
        return self.line.units - self.handed


def of_facility(*, facility_id: int, weeks: Sequence[str] | None = None) -> list[EndowmentLine]:
    """
    Return a facility's lines of every plan that agencies have, the latest week first; one statement.

    Scope is the caller's: only its own people, or who may read it, may pass its id.
    """
    rows = PlanLine.objects.filter(
        facility=facility_id,
        plan__state__in=[Plan.State.SHARED, Plan.State.FROZEN, Plan.State.SENT],
    )
    if weeks is not None:
        rows = rows.filter(plan__week__in=list(weeks))
    handed = HandOut.objects.filter(line=OuterRef("pk")).order_by().values("line")
    box = PlanShare.objects.filter(plan=OuterRef("plan"), family=OuterRef("family"))
    found = (
        rows.annotate(
            handed=Subquery(handed.annotate(total=Sum("units")).values("total")),
            handed_at=Subquery(handed.annotate(last=Max("at")).values("last")),
            box_units=Subquery(box.values("box_units")[:1]),
        )
        .select_related("plan__programme", "family", "territory__platform")
        .order_by("-plan__week", "-plan__number", "-plan_id", "family__position", "family_id")
    )
    return [
        EndowmentLine(
            line=line,
            box_units=line.box_units,
            handed=line.handed or 0,
            handed_at=line.handed_at,
            sure=line.plan.state != Plan.State.SHARED,
        )
        for line in found
    ]
