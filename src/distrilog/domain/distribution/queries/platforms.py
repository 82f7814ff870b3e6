"""Platforms as agencies and the cell see them: the same numbers as the platform's own (row C7), incidents, debts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from distrilog.domain.accounts.rules import ROLE_NAMES, Role
from distrilog.domain.distribution.models import Flow, Incident, Situation
from distrilog.domain.distribution.queries.reach import debts, in_scope, platform
from distrilog.domain.distribution.queries.tours import (
    FamilyTotals,
    FlowSeen,
    RoundSeen,
    Site,
    Tour,
    flows,
    round_of,
    rounds,
    sites,
    title_of,
    totals,
    tour,
)
from distrilog.domain.facilities.models import Territory
from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import PARIS, Week


__all__ = [
    "FamilyTotals",
    "FlowSeen",
    "IncidentSeen",
    "PlatformSeen",
    "RoundSeen",
    "Site",
    "Tour",
    "debts",
    "flows",
    "in_scope",
    "incident_counts",
    "incidents",
    "missing_situations",
    "overview",
    "platform",
    "round_of",
    "rounds",
    "sites",
    "situations",
    "title_of",
    "totals",
    "tour",
]

# A platform is expected to say how it stands while plans of as many weeks before were carried to it.
SERVED_WITHIN = 4


def missing_situations(*, scope: Scope, week: Week) -> list[Territory]:
    """
    Return the platforms that have not said how they stand in a week (row C5), by region and name.

    Those that a plan of the last weeks reached are expected to.
    """
    said = Situation.objects.filter(week=str(week)).values("territory")
    reached = Flow.objects.filter(
        plan__week__gte=str(week.plus(-SERVED_WITHIN)), plan__week__lte=str(week)
    ).values("territory")
    return list(
        in_scope(scope=scope)
        .filter(pk__in=reached)
        .exclude(pk__in=said)
        .select_related("region", "platform")
        .order_by("region__name", "name")
    )


def situations(*, territory: str, week: Week) -> dict[str, Situation]:
    """Return what a platform said of a week, by family."""
    return {
        each.family_id: each
        for each in Situation.objects.filter(territory=territory, week=str(week))
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSeen:
    """An incident as lists show it; `late` past its deadline while it is open."""

    pk: int
    territory: str
    platform: str
    region: str
    kind: str
    words: str
    plan_id: int | None
    owner: str
    owner_name: str
    due_at: datetime
    told_at: datetime
    taken_at: datetime | None
    answer: str
    closed_at: datetime | None
    late: bool


def incidents(
    *, scope: Scope, at: datetime, open_only: bool = True, limit: int = 200
) -> list[IncidentSeen]:
    """Return the incidents of platforms in a scope: open ones first, by deadline; then the latest closed."""
    rows = Incident.objects.filter(territory__in=in_scope(scope=scope)).select_related(
        "territory__region"
    )
    if open_only:
        rows = rows.filter(closed_at__isnull=True)
    found = list(rows.order_by("closed_at", "due_at", "pk")[:limit])
    found.sort(key=lambda each: (each.closed_at is not None, _when(each)))
    return [incident_seen(each, at=at) for each in found]


def _when(incident: Incident) -> float:
    closed = incident.closed_at
    return incident.due_at.timestamp() if closed is None else -closed.timestamp()


def incident_seen(incident: Incident, *, at: datetime) -> IncidentSeen:
    """Return an incident as lists show it at a moment."""
    owner = incident.owner
    return IncidentSeen(
        pk=incident.pk,
        territory=incident.territory_id,
        platform=incident.territory.name,
        region=incident.territory.region.name,
        kind=incident.get_kind_display(),
        words=incident.words,
        plan_id=incident.plan_id,
        owner=owner,
        owner_name=ROLE_NAMES[Role(owner)] if owner in set(Role) else owner,
        due_at=incident.due_at,
        told_at=incident.told_at,
        taken_at=incident.taken_at,
        answer=incident.answer,
        closed_at=incident.closed_at,
        late=incident.closed_at is None and incident.due_at < at,
    )


def incident_counts(*, scope: Scope, at: datetime) -> dict[str, tuple[int, int]]:
    """Return by territory how many incidents are open, and how many of them are late."""
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    rows = Incident.objects.filter(
        territory__in=in_scope(scope=scope), closed_at__isnull=True
    ).values_list("territory", "due_at")
    for territory, due_at in rows:
        found[territory][0] += 1
        found[territory][1] += due_at < at
    return {territory: (many, late) for territory, (many, late) in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSeen:
    """A platform in the list of an agency: sums in units by family of the plans of the last weeks."""

    territory: Territory
    totals: Mapping[str, FamilyTotals] = field(default_factory=dict)
    debts: Mapping[str, int] = field(default_factory=dict)
    incidents: int = 0
    late: int = 0
    missing: bool = False
    risk: str = ""
    plans: Sequence[int] = ()

    @property
    def coming(self) -> int:
        """Units on their way."""
        return sum(each.coming for each in self.totals.values())

    @property
    def received(self) -> int:
        """Units that arrived."""
        return sum(each.received for each in self.totals.values())

    @property
    def lost(self) -> int:
        """Units that were sent and did not arrive."""
        return sum(each.sent - each.coming - each.received for each in self.totals.values())

    @property
    def left(self) -> int:
        """Units still to hand out."""
        return sum(each.left for each in self.totals.values())

    @property
    def unexplained(self) -> int:
        """Units that stay without a word."""
        return sum(each.unexplained for each in self.totals.values())


def overview(*, scope: Scope, at: datetime) -> list[PlatformSeen]:
    """Return the platforms of a scope, by region and name, over the plans of the last weeks. Eight queries."""
    week = Week.at(at, PARIS)
    found = list(
        in_scope(scope=scope).select_related("region", "platform").order_by("region__name", "name")
    )
    sums = totals(territories=[each.pk for each in found], since=str(week.plus(-SERVED_WITHIN)))
    owed = debts(scope=scope)
    told = incident_counts(scope=scope, at=at)
    missing = {each.pk for each in missing_situations(scope=scope, week=week)}
    risks = _risks(week)
    by_territory: defaultdict[str, list[tuple[int, Sequence[FamilyTotals]]]] = defaultdict(list)
    for (plan, territory), families in sums.items():
        by_territory[territory].append((plan, families))
    return [
        PlatformSeen(
            territory=each,
            totals=_together([families for _plan, families in by_territory[each.pk]]),
            plans=[plan for plan, _families in by_territory[each.pk]],
            debts=owed.get(each.pk, {}),
            incidents=told.get(each.pk, (0, 0))[0],
            late=told.get(each.pk, (0, 0))[1],
            missing=each.pk in missing,
            risk=risks.get(each.pk, ""),
        )
        for each in found
    ]


_WORST = (Situation.Risk.NOW, Situation.Risk.WEEK, Situation.Risk.NONE)


def _risks(week: Week) -> dict[str, str]:
    """Return the worst risk that each platform told of a week."""
    said: defaultdict[str, set[str]] = defaultdict(set)
    for territory, risk in Situation.objects.filter(week=str(week)).values_list(
        "territory", "risk"
    ):
        said[territory].add(risk)
    return {
        territory: next(each.value for each in _WORST if each in risks)
        for territory, risks in said.items()
    }


def _together(plans: Sequence[Sequence[FamilyTotals]]) -> dict[str, FamilyTotals]:
    found: dict[str, FamilyTotals] = {}
    for families in plans:
        for each in families:
            before = found.get(each.family, FamilyTotals(family=each.family))
            found[each.family] = FamilyTotals(
                family=each.family,
                planned=before.planned + each.planned,
                sent=before.sent + each.sent,
                received=before.received + each.received,
                coming=before.coming + each.coming,
                handed=before.handed + each.handed,
                owed=before.owed + each.owed,
                explained=before.explained + each.explained,
            )
    return found
