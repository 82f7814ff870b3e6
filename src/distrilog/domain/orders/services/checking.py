"""Going through a demand without placing it: what the check page of the screens needs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.orders.queries.situations import Found, situation_of
from distrilog.domain.orders.rules import (
    Charge,
    Demand,
    Situation,
    authorise,
    quota_exceeded,
    shortages,
    unknown_facility,
)
from distrilog.domain.orders.services.placing import refuse_faults, refuse_malformed
from distrilog.domain.orders.services.refusing import keep_shortages
from distrilog.domain.quotas.models import Pot, Quota
from distrilog.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A demand that would be accepted at this moment: where it would go, when it would arrive, what it would cost."""

    address_label: str
    promised_on: date | None
    amounts: Mapping[str, int]

    @property
    def total_cents(self) -> int:
        """What the whole demand would cost; zero when free."""
        return sum(self.amounts.values())


def rehearse(*, actor: Actor, demand: Demand, at: datetime) -> Rehearsed:
    """
    Refuse a demand for whatever `place` would refuse, and place nothing.

    Raises Forbidden, NotFound, Invalid or QuotaExceeded. A refused demand is kept: the need is real, even
    if its author gives up here. Nothing is held: another order may still come first.
    """
    refuse_malformed(demand)
    found = situation_of(registry=demand.registry, address=demand.address, at=at)
    if found is None:
        raise NotFound(unknown_facility(demand.registry))
    authorise(actor=actor, charge=demand.charge, situation=found.situation)
    refuse_faults(actor=actor, demand=demand, situation=found.situation, at=at)
    _refuse_shortages(actor=actor, demand=demand, found=found, at=at)
    return Rehearsed(
        address_label=found.address_label,
        promised_on=found.promised_on,
        amounts={
            line.family: found.situation.amount_cents(family=line.family, units=int(line.units))
            for line in demand.lines
        },
    )


def _refuse_shortages(*, actor: Actor, demand: Demand, found: Found, at: datetime) -> None:
    situation = found.situation
    asked = {line.family: int(line.units) for line in demand.lines}
    left = _left(demand=demand, situation=situation, families=asked)
    short = shortages(asked=asked, left=left, situation=situation)
    if short:
        keep_shortages(short=short, situation=situation, by=actor.by, at=at)
        raise quota_exceeded(short=short, charge=demand.charge, situation=situation)


def _left(*, demand: Demand, situation: Situation, families: Collection[str]) -> dict[str, int]:
    """Return the units left of what the demand draws on: the facility's quota, or its region's pot."""
    rows: QuerySet[Quota] | QuerySet[Pot]
    if demand.charge is Charge.POT:
        rows = Pot.objects.filter(region_id=situation.region, source_id=situation.source())
    else:
        rows = Quota.objects.filter(facility_id=situation.facility_id)
    found = rows.filter(week=str(situation.week), family__in=families)
    if demand.charge is Charge.POT:
        return {row.family_id: row.left for row in found}
    return {
        row.family_id: situation.left(family=row.family_id, left=row.left, ordered=row.ordered)
        for row in found
    }
