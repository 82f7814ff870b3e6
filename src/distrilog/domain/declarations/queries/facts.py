"""What both the form and the services read of one facility: its needs, what it said before, who may declare."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.rules import DOMAIN, GRANTS, ROLE_NAMES, Actor, Deed, Role
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.models import Delegate, Statement, Target
from distrilog.domain.declarations.rules import (
    WEEKS_REMEMBERED,
    FamilyNeed,
    Past,
)
from distrilog.domain.facilities.models import Facility
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import PARIS, Week


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
            usual=_mean([used for _, _, used in found if used is not None]),
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


def declarable(*, actor: Actor, at: datetime) -> dict[int, bool]:
    """
    Return the facilities somebody may import for, by id, each with whether its director leaves it to him.

    Those of all his live profiles that may declare; through a token, which belongs to one profile, its own alone.
    """
    found = {}
    if actor.facility_id is not None and own_scope(actor).code:
        found[actor.facility_id] = is_delegate(actor=actor, facility_id=actor.facility_id)
    if actor.through.startswith("token:"):
        return found
    day = at.astimezone(PARIS).date()
    profiles = (
        Profile.objects.valid_at(at)
        .filter(person_id=actor.person, domain=DOMAIN, role__in=_DECLARING)
        .exclude(facility__closed_on__lte=day)
        .values_list("pk", "role", "facility_id")
    )
    named = _named(facilities={facility for _, _, facility in profiles if facility})
    for pk, role, facility in profiles:
        if facility is not None:
            own = named.get(facility)
            may = role == Role.DIRECTOR or own is None or pk in own
            found[facility] = found.get(facility, False) or may
    return found


_DECLARING = [str(role) for role, deeds in GRANTS.items() if Deed.DECLARATION_MAKE in deeds]


def _named(*, facilities: Iterable[int]) -> dict[int, set[int]]:
    """Return the profiles that directors named, by facility; a facility that named none is absent."""
    found: dict[int, set[int]] = {}
    rows = Delegate.objects.filter(facility_id__in=list(facilities), ended_at__isnull=True)
    for facility, profile in rows.values_list("facility_id", "profile_id"):
        found.setdefault(facility, set()).add(profile)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateView:
    """Somebody who orders for a facility, and whether the director named him: `delegate` is None where not."""

    profile: int
    name: str
    role_name: str
    delegate: int | None
    named_at: datetime | None


def delegates(*, actor: Actor, at: datetime) -> list[DelegateView]:
    """Return who may be named to declare for the director's own facility, those named first; two statements."""
    actor.require(Deed.DECLARATION_DELEGATE)
    live = {
        row.profile_id: row
        for row in Delegate.objects.filter(
            facility_id=actor.facility_id or 0, ended_at__isnull=True
        )
    }
    profiles = (
        Profile.objects.valid_at(at)
        .filter(
            facility_id=actor.facility_id or 0,
            domain=DOMAIN,
            role__in=_DECLARING,
            person__is_active=True,
        )
        .exclude(role=Role.DIRECTOR)
        .select_related("person")
    )
    found = [
        DelegateView(
            profile=profile.pk,
            name=profile.person.name,
            role_name=ROLE_NAMES[Role(profile.role)],
            delegate=live[profile.pk].pk if profile.pk in live else None,
            named_at=live[profile.pk].named_at if profile.pk in live else None,
        )
        for profile in profiles
    ]
    return sorted(found, key=lambda each: (each.delegate is None, each.name, each.profile))


def current_week(*, facility: Facility, at: datetime) -> Week:
    """Return the week it is where a facility lies; its department and zone come with it."""
    return Week.at(at, ZoneInfo(facility.department.zone.time_zone))
