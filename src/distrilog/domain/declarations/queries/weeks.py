"""One facility's week, as the form shows it; its weeks before; its cover."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from distrilog.domain.accounts.models import Person
from distrilog.domain.accounts.rules import Actor
from distrilog.domain.declarations.models import Declaration, Difficulty, Statement, Submission
from distrilog.domain.declarations.queries import cover, facts
from distrilog.domain.declarations.rules import (
    WEEKS_FRESH,
    FamilyNeed,
    Level,
    Past,
    Threshold,
    cover_tenths,
    is_small,
    last_day,
    level,
    safety_stock,
    selectable,
    suggested_stock,
    threshold_for,
    was_open,
    week_fault,
)
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Facility
from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import Week


HISTORY_WEEKS = 12
LONGEST_HISTORY = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """
    One family in a week, in units. `stock` None: not said this week; `consumption` None also where a band was.

    `need` is the weekly crisis consumption, `safety` three weeks of it in whole boxes. `previous_…` is what was said
    last before this week, `delivered_since` what was received since then (None: nobody told), `suggested_…`
    what a form starts with. `cover_tenths` is in tenths of a day, None without a stock or a need.
    """

    family: str
    name: str
    box_units: int
    need: int
    safety: int
    stock: int | None
    consumption: int | None
    band: str
    questioned: bool
    version: int
    previous_week: Week | None
    previous_stock: int | None
    previous_consumption: int | None
    delivered_since: int | None
    suggested_stock: int | None
    suggested_consumption: int | None
    cover_tenths: int | None
    level: Level
    watch_days: int
    alert_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleView:
    """A difficulty told with a declaration, in words; `seen_at`: somebody at the agency has read it."""

    id: int
    category: str
    category_name: str
    urgency: str
    urgency_name: str
    family: str
    words: str
    version: int
    seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekView:
    """
    A facility's declaration of a week, with all its form needs; `version` 0: nothing said yet.

    `lines` holds every family with a need or said before, `others` the rest of the catalogue. `declared_by`
    and `responsible` are opaque ids, with the names beside. `why_not` says in French why `may_declare` is not.
    """

    registry: str
    facility_id: int
    facility_name: str
    week: Week
    version: int
    channel: str
    declared_at: datetime | None
    declared_by: str
    declared_by_name: str
    responsible: str
    responsible_name: str
    lines: tuple[LineView, ...]
    others: tuple[FamilyNeed, ...]
    troubles: tuple[TroubleView, ...]
    previous_declared_at: datetime | None
    bands_allowed: bool
    may_declare: bool
    why_not: str
    weeks: tuple[Week, ...]


def of_facility(
    *,
    registry: str,
    scope: Scope,
    week: Week,
    at: datetime,
    delivered: Mapping[str, int] | None = None,
    actor: Actor | None = None,
) -> WeekView:
    """
    Return one facility's week, or NotFound; a fixed number of statements.

    `delivered` is what the caller knows from shipping: units received by family since `last_declared_at`
    (shipping lies above declarations). With an `actor`, `may_declare` also asks whether it is his to do.
    """
    facility = facilities.get(registry=registry, scope=scope)
    return view(facility=facility, week=week, at=at, delivered=delivered, actor=actor)


def view(
    *,
    facility: Facility,
    week: Week,
    at: datetime,
    delivered: Mapping[str, int] | None = None,
    actor: Actor | None = None,
) -> WeekView:
    """Return the week of a facility that was found in somebody's scope already."""
    families = facts.needs_of(facility_id=facility.pk)
    past = facts.past_of(facility_id=facility.pk, week=week, families=families, delivered=delivered)
    said = current_lines(facility_id=facility.pk, week=week, families=families)
    submission = _latest(facility_id=facility.pk, week=week)
    names = _names([submission.declared_by, submission.responsible] if submission else [])
    why_not = _why_not(facility=facility, week=week, at=at, actor=actor)
    thresholds = cover.thresholds(on=last_day(week))
    shown = [
        family
        for family in families.values()
        if family.need or family.code in said or family.code in past
    ]
    return WeekView(
        registry=facility.registry,
        facility_id=facility.pk,
        facility_name=facility.name,
        week=week,
        version=submission.version if submission else 0,
        channel=submission.channel if submission else "",
        declared_at=submission.declared_at if submission else None,
        declared_by=submission.declared_by if submission else "",
        declared_by_name=names.get(submission.declared_by, "") if submission else "",
        responsible=submission.responsible if submission else "",
        responsible_name=names.get(submission.responsible, "") if submission else "",
        lines=tuple(
            _line(
                family=family,
                said=said.get(family.code),
                past=past.get(family.code),
                week=week,
                threshold=_threshold(thresholds, facility=facility, family=family.code, week=week),
            )
            for family in shown
        ),
        others=tuple(family for family in families.values() if family not in shown),
        troubles=tuple(_troubles(facility_id=facility.pk, week=week)),
        previous_declared_at=facts.last_declared_at(facility_id=facility.pk, before=week),
        bands_allowed=is_small(families.values()),
        may_declare=not why_not,
        why_not=why_not,
        weeks=selectable(now=facts.current_week(facility=facility, at=at)),
    )


