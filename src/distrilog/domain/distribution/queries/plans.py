"""Plans as their readers see them: the latest, and one of them with its families, regions and platforms."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, Max, OuterRef, QuerySet, Sum

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import Endowment, Plan, PlanShare
from distrilog.domain.facilities.models import Facility, Territory
from distrilog.domain.stock.models import Place
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind


SHOWN: Final = 30
# Before it is shared, a plan is the cell's own work; one that was given up is nobody's but its own.
_CELL_ONLY: Final = (Plan.State.DRAFT, Plan.State.ABANDONED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A plan in a list: what the platforms of the reader's scope receive of it, in units by family."""

    plan: Plan
    platforms: int
    units: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Sums of lines of one family. Units; `adjusted` counts the units that agencies moved."""

    facilities: int = 0
    need: int = 0
    given: int = 0
    floor: int = 0
    computed: int = 0
    units: int = 0
    adjusted: int = 0

    def plus(self, other: "Figures") -> "Figures":
        """Return both together."""
        return Figures(
            facilities=self.facilities + other.facilities,
            need=self.need + other.need,
            given=self.given + other.given,
            floor=self.floor + other.floor,
            computed=self.computed + other.computed,
            units=self.units + other.units,
            adjusted=self.adjusted + other.adjusted,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRow:
    """What one platform gets of a plan, by family."""

    territory: Territory
    figures: Mapping[str, Figures]


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """A facility that a plan does not serve, and the French reason."""

    facility: Facility
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """
    A plan as one reader sees it: all of its families, and the platforms of the reader's scope.

    `sources` are units by family and place; `totals` and `platforms` are sums of lines within the scope; `excluded` is at
    most `SHOWN` of the `excluded_count` facilities of the scope that are not served.
    """

    plan: Plan
    shares: Sequence[PlanShare]
    sources: Mapping[str, Sequence[tuple[Place, int]]]
    totals: Mapping[str, Figures]
    platforms: Sequence[PlatformRow]
    excluded: Sequence[Excluded]
    excluded_count: int


def visible(*, scope: Scope) -> QuerySet[Plan]:
    """Return the plans that a reader may see: drafts and abandoned ones are the cell's."""
    rows = Plan.objects.select_related("zone", "doctrine", "programme")
    return rows if scope.kind is ScopeKind.COUNTRY else rows.exclude(state__in=_CELL_ONLY)


def territories(*, scope: Scope) -> QuerySet[Territory]:
    """Return the territories whose platform lies in a scope: a facility that is no platform has none."""
    if scope.kind is ScopeKind.COUNTRY:
        return Territory.objects.all()
    return Territory.objects.filter(platform__in=Facility.objects.within(scope))


def get(*, plan_id: int, scope: Scope) -> Plan:
    """Return one plan that the reader may see, or NotFound."""
    found = visible(scope=scope).filter(pk=plan_id).first()
    if found is None:
        raise NotFound(
            Fault(where="plan", message=f"Aucun plan n° {plan_id} dans votre périmètre.")
        )
    return found


def territory_of(*, code: str, scope: Scope) -> Territory:
    """Return a territory of the scope with its platform and region, or NotFound."""
    found = (
        territories(scope=scope)
        .select_related("platform", "region")
        .filter(pk=code.replace("\0", ""))
        .first()
    )
    if found is None:
        raise NotFound(
            Fault(where="territory", message="Aucune plateforme de ce nom dans votre périmètre.")
        )
    return found


def plans(*, scope: Scope, limit: int = SHOWN) -> list[PlanRow]:
    """Return the latest plans, the latest week first, with what the scope receives; two statements."""
    found = list(visible(scope=scope).order_by("-week", "-number", "-pk")[:limit])
    units: defaultdict[int, dict[str, int]] = defaultdict(dict)
    platforms: defaultdict[int, set[str]] = defaultdict(set)
    rows = Endowment.objects.filter(plan__in=[plan.pk for plan in found])
    if scope.kind is not ScopeKind.COUNTRY:
        rows = rows.filter(territory__in=territories(scope=scope))
    sums = rows.values_list("plan_id", "territory_id", "family_id").annotate(Sum("units"))
    for plan, territory, family, total in sums:
        units[plan][family] = units[plan].get(family, 0) + total
        platforms[plan].add(territory)
    return [
        PlanRow(plan=plan, platforms=len(platforms[plan.pk]), units=units[plan.pk])
        for plan in found
    ]


def to_adjust(*, scope: Scope, at: datetime) -> list[Plan]:
    """Return the shared plans that serve platforms of a scope and may still be adjusted, the first to freeze first; one statement."""
    mine = Endowment.objects.filter(
        plan=OuterRef("pk"), territory__in=territories(scope=scope).values("pk")
    )
    rows = Plan.objects.filter(Exists(mine), state=Plan.State.SHARED, freezes_at__gt=at)
    return list(rows.select_related("programme").order_by("freezes_at", "pk"))


def waiting() -> list[Plan]:
    """Return the plans that wait for the cell: drafts to share, frozen ones to send; one statement."""
    rows = Plan.objects.filter(state__in=[Plan.State.DRAFT, Plan.State.FROZEN])
    return list(rows.select_related("programme").order_by("week", "number", "pk"))


def next_number(*, week: str, zone: str) -> int:
    """Return the rank that a zone's next plan of a week would have; given-up ones free theirs."""
    rows = Plan.objects.filter(week=week, zone=zone, programme__isnull=True)
    taken = rows.exclude(state=Plan.State.ABANDONED).aggregate(last=Max("number"))["last"]
    return (taken or 0) + 1


