"""The desk of an agency: the lines of one platform and family, and what an adjustment would do, before it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db import connection

from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.rules import WEEKS_FRESH, cover_tenths
from distrilog.domain.distribution import rules
from distrilog.domain.distribution.models import Adjustment, Endowment, Plan, PlanLine, PlanShare
from distrilog.domain.distribution.queries import plans
from distrilog.domain.facilities.models import Category, Territory
from distrilog.domain.stock.models import Place
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import Week


PER_PAGE: Final = 50
ALL: Final = 100_000


class Sort(StrEnum):
    """What the lines are put in the order of."""

    NAME = "name"
    NEED = "need"
    UNITS = "units"
    COVER = "cover"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which lines: a search, a category group, an order, a page from 1."""

    search: str = ""
    group: str = ""
    sort: Sort = Sort.NAME
    descending: bool = False
    page: int = 1
    per_page: int = PER_PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """
    A facility's line at the desk. Units; `reason` is a `quotas.rules.Reason`.

    `stock` is what it declared lately, of the week `said_in`; None when it said nothing. `asked` is what it wants for that
    week, None without a request.
    """

    registry: str
    name: str
    commune: str
    department: str
    group: str
    need_doctrine: int
    need: int
    given: int
    already: int
    missing: int
    floor: int
    computed: int
    changed: int
    reason: int
    stock: int | None
    said_in: str
    asked: int | None
    request_id: int | None
    request_state: str

    @property
    def units(self) -> int:
        """Units it gets."""
        return self.computed + self.changed

    @property
    def group_name(self) -> str:
        """What kind of facility it is."""
        return str(Category.Group(self.group).label)

    @property
    def cover(self) -> int | None:
        """Tenths of a day that what it declared lasts; None when it said nothing."""
        return None if self.stock is None else cover_tenths(stock=self.stock, need=self.need)

    def cover_with(self, units: int) -> int | None:
        """Return the tenths of a day that its stock and so many units more would last."""
        return cover_tenths(stock=(self.stock or 0) + units, need=self.need)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One platform's lines of one family: a page of them, the sums of all, where the units come from, what was changed."""

    plan: Plan
    territory: Territory
    family: Family
    share: PlanShare
    families: Sequence[Family]
    lines: Sequence[Line]
    matching: int
    totals: plans.Figures
    sources: Sequence[tuple[Place, int]]
    adjustments: Sequence[Adjustment]
    names: Mapping[str, str]
    choice: Choice = field(default_factory=Choice)

    @property
    def box(self) -> int:
        """Units of a box."""
        return self.share.box_units


_ORDERS: Final = {
    Sort.NAME: "facility.name {way}",
    Sort.NEED: "line.need {way}",
    Sort.UNITS: "line.computed + line.changed {way}",
    Sort.CHANGED: "abs(line.changed) {way}",
    Sort.COVER: "said.stock::numeric / nullif(line.need, 0) {way} NULLS FIRST",
}
# What was said counts for a few weeks; the latest statement speaks.
_LINES: Final = """
    SELECT facility.registry, facility.name, facility.commune, facility.department_id, category."group",
           line.need_doctrine, line.need, line.given, line.already, line.missing, line.floor, line.computed, line.changed, line.reason,
           said.stock, coalesce(said.week, ''), asked.units, asked.id, coalesce(asked.state, ''),
           count(*) OVER ()
      FROM distribution_planline line
      JOIN facilities_facility facility ON facility.id = line.facility_id
      JOIN facilities_category category ON category.code = facility.category_id
      LEFT JOIN LATERAL (
        SELECT statement.stock, statement.week FROM declarations_statement statement
         WHERE statement.facility_id = line.facility_id AND statement.family_id = line.family_id
           AND statement.week = ANY (%(weeks)s) AND statement.current
         ORDER BY statement.week DESC LIMIT 1
      ) said ON TRUE
      LEFT JOIN LATERAL (
        SELECT request.units, request.id, request.state FROM distribution_changerequest request
         WHERE request.facility_id = line.facility_id AND request.family_id = line.family_id
           AND request.week = %(week)s ORDER BY request.id DESC LIMIT 1
      ) asked ON TRUE
     WHERE line.plan_id = %(plan)s AND line.territory_id = %(territory)s AND line.family_id = %(family)s
       AND (%(group)s = '' OR category."group" = %(group)s) AND {search}
     ORDER BY {order}, facility.registry LIMIT %(limit)s OFFSET %(offset)s
"""
_WORD: Final = (
    "(facility.name ILIKE %({name})s OR facility.commune ILIKE %({name})s"
    " OR facility.registry ILIKE %({name})s)"
)


