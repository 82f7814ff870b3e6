"""Questions about regimes and windows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Facility, Zone
from distrilog.domain.regimes.models import RegimeDecision, Terms, Window
from distrilog.domain.regimes.rules import (
    ROUTINE,
    Price,
    Span,
    Standing,
    TermsRule,
    WindowRule,
    next_window,
    terms_of,
    window_in,
)
from distrilog.kernel.weeks import Week


IN_FORCE_SQL = """
    SELECT DISTINCT ON (line.family_id, line.region_id)
           line.family_id, line.region_id, decision.regime, decision.mode,
           decision.starts_at, decision.id
      FROM regimes_regimeline line
      JOIN regimes_regimedecision decision ON decision.id = line.decision_id
     WHERE decision.state = 'signed' AND decision.starts_at <= %s
       AND (%s = '' OR line.region_id = %s)
     ORDER BY line.family_id, line.region_id, decision.starts_at DESC, decision.signed_at DESC,
              decision.id DESC
"""


def in_force(*, at: datetime, region: str = "") -> dict[tuple[str, str], Standing]:
    """Return the standing of each (family, region) that a signed decision has touched; the rest is routine."""
    with connection.cursor() as cursor:
        cursor.execute(IN_FORCE_SQL, [at, region, region])
        return {
            (family, of_region): Standing(
                regime=regime, mode=mode, since=since, decision_id=decision
            )
            for family, of_region, regime, mode, since, decision in cursor.fetchall()
        }


def standings(*, at: datetime, region: str) -> dict[str, Standing]:
    """Return the standing of every family in a region, routine included."""
    found = in_force(at=at, region=region)
    return {
        code: found.get((code, region), ROUTINE)
        for code in Family.objects.order_by("position", "code").values_list("code", flat=True)
    }


def window_rules(*, zones: Sequence[str] | None = None) -> dict[str, list[WindowRule]]:
    """Return the rules of each zone, in one query."""
    rows = Window.objects.order_by("zone_id", "pk")
    if zones is not None:
        rows = rows.filter(zone_id__in=zones)
    rules: dict[str, list[WindowRule]] = defaultdict(list)
    for row in rows:
        rules[row.zone_id].append(
            WindowRule(
                opens_weekday=row.opens_weekday,
                opens_clock=row.opens_clock,
                closes_weekday=row.closes_weekday,
                closes_clock=row.closes_clock,
                week=row.week,
                starts_on=row.starts_on,
                closed=row.closed,
            )
        )
    return dict(rules)


def window(*, zone: Zone, week: Week) -> Span | None:
    """Return the ordering window of a zone in a week, or None when it is closed."""
    rules = window_rules(zones=[zone.code]).get(zone.code, [])
    return window_in(week=week, time_zone=zone.time_zone, rules=rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Where a zone stands at a moment: its week, that week's window, whether it is open, and the next one."""

    week: Week
    span: Span | None
    open: bool
    following: Span | None


def calendar(*, zone: Zone, at: datetime, rules: Sequence[WindowRule] | None = None) -> Calendar:
    """Return the calendar of a zone at a moment, on its own clocks; no query where its rules are given."""
    if rules is None:
        rules = window_rules(zones=[zone.code]).get(zone.code, [])
    week = current_week(zone=zone, at=at)
    span = window_in(week=week, time_zone=zone.time_zone, rules=rules)
    return Calendar(
        week=week,
        span=span,
        open=span is not None and span.holds(at),
        following=next_window(after=at, time_zone=zone.time_zone, rules=rules),
    )


def current_week(*, zone: Zone, at: datetime) -> Week:
    """Return the week that a moment falls in on a zone’s clocks."""
    return Week.at(at, ZoneInfo(zone.time_zone))


def decisions(*, limit: int = 50) -> QuerySet[RegimeDecision]:
    """Return the latest decisions, newest first, with their lines."""
    return RegimeDecision.objects.prefetch_related("lines__family", "lines__region").order_by(
        "-starts_at", "-pk"
    )[:limit]


def facilities_by_region(*, at: datetime) -> Mapping[str, int]:
    """Return how many facilities are open in each region, pharmacies left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT department.region_id, count(*)
              FROM facilities_facility facility
              JOIN facilities_department department ON department.code = facility.department_id
              JOIN facilities_category category ON category.code = facility.category_id
             WHERE category."group" <> 'pharmacy'
               AND (facility.opened_on IS NULL OR facility.opened_on <= %s)
               AND (facility.closed_on IS NULL OR facility.closed_on > %s)
             GROUP BY department.region_id
            """,
            [at.date(), at.date()],
        )
        return dict(cursor.fetchall())


def regime_for(*, facility: Facility, family: str, at: datetime) -> Standing:
    """Return the standing of one family for one facility."""
    region = facility.department.region_id
    return in_force(at=at, region=region).get((family, region), ROUTINE)


def terms_rules() -> list[TermsRule]:
    """Return every term written, in one statement: a few rows a year."""
    rows = Terms.objects.order_by("pk").values_list(
        "group", "family_id", "zone_id", "basis", "price_cents", "weekly_boxes",
        "starts_on", "requests_until", "deliveries_until", "source",
    )  # fmt: skip
    return [
        TermsRule(
            group=group,
            family=family or "",
            zone=zone or "",
            basis=Price(basis),
            price_cents=price_cents,
            weekly_boxes=weekly_boxes,
            starts_on=starts_on,
            requests_until=requests_until,
            deliveries_until=deliveries_until,
            source=source,
        )
        for group, family, zone, basis, price_cents, weekly_boxes, starts_on, requests_until,
        deliveries_until, source in rows
    ]  # fmt: skip


def terms_in_force(*, on: date, zone: str, group: str) -> dict[str, TermsRule]:
    """Return the terms of a group in a zone on a day by family code, ended or not; two statements."""
    rules = terms_rules()
    families = Family.objects.order_by("position", "code").values_list("code", flat=True)
    found = {
        code: terms_of(rules=rules, group=group, family=code, zone=zone, on=on) for code in families
    }
    return {code: rule for code, rule in found.items() if rule is not None}


def terms() -> QuerySet[Terms]:
    """Return the terms written, those that began last first."""
    return Terms.objects.select_related("family", "zone").order_by(
        "-starts_on", "group", "family_id", "zone_id", "pk"
    )