def current_lines(*, facility_id: int, week: Week, families: Iterable[str]) -> dict[str, Statement]:
    """Return what holds of each family in a week."""
    rows = Statement.objects.filter(
        week=str(week), family_id__in=list(families), facility_id=facility_id, current=True
    )
    return {row.family_id: row for row in rows}


def _latest(*, facility_id: int, week: Week) -> Submission | None:
    return (
        Submission.objects.filter(declaration__facility_id=facility_id, declaration__week=str(week))
        .order_by("-version")
        .first()
    )


def _names(ids: Iterable[str]) -> dict[str, str]:
    """Return the names of persons by opaque id; who is no person (a file, a job) has none."""
    persons = []
    for each in ids:
        try:
            persons.append(UUID(each))
        except ValueError:
            continue
    if not persons:
        return {}
    return {
        str(pk): name
        for pk, name in Person.objects.filter(pk__in=persons).values_list("pk", "name")
    }


def _why_not(*, facility: Facility, week: Week, at: datetime, actor: Actor | None) -> str:
    wrong = week_fault(week=week, now=facts.current_week(facility=facility, at=at))
    if wrong is not None:
        return wrong[0]
    if not was_open(week=week, opened_on=facility.opened_on, closed_on=facility.closed_on):
        return "L’établissement n’était pas ouvert cette semaine-là."
    if actor is None:
        return ""
    if facts.own_scope(actor).code != facility.registry:
        return "Seul l’établissement déclare."
    if not facts.is_delegate(actor=actor, facility_id=facility.pk):
        return "Le directeur a désigné d’autres personnes pour déclarer."
    return ""


def _line(
    *,
    family: FamilyNeed,
    said: Statement | None,
    past: Past | None,
    week: Week,
    threshold: Threshold,
) -> LineView:
    need = (said.need if said else 0) or family.need
    stock = said.stock if said else None
    return LineView(
        family=family.code,
        name=family.name,
        box_units=family.box_units,
        need=need,
        safety=safety_stock(need=need, box_units=family.box_units),
        stock=stock,
        consumption=said.consumption if said else None,
        band=said.band if said else "",
        questioned=bool(said and said.questioned),
        version=said.version if said else 0,
        previous_week=past.week if past else None,
        previous_stock=past.stock if past else None,
        previous_consumption=past.consumption if past else None,
        delivered_since=past.delivered if past else None,
        suggested_stock=suggested_stock(past=past, week=week) if past else None,
        suggested_consumption=past.consumption if past else None,
        cover_tenths=None if stock is None else cover_tenths(stock=stock, need=need),
        level=level(
            stock=stock,
            need=need,
            watch_days=threshold.watch_days,
            alert_days=threshold.alert_days,
        ),
        watch_days=threshold.watch_days,
        alert_days=threshold.alert_days,
    )


def _threshold(
    thresholds: Iterable[Threshold], *, facility: Facility, family: str, week: Week
) -> Threshold:
    return threshold_for(
        thresholds,
        group=facility.category.group,
        region=facility.department.region_id,
        family=family,
        on=last_day(week),
    )


def _troubles(*, facility_id: int, week: Week) -> Iterable[TroubleView]:
    rows = Difficulty.objects.filter(facility_id=facility_id, week=str(week)).order_by("pk")
    for row in rows:
        yield TroubleView(
            id=row.pk,
            category=row.category,
            category_name=row.get_category_display(),
            urgency=row.urgency,
            urgency_name=row.get_urgency_display(),
            family=row.family_id or "",
            words=row.words,
            version=row.version,
            seen_at=row.seen_at,
        )