def desk(
    *,
    plan_id: int,
    territory: str,
    scope: Scope,
    family: str = "",
    choice: Choice | None = None,
    told: bool = True,
) -> Desk:
    """
    Return the lines of a platform and family (its first one unless told); NotFound outside the scope. Fixed statements.

    What facilities declared and asked for is left out unless `told`: an auditor reads no facility's own figures.
    """
    choice = choice or Choice()
    plan = plans.get(plan_id=plan_id, scope=scope)
    found = plans.territory_of(code=territory, scope=scope)
    shares = {
        share.family_id: share
        for share in plan.shares.select_related("family").order_by("family__position", "family")
    }
    share = shares.get(family) if family else next(iter(shares.values()), None)
    if share is None:
        raise NotFound(Fault(where="family", message="Cet article n’est pas de ce plan."))
    lines, matching = _lines(
        plan, territory=found.pk, family=share.family_id, choice=choice, told=told
    )
    adjustments = list(
        Adjustment.objects.filter(plan=plan, territory=found, family=share.family).order_by("-pk")
    )
    return Desk(
        plan=plan,
        territory=found,
        family=share.family,
        share=share,
        families=[each.family for each in shares.values()],
        lines=lines,
        matching=matching,
        totals=_totals(plan, found.pk, share.family_id),
        sources=_sources(plan, found.pk, share.family_id),
        adjustments=adjustments,
        names=_names(plan, [key for each in adjustments for key in each.changes]),
        choice=choice,
    )


