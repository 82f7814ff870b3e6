"""What a plan will send is promised from the moment it is shared, so that nobody else is promised it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from distrilog.domain.distribution.models import Plan
from distrilog.domain.stock.rules import PendingKind
from distrilog.domain.stock.services import Promise, promise


def reservation_key(*, plan_id: int, source: str, family: str) -> str:
    """Return the reservation that holds a plan’s volume of a family at a source."""
    return f"plan:{plan_id}:{source}:{family}"


def hold_volumes(*, plan: Plan, by: str, at: datetime) -> None:
    """Promise what a plan will send, so that nobody else is promised it. Raises `NotEnoughStock`."""
    promise(promises=list(_promises(plan, PendingKind.RESERVE)), by=by, at=at)


def release_volumes(*, plan: Plan, by: str, at: datetime) -> None:
    """Give back what a plan that will not leave was promised."""
    promise(promises=list(_promises(plan, PendingKind.VOID)), by=by, at=at)


def _promises(plan: Plan, kind: PendingKind) -> Iterator[Promise]:
    totals: defaultdict[tuple[str, str], int] = defaultdict(int)
    for source, family, units in plan.endowments.values_list("source", "family", "units"):
        totals[source, family] += units
    for (source, family), units in sorted(totals.items()):
        key = reservation_key(plan_id=plan.pk, source=source, family=family)
        yield Promise(
            key=f"{key}:{kind}",
            kind=kind,
            reservation=key,
            place=source,
            family=family,
            units=units,
        )
