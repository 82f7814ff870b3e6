"""Who was asked for a week and said nothing, and who could be written to about it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Lower

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.rules import DOMAIN, Role
from distrilog.domain.declarations.models import Delegate, Reminder, RollUp, Statement, Target
from distrilog.domain.declarations.rules.rollout import RegionWeek
from distrilog.domain.declarations.rules.weeks import last_day
from distrilog.domain.facilities.models import Facility, Region
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import PARIS, Week


COUNTRY = Scope(kind=ScopeKind.COUNTRY)


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentFacility:
    """A facility that was asked for a week and said nothing; `rank` is that of its next reminder."""

    id: int
    registry: str
    name: str
    region: str
    rank: int


def silent_facilities(
    *,
    scope: Scope,
    week: Week,
    at: datetime,
    registries: Sequence[str] | None = None,
    not_reminded_today: bool = False,
) -> list[SilentFacility]:
    """Return those asked and silent, open at the moment, by name; of some registry numbers where given. One query."""
    rows = _asked(scope=scope, week=week, at=at).filter(~Exists(_said(week)))
    if registries is not None:
        rows = rows.filter(registry__in=list(registries))
    if not_reminded_today:
        today = datetime.combine(at.astimezone(PARIS).date(), time(0), tzinfo=PARIS)
        rows = rows.exclude(
            Exists(
                Reminder.objects.filter(
                    facility=OuterRef("pk"),
                    sent_at__gte=today,
                    sent_at__lt=today + timedelta(days=1),
                )
            )
        )
    found = rows.annotate(
        last_rank=Coalesce(Max("reminders__rank", filter=Q(reminders__week=str(week))), 0)
    )
    return [
        SilentFacility(id=pk, registry=registry, name=name, region=region, rank=rank + 1)
        for pk, registry, name, region, rank in found.order_by("name", "registry").values_list(
            "pk", "registry", "name", "department__region_id", "last_rank"
        )
    ]


def addresses(*, facility_ids: Sequence[int], at: datetime) -> dict[int, tuple[str, ...]]:
    """
    Return the addresses of those who may declare, by facility; one that nobody can be written to is absent.

    The director, and those he named, or, as long as he named nobody, those who order for it. One query.
    """
    named = Delegate.objects.filter(ended_at__isnull=True)
    rows = (
        Profile.objects.valid_at(at)
        .filter(domain=DOMAIN, person__is_active=True, facility_id__in=list(facility_ids))
        .exclude(person__email="")
        .filter(
            Q(role=Role.DIRECTOR)
            | Exists(named.filter(profile=OuterRef("pk")))
            | Q(role=Role.ORDERER) & ~Exists(named.filter(facility=OuterRef("facility_id")))
        )
        .annotate(address=Lower("person__email"))
        .order_by("address")
        .values_list("facility_id", "address")
        .distinct()
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for facility, address in rows:
        if facility is not None:
            found[facility].append(address)
    return {facility: tuple(each) for facility, each in found.items()}


def agency_addresses(*, at: datetime) -> dict[str, tuple[str, ...]]:
    """Return the addresses of the agencies' people, by region. One query."""
    rows = (
        Profile.objects.valid_at(at)
        .filter(domain=DOMAIN, person__is_active=True, role=Role.ARS)
        .exclude(person__email="")
        .annotate(address=Lower("person__email"))
        .order_by("address")
        .values_list("perimeter", "address")
        .distinct()
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for region, address in rows:
        found[region].append(address)
    return {region: tuple(each) for region, each in found.items()}


def region_weeks(*, week: Week, at: datetime) -> dict[str, RegionWeek]:
    """Return what the digest of each region tells, for those where somebody was asked. A fixed number of queries."""
    asked = dict(
        _asked(scope=COUNTRY, week=week, at=at)
        .values_list("department__region_id")
        .annotate(count=Count("pk"))
    )
    silent: defaultdict[str, list[SilentFacility]] = defaultdict(list)
    rows = silent_facilities(scope=COUNTRY, week=week, at=at)
    for row in rows:
        silent[row.region].append(row)
    reachable = addresses(facility_ids=[row.id for row in rows], at=at)
    alerts = _alerts(week=week)
    names = dict(Region.objects.values_list("code", "name"))
    return {
        region: RegionWeek(
            region=names[region],
            asked=count,
            declared=count - len(silent[region]),
            silent=[_named(row) for row in silent[region]],
            unreachable=[_named(row) for row in silent[region] if row.id not in reachable],
            alerts=alerts.get(region, []),
        )
        for region, count in sorted(asked.items())
    }


def _named(row: SilentFacility) -> str:
    return f"{row.name} ({row.registry})"


def _asked(*, scope: Scope, week: Week, at: datetime) -> QuerySet[Facility]:
    """Keep those that were asked for a week, need something, and are open: in it, and still."""
    sunday, today = last_day(week), at.astimezone(PARIS).date()
    return (
        Facility.objects.within(scope)
        .filter(
            Q(enrolment__until__isnull=True) | Q(enrolment__until__gt=sunday),
            Q(opened_on__isnull=True) | Q(opened_on__lte=sunday),
            Q(closed_on__isnull=True) | Q(closed_on__gt=max(week.monday, today)),
            enrolment__since__lte=sunday,
        )
        .filter(Exists(Target.objects.filter(facility=OuterRef("pk"))))
    )


def _said(week: Week) -> QuerySet[Statement]:
    return Statement.objects.filter(facility=OuterRef("pk"), week=str(week), current=True)


def _alerts(*, week: Week) -> dict[str, list[tuple[str, int, int]]]:
    rows = (
        RollUp.objects.filter(week=str(week))
        .values("region_id", plural=F("family__plural"))
        .annotate(in_alert=Sum("alert"), without=Sum("empty"))
        .filter(in_alert__gt=0)
        .order_by("region_id", "family__position")
    )
    found: defaultdict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for row in rows:
        found[row["region_id"]].append((row["plural"], row["in_alert"], row["without"]))
    return dict(found)
