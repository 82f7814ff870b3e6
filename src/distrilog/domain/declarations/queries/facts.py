"""What both the form and the services read of one facility: its needs, what it said before, who may declare."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.rules import Actor, Deed, Role
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.models import AlertThreshold, Delegate, Statement, Target
from distrilog.domain.declarations.rules import (
    WEEKS_REMEMBERED,
    WEEKS_USUAL,
    FamilyNeed,
    Past,
    Threshold,
)
from distrilog.domain.facilities.models import Facility
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week


def own_scope(actor: Actor) -> Scope:
    """Return where somebody may declare: its own facility, even for a referent who sees a territory."""
    if not actor.registry or not actor.may(Deed.DECLARATION_MAKE):
        return Scope(kind=ScopeKind.NOTHING)
    return Scope(kind=ScopeKind.FACILITY, code=actor.registry)


def needs_of(*, facility_id: int) -> dict[str, FamilyNeed]:
    """Return every family of the catalogue, in its order, with the facility's need of it; two statements."""
    needs = dict(Target.objects.filter(facility_id=facility_id).values_list("family_id", "need"))
    return {
        code: FamilyNeed(code=code, name=name, box_units=box_units, need=needs.get(code, 0))
        for code, name, box_units in Family.objects.order_by("position", "code").values_list(
            "code", "name", "box_units"
        )
    }


def past_of(
    *,
    facility_id: int,
    week: Week,
    families: Mapping[str, FamilyNeed],
    delivered: Mapping[str, int] | None = None,
) -> dict[str, Past]:
    """Return what a facility said of each family before a week, as far back as is remembered; one statement."""
    weeks = _weeks_before(week)
    # By weeks and families, so that the one index of current statements answers.
    rows = (
        Statement.objects.filter(
            week__in=weeks, family_id__in=list(families), facility_id=facility_id, current=True
        )
        .order_by("-week")
        .values_list("family_id", "week", "stock", "consumption")
    )
    said: dict[str, list[tuple[str, int, int | None]]] = {}
    for family, when, stock, consumption in rows:
        said.setdefault(family, []).append((when, stock, consumption))
    return {
        family: Past(
            week=Week.parse(found[0][0]),
            stock=found[0][1],
            consumption=found[0][2],
            usual=_mean([used for _, _, used in found[:WEEKS_USUAL] if used is not None]),
            delivered=None if delivered is None else delivered.get(family, 0),
        )
        for family, found in said.items()
    }


def _weeks_before(week: Week) -> list[str]:
    """Return the weeks that are remembered in a week; none where a calendar hardly goes."""
    if week.year < date.min.year + 1:
        return []
    return [str(week.plus(-back)) for back in range(1, WEEKS_REMEMBERED + 1)]


def _mean(units: list[int]) -> int | None:
    return sum(units) // len(units) if units else None


def last_declared_at(*, facility_id: int, before: Week) -> datetime | None:
    """
    Return when a facility last said anything of an earlier week; None where it never did, or too long ago.

    What was received since then is the `delivered` that `of_facility` and `declare` take: shipping lies above
    declarations, so the screens and the API ask it, and hand the units over.
    """
    weeks = _weeks_before(before)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT submission.declared_at
              FROM declarations_declaration declaration
              JOIN declarations_submission submission
                   ON submission.declaration_id = declaration.id AND submission.version = declaration.version
             WHERE declaration.facility_id = %s AND declaration.week = ANY(%s)
             ORDER BY declaration.week DESC LIMIT 1
            """,
            [facility_id, weeks],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def thresholds() -> list[Threshold]:
    """Return every threshold ever set, as values; few rows."""
    return [
        Threshold(
            watch_days=row.watch_days,
            alert_days=row.alert_days,
            group=row.group,
            region=row.region_id or "",
            family=row.family_id or "",
            starts_on=row.starts_on,
        )
        for row in AlertThreshold.objects.all()
    ]


def responsible_for(*, facility_id: int, at: datetime) -> str:
    """Return the opaque id of the facility's director (row A13 of the mission), the first where it has two; empty without."""
    found = (
        Profile.objects.valid_at(at)
        .filter(facility_id=facility_id, role=Role.DIRECTOR, person__is_active=True)
        .order_by("pk")
        .values_list("person_id", flat=True)
        .first()
    )
    return "" if found is None else str(found)


def is_delegate(*, actor: Actor, facility_id: int) -> bool:
    """
    Tell whether somebody may declare in the director's place.

    To declare for a facility, one must be its director, or one of those he named, or, as long as he named
    nobody, somebody who orders for it.
    """
    if actor.role is Role.DIRECTOR:
        return True
    named = set(
        Delegate.objects.filter(facility_id=facility_id, ended_at__isnull=True).values_list(
            "profile_id", flat=True
        )
    )
    return not named or actor.profile in named


def current_week(*, facility: Facility, at: datetime) -> Week:
    """Return the week it is where a facility lies; its department and zone come with it."""
    return Week.at(at, ZoneInfo(facility.department.zone.time_zone))
