"""Why a facility gets what it gets of a plan: from the text to the boxes, and who changed it afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from distrilog.domain.declarations.models import Gift
from distrilog.domain.distribution.models import (
    Adjustment,
    Endowment,
    Override,
    Plan,
    PlanLine,
    PlanShare,
    Trainees,
)
from distrilog.domain.distribution.queries import plans
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.doctrines.rules import NeedLine
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Facility, Territory
from distrilog.domain.quotas.rules import Reason
from distrilog.domain.stock.models import Place
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one adjustment changed of a line, in units, and why it was made."""

    units: int
    adjustment: Adjustment


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyWhy:
    """
    One line of a plan with all that made it. Units.

    `lines` are the doctrine's own, under the plan's version; `overrides` and `trainees` those that hold on the plan's Monday;
    `gifts` those declared lately, the last first. `sources` are where its platform's units come from.
    """

    line: PlanLine
    share: PlanShare
    lines: Sequence[NeedLine]
    overrides: Sequence[Override]
    trainees: Sequence[Trainees]
    gifts: Sequence[Gift]
    sources: Sequence[tuple[Place, int]]
    changes: Sequence[Change]

    @property
    def word(self) -> str:
        """Why its share is what it is: a word of `quotas.rules.Reason`, in small letters."""
        return Reason(self.line.reason).name.lower()

    @property
    def level_tenths(self) -> int:
        """The level everyone was brought to, in tenths of a percent of the need."""
        bottom = self.share.level_denominator
        return 1000 * self.share.level_numerator // bottom if bottom else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A facility in a plan, family by family; `lines` is empty where it gets nothing."""

    plan: Plan
    facility: Facility
    territory: Territory | None
    families: Sequence[FamilyWhy]
    excluded: str


GIFTS_SHOWN = 20


def why(*, plan_id: int, registry: str, scope: Scope) -> Why:
    """
    Explain a facility's lines of a plan. NotFound for a plan or a facility that the reader may not see; fixed statements.

    A facility of another region served by a platform of the scope is seen through its platform.
    """
    plan = plans.get(plan_id=plan_id, scope=scope)
    lines = list(
        PlanLine.objects.filter(plan=plan, facility__registry=registry.replace("\0", ""))
        .select_related("family", "territory__platform")
        .order_by("family__position", "family_id")
    )
    facility = _facility(registry, scope, lines)
    week = Week.parse(plan.week)
    need_lines = (
        doctrines.need_of(facility=facility, version=plan.doctrine, on=week.monday).lines
        if plan.doctrine and not plan.programme_id
        else ()
    )
    shares = {share.family_id: share for share in plan.shares.all()}
    territories = {line.territory_id for line in lines}
    sources = _sources(plan, territories)
    changes = _changes(plan, territories, registry)
    overrides = list(
        Override.objects.filter(facility=facility, period__contains=week.monday).order_by("pk")
    )
    trainees = list(
        Trainees.objects.filter(facility=facility, period__contains=week.monday).order_by("pk")
    )
    gifts = list(
        Gift.objects.filter(
            facility=facility, withdrawn_at__isnull=True, at__lte=plan.prepared_at
        ).order_by("-at")[:GIFTS_SHOWN]
    )
    return Why(
        plan=plan,
        facility=facility,
        territory=lines[0].territory if lines else None,
        families=[
            FamilyWhy(
                line=line,
                share=shares[line.family_id],
                lines=[each for each in need_lines if each.family == line.family_id],
                overrides=[each for each in overrides if each.family in {"", line.family_id}],
                trainees=trainees,
                gifts=[each for each in gifts if each.family_id == line.family_id]
                if line.given
                else [],
                sources=sources.get(line.family_id, []),
                changes=changes.get(line.family_id, []),
            )
            for line in lines
        ],
        excluded=plans.reason_excluded(plan, registry),
    )


def _facility(registry: str, scope: Scope, lines: Sequence[PlanLine]) -> Facility:
    country = Scope(kind=ScopeKind.COUNTRY)
    served = {line.territory_id for line in lines}
    if served and plans.territories(scope=scope).filter(pk__in=served).exists():
        return facilities.get(registry=registry, scope=country)
    return facilities.get(registry=registry, scope=scope)


def _sources(plan: Plan, territories: set[str]) -> dict[str, list[tuple[Place, int]]]:
    found: dict[str, list[tuple[Place, int]]] = {}
    rows = Endowment.objects.filter(plan=plan, territory__in=territories).select_related("source")
    for row in rows.order_by("family_id", "source_id"):
        found.setdefault(row.family_id, []).append((row.source, row.units))
    return found


def _changes(plan: Plan, territories: set[str], registry: str) -> Mapping[str, list[Change]]:
    rows = Adjustment.objects.filter(
        plan=plan, territory__in=territories, changes__has_key=registry
    ).order_by("pk")
    found: dict[str, list[Change]] = {}
    for row in rows:
        found.setdefault(row.family_id, []).append(
            Change(units=row.changes[registry], adjustment=row)
        )
    return found