def _lines(
    plan: Plan,
    *,
    territory: str,
    family: str,
    choice: Choice,
    registries: Sequence[str] | None = None,
    told: bool = True,
) -> tuple[list[Line], int]:
    week = Week.parse(plan.week)
    words = choice.search.replace("\0", " ").split()[:5]
    values: dict[str, Any] = {
        "plan": plan.pk,
        "territory": territory,
        "family": family,
        "week": plan.week if told else "",
        # A plan is looked at the week before; what is said in its own week counts too.
        "weeks": [str(week.plus(-back)) for back in range(WEEKS_FRESH + 2)] if told else [],
        "group": choice.group if choice.group in Category.Group.values else "",
        "limit": choice.per_page,
        "offset": (choice.page - 1) * choice.per_page,
        **{f"word{rank}": f"%{_escaped(word)}%" for rank, word in enumerate(words)},
        "registries": list(registries or ()),
    }
    conditions = [_WORD.format(name=f"word{rank}") for rank in range(len(words))]
    if registries is not None:
        conditions.append("facility.registry = ANY (%(registries)s)")
    way = "DESC" if choice.descending else "ASC"
    statement = _LINES.format(
        search=" AND ".join(conditions) or "TRUE", order=_ORDERS[choice.sort].format(way=way)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    names = tuple(Line.__dataclass_fields__)
    return [Line(**dict(zip(names, row[:-1], strict=True))) for row in rows], (
        rows[0][-1] if rows else 0
    )


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _totals(plan: Plan, territory: str, family: str) -> plans.Figures:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), coalesce(sum(need), 0)::bigint, coalesce(sum(given), 0)::bigint,
                   coalesce(sum(floor), 0)::bigint, coalesce(sum(computed), 0)::bigint,
                   coalesce(sum(computed + changed), 0)::bigint,
                   coalesce(sum(greatest(changed, 0)), 0)::bigint
              FROM distribution_planline
             WHERE plan_id = %s AND territory_id = %s AND family_id = %s
            """,
            [plan.pk, territory, family],
        )
        return plans.Figures(
            **dict(zip(plans.Figures.__dataclass_fields__, cursor.fetchone(), strict=True))
        )


def _sources(plan: Plan, territory: str, family: str) -> list[tuple[Place, int]]:
    rows = Endowment.objects.filter(plan=plan, territory=territory, family=family)
    return [(row.source, row.units) for row in rows.select_related("source").order_by("source_id")]


def _names(plan: Plan, registries: Sequence[str]) -> dict[str, str]:
    rows = PlanLine.objects.filter(plan=plan, facility__registry__in=set(registries))
    return dict(rows.values_list("facility__registry", "facility__name").distinct())


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A line an adjustment would change, before and after it."""

    line: Line
    change: int

    @property
    def after(self) -> int:
        """Units it would get."""
        return self.line.units + self.change

    @property
    def cover_before(self) -> int | None:
        """Tenths of a day, with the plan as it is."""
        return self.line.cover_with(self.line.units)

    @property
    def cover_after(self) -> int | None:
        """Tenths of a day, with the change."""
        return self.line.cover_with(self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """
    What an adjustment would do, with all that is wrong with it; nothing is written.

    `total` is what the platform gets of the family, `over` what the changes add up to: it must be nothing.
    """

    moved: Sequence[Moved]
    total: int
    over: int
    box: int
    faults: Sequence[Fault]

    @property
    def may_be_made(self) -> bool:
        """Whether it would be taken as it stands, with a reason."""
        return not self.faults


def effect(
    *,
    plan_id: int,
    territory: str,
    family: str,
    changes: Mapping[str, int],
    scope: Scope,
    at: datetime,
) -> Effect:
    """Return what changes by registry number would do to a platform's lines; NotFound outside the scope. Fixed statements."""
    plan = plans.get(plan_id=plan_id, scope=scope)
    found = plans.territory_of(code=territory, scope=scope)
    share = PlanShare.objects.filter(plan=plan, family=family).first()
    if share is None:
        raise NotFound(Fault(where="family", message="Cet article n’est pas de ce plan."))
    lines, _ = _lines(
        plan,
        territory=found.pk,
        family=family,
        choice=Choice(per_page=ALL),
        registries=list(changes),
    )
    known = {line.registry: line for line in lines}
    moved = [
        Moved(line=known[registry], change=change)
        for registry, change in changes.items()
        if registry in known
    ]
    faults = [
        *_state_faults(plan, at=at),
        *(
            Fault(
                where=f"lines.{registry}",
                message=f"Le site « {registry[:20]} » n’est pas servi par cette plateforme dans ce plan.",
            )
            for registry in changes
            if registry not in known
        ),
        *rules.adjustment_faults(
            moved=[
                rules.Moved(
                    registry=each.line.registry,
                    name=each.line.name,
                    units=each.line.units,
                    change=each.change,
                    floor=each.line.floor,
                )
                for each in moved
            ],
            box=share.box_units,
        ),
    ]
    return Effect(
        moved=[each for each in moved if each.change],
        total=_totals(plan, found.pk, family).units,
        over=sum(each.change for each in moved),
        box=share.box_units,
        faults=faults,
    )


def _state_faults(plan: Plan, *, at: datetime) -> list[Fault]:
    if open_for_changes(plan, at=at):
        return []
    return [
        Fault(
            where="plan",
            message="Ce plan n’est plus à ajuster.",
            remedy="Demander un changement pour la semaine suivante.",
        )
    ]


def open_for_changes(plan: Plan, *, at: datetime) -> bool:
    """Tell whether agencies may adjust a plan at a moment."""
    return plan.state == Plan.State.SHARED and at < plan.freezes_at