# ------------------------------------------------------------------ history


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidView:
    """A line as it was said in one version, in units; `current`: no later version replaced it."""

    family: str
    name: str
    stock: int
    consumption: int | None
    band: str
    need: int
    questioned: bool
    current: bool
    cover_tenths: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One submission: who said it, through what, in whose responsibility, and what."""

    version: int
    channel: str
    channel_name: str
    declared_at: datetime
    declared_by: str
    declared_by_name: str
    responsible: str
    responsible_name: str
    lines: tuple[SaidView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryWeek:
    """A week that was declared: its versions, the latest first; `lines` is what holds."""

    week: Week
    version: int
    versions: tuple[VersionView, ...]

    @property
    def lines(self) -> tuple[SaidView, ...]:
        """The lines that hold, whatever the version that said them."""
        return tuple(line for each in self.versions for line in each.lines if line.current)


def history(*, registry: str, scope: Scope, weeks: int = HISTORY_WEEKS) -> list[HistoryWeek]:
    """Return the last weeks a facility declared, the latest first, with every version; a fixed number of statements."""
    facility = facilities.get(registry=registry, scope=scope)
    declarations = list(
        Declaration.objects.filter(facility=facility).order_by("-week")[
            : max(1, min(weeks, LONGEST_HISTORY))
        ]
    )
    ids = [each.pk for each in declarations]
    submissions = list(Submission.objects.filter(declaration_id__in=ids).order_by("-version"))
    names = _names({who for each in submissions for who in (each.declared_by, each.responsible)})
    lines = _said(declarations=ids, families=facts.needs_of(facility_id=facility.pk))
    return [
        HistoryWeek(
            week=Week.parse(declaration.week),
            version=declaration.version,
            versions=tuple(
                VersionView(
                    version=each.version,
                    channel=each.channel,
                    channel_name=each.get_channel_display(),
                    declared_at=each.declared_at,
                    declared_by=each.declared_by,
                    declared_by_name=names.get(each.declared_by, ""),
                    responsible=each.responsible,
                    responsible_name=names.get(each.responsible, ""),
                    lines=tuple(lines.get((declaration.pk, each.version), [])),
                )
                for each in submissions
                if each.declaration_id == declaration.pk
            ),
        )
        for declaration in declarations
    ]


def _said(
    *, declarations: list[int], families: Mapping[str, FamilyNeed]
) -> dict[tuple[int, int], list[SaidView]]:
    ranks = {code: rank for rank, code in enumerate(families)}
    rows = Statement.objects.filter(declaration_id__in=declarations)
    found: dict[tuple[int, int], list[SaidView]] = {}
    for row in sorted(rows, key=lambda each: (ranks[each.family_id], each.pk)):
        found.setdefault((row.declaration_id, row.version), []).append(
            SaidView(
                family=row.family_id,
                name=families[row.family_id].name,
                stock=row.stock,
                consumption=row.consumption,
                band=row.band,
                need=row.need,
                questioned=row.questioned,
                current=row.current,
                cover_tenths=cover_tenths(stock=row.stock, need=row.need),
            )
        )
    return found


# ------------------------------------------------------------------ cover


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverView:
    """
    How a facility stands for a family now: by its latest statement, while it is fresh.

    `week` None: nothing fresh was said, and `level` is `silent` (or `no-need`).
    """

    family: str
    name: str
    box_units: int
    need: int
    safety: int
    week: Week | None
    stock: int | None
    consumption: int | None
    cover_tenths: int | None
    level: Level
    watch_days: int
    alert_days: int


def cover_of(*, registry: str, scope: Scope, at: datetime) -> list[CoverView]:
    """Return how a facility of a scope stands for each family it needs or spoke of, or NotFound."""
    facility = facilities.get(registry=registry, scope=scope)
    families = facts.needs_of(facility_id=facility.pk)
    now = facts.current_week(facility=facility, at=at)
    fresh = _fresh(facility_id=facility.pk, now=now, families=families)
    thresholds = cover.thresholds(on=last_day(now))
    return [
        _cover(
            family=family,
            said=fresh.get(family.code),
            threshold=_threshold(thresholds, facility=facility, family=family.code, week=now),
        )
        for family in families.values()
        if family.need or family.code in fresh
    ]


def _fresh(*, facility_id: int, now: Week, families: Iterable[str]) -> dict[str, Statement]:
    """Return the latest statement of each family that still says something."""
    weeks = [str(now.plus(-back)) for back in range(WEEKS_FRESH + 1)]
    rows = Statement.objects.filter(
        week__in=weeks, family_id__in=list(families), facility_id=facility_id, current=True
    ).order_by("week")
    return {row.family_id: row for row in rows}


def _cover(*, family: FamilyNeed, said: Statement | None, threshold: Threshold) -> CoverView:
    days: dict[str, Any] = {
        "watch_days": threshold.watch_days,
        "alert_days": threshold.alert_days,
    }
    # As the roll-ups judge: by the need it was said with; where there was none, by the need of now.
    need = (said.need if said else 0) or family.need
    stock = said.stock if said else None
    return CoverView(
        family=family.code,
        name=family.name,
        box_units=family.box_units,
        need=need,
        safety=safety_stock(need=need, box_units=family.box_units),
        week=Week.parse(said.week) if said else None,
        stock=stock,
        consumption=said.consumption if said else None,
        cover_tenths=None if stock is None else cover_tenths(stock=stock, need=need),
        level=level(stock=stock, need=need, **days),
        **days,
    )
