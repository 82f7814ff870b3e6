"""What the screen of the declaration is made of: the week, the families, what was received, the barcodes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.catalogue.models import Article, Family
from distrilog.domain.declarations import queries
from distrilog.domain.declarations.queries import WeekView
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Facility
from distrilog.domain.shipping import queries as shipping
from distrilog.kernel.weeks import Week


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A facility's week with all its screen needs. `delivered` are the units received since it last declared."""

    facility: Facility
    view: WeekView
    families: Mapping[str, Family]
    delivered: Mapping[str, int]
    now: Week

    @property
    def current(self) -> bool:
        """Tell whether it is the week we are in."""
        return self.view.week == self.now


def sheet_of(*, actor: Actor, week: str, at: datetime) -> Sheet:
    """
    Read the week of the actor's own facility, in a fixed number of statements.

    A week that cannot be read, or may not be declared, is the current one.
    """
    facility = facilities.get(registry=actor.registry, scope=actor.scope)
    now = Week.at(at, ZoneInfo(facility.department.zone.time_zone))
    wanted = _week(week) or now
    since = queries.last_declared_at(facility_id=facility.pk, before=wanted)
    received = shipping.received_since(facility_id=facility.pk, since=since) if since else {}
    view = queries.of_facility(
        registry=facility.registry,
        scope=actor.scope,
        week=wanted,
        at=at,
        delivered=received,
        actor=actor,
    )
    if wanted not in view.weeks:
        return sheet_of(actor=actor, week=str(now), at=at)
    families = {family.code: family for family in Family.objects.order_by("position", "code")}
    return Sheet(facility=facility, view=view, families=families, delivered=received, now=now)


def _week(text: str) -> Week | None:
    try:
        return Week.parse(text)
    except ValueError:
        return None


def packs(*, at: datetime) -> dict[str, dict[str, Any]]:
    """Return what a scanned GTIN holds: its family, its name, the units of a box and of a carton."""
    day = at.date()
    rows = Article.objects.exclude(closed_on__lte=day).values_list(
        "gtin", "family", "name", "box_units", "carton_units"
    )
    return {
        gtin: {"family": family, "name": name, "box": box, "carton": carton}
        for gtin, family, name, box, carton in rows
    }
