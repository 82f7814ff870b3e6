"""Going through a demand without placing it: what the check page of the screens needs."""

from dataclasses import dataclass
from datetime import date, datetime

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.orders.queries.situations import Found, situation_of
from distrilog.domain.orders.rules import (
    Charge,
    Demand,
    authorise,
    quota_exceeded,
    shortages,
    unknown_facility,
)
from distrilog.domain.orders.services.placing import refuse_faults, refuse_malformed
from distrilog.domain.orders.services.refusing import keep_shortages
from distrilog.domain.quotas.models import Quota
from distrilog.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A demand that would be accepted at this moment: where it would go, when it would arrive."""

    address_label: str
    promised_on: date | None


def rehearse(*, actor: Actor, demand: Demand, at: datetime) -> Rehearsed:
    """
    Refuse a demand within the facility's quota for whatever `place` would refuse, and place nothing.

    Raises Forbidden, NotFound, Invalid or QuotaExceeded. A refused demand is kept: the need is real, even
    if its author gives up here. Nothing is held: another order may still come first.
    """
    refuse_malformed(demand)
    found = situation_of(registry=demand.registry, address=demand.address, at=at)
    if found is None:
        raise NotFound(unknown_facility(demand.registry))
    authorise(actor=actor, charge=Charge.QUOTA, situation=found.situation)
    refuse_faults(actor=actor, demand=demand, situation=found.situation, at=at)
    _refuse_shortages(actor=actor, demand=demand, found=found, at=at)
    return Rehearsed(address_label=found.address_label, promised_on=found.promised_on)


def _refuse_shortages(*, actor: Actor, demand: Demand, found: Found, at: datetime) -> None:
    situation = found.situation
    asked = {line.family: int(line.units) for line in demand.lines}
    rows = Quota.objects.filter(
        facility_id=situation.facility_id, week=str(situation.week), family__in=asked
    )
    left = {quota.family_id: quota.left for quota in rows}
    short = shortages(asked=asked, left=left, families=situation.families)
    if short:
        keep_shortages(short=short, situation=situation, by=actor.by, at=at)
        raise quota_exceeded(short=short, charge=Charge.QUOTA, situation=situation)
