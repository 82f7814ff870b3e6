"""What a facility may order now, sorted the way its pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders import queries as orders
from distrilog.domain.orders.queries import Offer, Offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The offer made to a facility, its families sorted by what can be done with them."""

    facility: Facility
    offer: Offer

    @property
    def zone(self) -> ZoneInfo:
        """The clocks on the facility's wall."""
        return ZoneInfo(self.facility.department.zone.time_zone)

    @property
    def asking(self) -> str:
        """Whom the facility asks in need: « l’ARS Bretagne »."""
        return f"l’ARS {self.facility.department.region.name}"

    @property
    def with_quota(self) -> Sequence[Offered]:
        """Open families of which the facility has a quota this week."""
        return [family for family in self.offer.families if family.open and family.cap]

    @property
    def without_quota(self) -> Sequence[Offered]:
        """Open families of which it has none."""
        return [family for family in self.offer.families if family.open and not family.cap]

    @property
    def closed(self) -> Sequence[Offered]:
        """Families that are not ordered from the State stock here, now."""
        return [family for family in self.offer.families if not family.open]

    @property
    def orderable(self) -> Sequence[Offered]:
        """Families of which at least one box may be asked for, the calendar aside."""
        return [family for family in self.with_quota if family.left_boxes]

    @property
    def open(self) -> bool:
        """Tell whether an order may be placed now."""
        return self.offer.open and bool(self.orderable)


def shelf_of(*, actor: Actor, at: datetime) -> Shelf:
    """Read the shelf of the actor's own facility, in a fixed number of queries."""
    facility = facilities.get(registry=actor.registry, scope=actor.scope)
    offer = orders.offer(registry=actor.registry, scope=actor.scope, at=at)
    return Shelf(facility=facility, offer=offer)


def by_code(offer: Offer) -> dict[str, Offered]:
    """Return the families of an offer by their code."""
    return {family.family: family for family in offer.families}