# One pass over the lines of a plan, in the order of its unique index.
_SUMS: Final = """
    SELECT line.territory_id, line.family_id, count(*), sum(line.need)::bigint, sum(line.given)::bigint,
           sum(line.floor)::bigint, sum(line.computed)::bigint, sum(line.computed + line.changed)::bigint,
           sum(greatest(line.changed, 0))::bigint
      FROM distribution_planline line
     WHERE line.plan_id = %(plan)s AND (%(all)s OR line.territory_id = ANY (%(territories)s))
     GROUP BY line.territory_id, line.family_id
"""


def plan(*, plan_id: int, scope: Scope) -> PlanView:
    """Return one plan as its reader sees it, or NotFound; a fixed number of statements."""
    found = get(plan_id=plan_id, scope=scope)
    within = {
        territory.pk: territory
        for territory in territories(scope=scope)
        .select_related("region", "platform")
        .order_by("region__name", "name", "pk")
    }
    by_territory: defaultdict[str, dict[str, Figures]] = defaultdict(dict)
    totals: dict[str, Figures] = {}
    for code, family, figures in _sums(found, within, everyone=scope.kind is ScopeKind.COUNTRY):
        by_territory[code][family] = figures
        totals[family] = totals.get(family, Figures()).plus(figures)
    shares = sorted(
        found.shares.select_related("family"), key=lambda one: (one.family.position, one.family_id)
    )
    excluded, count = _excluded(found, scope)
    return PlanView(
        plan=found,
        shares=shares,
        sources=_sources(found, within),
        totals=totals,
        platforms=[
            PlatformRow(territory=territory, figures=by_territory[code])
            for code, territory in within.items()
            if code in by_territory
        ],
        excluded=excluded,
        excluded_count=count,
    )


def _sums(
    plan: Plan, within: Iterable[str], *, everyone: bool
) -> Iterable[tuple[str, str, Figures]]:
    values: dict[str, Any] = {"plan": plan.pk, "all": everyone, "territories": list(within)}
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, values)
        for code, family, count, need, given, floor, computed, units, adjusted in cursor.fetchall():
            yield (
                code,
                family,
                Figures(
                    facilities=count,
                    need=need,
                    given=given,
                    floor=floor,
                    computed=computed,
                    units=units,
                    adjusted=adjusted,
                ),
            )


def _sources(plan: Plan, within: Iterable[str]) -> dict[str, list[tuple[Place, int]]]:
    sums = (
        plan.endowments.filter(territory__in=list(within))
        .values_list("family_id", "source_id")
        .annotate(units=Sum("units"))
        .order_by("family_id", "source_id")
    )
    rows = list(sums)
    places = Place.objects.in_bulk({source for _, source, _ in rows})
    found: defaultdict[str, list[tuple[Place, int]]] = defaultdict(list)
    for family, source, units in rows:
        found[family].append((places[source], units))
    return dict(found)


NO_PLATFORM: Final = "rattaché à aucune plateforme"


def _excluded(plan: Plan, scope: Scope) -> tuple[list[Excluded], int]:
    """Return some of those who are not served, and how many they are."""
    rows = Facility.objects.within(scope).filter(registry__in=plan.excluded.get("no_platform", []))
    found = list(rows.select_related("department").order_by("department_id", "name")[:SHOWN])
    count = rows.count() if len(found) == SHOWN else len(found)
    return [Excluded(facility=each, why=NO_PLATFORM) for each in found], count


def reason_excluded(plan: Plan, registry: str) -> str:
    """Say why a plan does not serve a facility; nothing where it is not listed."""
    return NO_PLATFORM if registry in plan.excluded.get("no_platform", []) else ""


def elsewhere(plan: Plan) -> dict[str, dict[str, int]]:
    """Return how many facilities of each category group another chain serves, by family."""
    found: dict[str, dict[str, int]] = plan.excluded.get("circuit", {})
    return found


def families() -> dict[str, Family]:
    """Return the families by code, in their order."""
    return {family.code: family for family in Family.objects.order_by("position", "code")}


_EXPORTED: Final = """
    SELECT region.name, territory.code, territory.name, facility.registry, facility.name, facility.commune,
           facility.department_id, category."group", family.code, family.plural, share.box_units,
           line.need_doctrine, line.need, line.given, line.floor, line.computed, line.changed,
           line.computed + line.changed
      FROM distribution_planline line
      JOIN distribution_planshare share ON share.plan_id = line.plan_id AND share.family_id = line.family_id
      JOIN facilities_territory territory ON territory.code = line.territory_id
      JOIN facilities_region region ON region.code = territory.region_id
      JOIN facilities_facility facility ON facility.id = line.facility_id
      JOIN facilities_category category ON category.code = facility.category_id
      JOIN catalogue_family family ON family.code = line.family_id
     WHERE line.plan_id = %(plan)s AND (%(all)s OR line.territory_id = ANY (%(territories)s))
     ORDER BY region.name, territory.name, facility.name, facility.registry, family.position
"""
_BATCH: Final = 5000


def exported(*, plan_id: int, scope: Scope) -> Iterator[tuple[Any, ...]]:
    """Yield every line of a plan within a scope as a row for files, a few thousand at a time; NotFound first."""
    found = get(plan_id=plan_id, scope=scope)
    everyone = scope.kind is ScopeKind.COUNTRY
    within = [] if everyone else list(territories(scope=scope).values_list("pk", flat=True))
    return _exported({"plan": found.pk, "all": everyone, "territories": within})


def _exported(values: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_EXPORTED, values)
        while batch := cursor.fetchmany(_BATCH):
            yield from batch
