"""
What decides about a demand, read in one statement.

What is the same for everybody (families, regimes, terms, windows, zones) is kept in the process and read again as
soon as one of those rows changes, which the same statement tells, and every second besides: a decision
takes effect at the next order, without a restart.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from distrilog.domain.catalogue.models import Family
from distrilog.domain.orders.rules import FamilyFacts, Situation, promise_date
from distrilog.domain.regimes import queries as regimes
from distrilog.domain.regimes.rules import (
    Span,
    Standing,
    TermsRule,
    WindowRule,
    next_window,
    terms_of,
    window_in,
)
from distrilog.kernel.statements import Statement
from distrilog.kernel.weeks import PARIS, Week


FRESH = timedelta(seconds=1)
_LARGEST_ID = 2**63 - 1

_OWN_MAIN_ADDRESS = "address.facility_id = facility.id AND address.main"
_CHOSEN_ADDRESS = """
    address.id = %(address)s::bigint AND (
        address.facility_id = facility.id
        OR (address.main AND address.facility_id = (
            SELECT territory.platform_id FROM facilities_territory territory
             WHERE territory.code = attachment.territory_id
        ))
    )
"""
# `xmin` is the transaction that last wrote a row and `ctid` where it lies: any change moves their sum.
_STATEMENT = """
    SELECT facility.id, facility.registry, facility.name, facility.opened_on, facility.closed_on,
           facility.department_id, category."group", attachment.territory_id, facility.route,
           address.id, address.label || ', ' || address.postcode || ' ' || address.city,
           known.digest, replayed.reference, replayed.week, replayed.promised_on,
           replayed.cut_off_at, replayed.placed_at, replayed.address_id, replayed.route,
           concat_ws('/',
               (SELECT sum(xmin::text::bigint + hashtext(ctid::text)) FROM catalogue_family),
               (SELECT sum(xmin::text::bigint + hashtext(ctid::text)) FROM facilities_zone),
               (SELECT count(*) || '+' || sum(xmin::text::bigint + hashtext(ctid::text))
                  FROM regimes_window),
               (SELECT count(*) || '+' || sum(xmin::text::bigint + hashtext(ctid::text))
                  FROM regimes_regimedecision),
               (SELECT count(*) || '+' || sum(xmin::text::bigint + hashtext(ctid::text))
                  FROM regimes_terms)
           )
      FROM facilities_facility facility
      JOIN facilities_category category ON category.code = facility.category_id
      LEFT JOIN facilities_attachment attachment
             ON attachment.facility_id = facility.id AND attachment.period @> %(day)s::date
      LEFT JOIN facilities_address address ON {address}
      LEFT JOIN orders_orderkey known
             ON known.owner = %(owner)s AND known.facility_id = facility.id
            AND known.key = %(key)s
      LEFT JOIN orders_order replayed ON replayed.id = known.order_id
     WHERE facility.registry = %(registry)s
"""
_PLACES = """
    SELECT department.code, region.code, region.name, zone.code, zone.time_zone,
           zone.lead_time_days, zone.closed_days, coalesce(min(place.code), '')
      FROM facilities_department department
      JOIN facilities_region region ON region.code = department.region_id
      JOIN facilities_zone zone ON zone.code = department.zone_id
      LEFT JOIN stock_place place ON place.zone_id = zone.code AND place.kind = 'overseas'
     GROUP BY department.code, region.code, zone.code
"""
_WITH_MAIN_ADDRESS = Statement(_STATEMENT.format(address=_OWN_MAIN_ADDRESS))
_WITH_CHOSEN_ADDRESS = Statement(_STATEMENT.format(address=_CHOSEN_ADDRESS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The order that the same key made before, and the digest of what was asked then."""

    digest: str
    reference: str
    week: str
    promised_on: date
    cut_off_at: datetime
    placed_at: datetime
    address_id: int
    route: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The situation of a facility, the order its key made before if any, and when an order would arrive."""

    situation: Situation
    address_label: str
    earlier: Earlier | None
    promised_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """Where a department lies: its region, and the zone it is supplied from."""

    region: str
    region_name: str
    zone: str
    time_zone: str
    lead_time_days: int
    closed_days: Sequence[str]
    overseas_source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneWeek:
    """A zone's window of a week, the next one to open, and when what is ordered in it arrives."""

    span: Span | None
    following: Span | None
    promised_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is the same for everybody, as of a moment and of a state of the tables."""

    version: str
    at: datetime
    families: Mapping[str, FamilyFacts]
    standings: Mapping[str, Mapping[str, Standing]]
    rules: Mapping[str, Sequence[WindowRule]]
    lands: Mapping[str, Land]
    terms: Sequence[TermsRule] = ()
    weeks: dict[tuple[str, Week], ZoneWeek] = field(default_factory=dict)
    terms_by_group: dict[tuple[str, str, date], Mapping[str, TermsRule]] = field(
        default_factory=dict
    )

    def holds(self, *, version: str, at: datetime, department: str) -> bool:
        """Tell whether it may still be used."""
        fresh = timedelta(0) <= at - self.at < FRESH
        return fresh and version == self.version and department in self.lands


class Frames:
    """The frame of this process: the latest one read."""

    def __init__(self) -> None:
        self._frame: Frame | None = None

    def at(self, *, version: str, at: datetime, department: str) -> Frame:
        """Return a frame of this version, read now if the one at hand is another or a second old."""
        frame = self._frame
        if frame is None or not frame.holds(version=version, at=at, department=department):
            frame = self._frame = _read_frame(version=version, at=at)
        return frame


FRAMES = Frames()


def _read_frame(*, version: str, at: datetime) -> Frame:
    standings: dict[str, dict[str, Standing]] = {}
    for (family, region), standing in regimes.in_force(at=at).items():
        standings.setdefault(region, {})[family] = standing
    return Frame(
        version=version,
        at=at,
        families={
            row.code: FamilyFacts(
                code=row.code,
                name=row.name,
                plural=row.plural,
                unit=row.unit,
                box_units=row.box_units,
            )
            for row in Family.objects.order_by("position", "code")
        },
        standings=standings,
        rules=regimes.window_rules(),
        lands=_read_lands(),
        terms=regimes.terms_rules(),
    )


def _read_lands() -> dict[str, Land]:
    with connection.cursor() as cursor:
        cursor.execute(_PLACES)
        return {
            department: Land(
                region=region,
                region_name=region_name,
                zone=zone,
                time_zone=time_zone,
                lead_time_days=lead_time_days,
                closed_days=json.loads(days) if isinstance(days, str) else days,
                overseas_source=source,
            )
            for department, region, region_name, zone, time_zone, lead_time_days, days, source in (
                cursor.fetchall()
            )
        }


def situation_of(
    *, registry: str, at: datetime, address: int | None = None, owner: str = "", key: str = ""
) -> Found | None:
    """Return the situation of a facility, or None when there is no such facility. Nobody's scope is checked."""
    values: dict[str, Any] = {
        "registry": registry,
        "owner": owner,
        "key": key,
        "day": at.astimezone(PARIS).date(),
    }
    if address is None:
        rows = _WITH_MAIN_ADDRESS.read(values)
    else:
        # No row has the number zero: an address that cannot be one is as unknown as any other.
        known = address if 0 < address <= _LARGEST_ID else 0
        rows = _WITH_CHOSEN_ADDRESS.read({**values, "address": known})
    return _found(rows[0], at) if rows else None


def _found(row: Any, at: datetime) -> Found:
    (facility_id, registry, name, opened_on, closed_on, department, *row) = row
    (group, territory, route, address_id, address_label, *earlier, version) = row
    frame = FRAMES.at(version=version, at=at, department=department)
    land = frame.lands[department]
    zone = ZoneInfo(land.time_zone)
    week = Week.at(at, zone)
    today = at.astimezone(zone).date()
    calendar = frame.weeks.get((land.zone, week))
    if calendar is None:
        calendar = frame.weeks[land.zone, week] = _zone_week(frame=frame, land=land, week=week)
    situation = Situation(
        facility_id=facility_id,
        registry=registry,
        name=name,
        opened_on=opened_on,
        closed_on=closed_on,
        department=department,
        region=land.region,
        region_name=land.region_name,
        territory=territory or "",
        route=route,
        overseas_source=land.overseas_source,
        time_zone=land.time_zone,
        address_id=address_id,
        week=week,
        span=calendar.span,
        following=calendar.following,
        families=frame.families,
        standings=frame.standings.get(land.region, {}),
        group=group,
        today=today,
        promised_on=calendar.promised_on,
        terms=_terms(frame=frame, group=group, zone=land.zone, on=today),
    )
    return Found(
        situation=situation,
        address_label=address_label or "",
        earlier=_earlier(*earlier),
        promised_on=calendar.promised_on,
    )


def _terms(*, frame: Frame, group: str, zone: str, on: date) -> Mapping[str, TermsRule]:
    """Return the terms of a group by family, looked up once as long as the frame holds."""
    known = frame.terms_by_group.get((group, zone, on))
    if known is None:
        found = {
            code: terms_of(rules=frame.terms, group=group, family=code, zone=zone, on=on)
            for code in frame.families
        }
        known = {code: rule for code, rule in found.items() if rule is not None}
        frame.terms_by_group[group, zone, on] = known
    return known


def _earlier(digest: str | None, *columns: Any) -> Earlier | None:
    if digest is None:
        return None
    reference, week, promised_on, cut_off_at, placed_at, address_id, route = columns
    return Earlier(
        digest=digest,
        reference=reference,
        week=week,
        promised_on=promised_on,
        cut_off_at=cut_off_at,
        placed_at=placed_at,
        address_id=address_id,
        route=route,
    )


def _zone_week(*, frame: Frame, land: Land, week: Week) -> ZoneWeek:
    rules = frame.rules.get(land.zone, [])
    span = window_in(week=week, time_zone=land.time_zone, rules=rules)
    promised_on = None
    if span is not None:
        # A window that closes at midnight closes on the day that ends then.
        last = (span.closes_at - timedelta(microseconds=1)).astimezone(ZoneInfo(land.time_zone))
        promised_on = promise_date(
            cut_off_on=last.date(),
            lead_time_days=land.lead_time_days,
            closed_days=land.closed_days,
        )
    return ZoneWeek(
        span=span,
        following=next_window(after=frame.at, time_zone=land.time_zone, rules=rules),
        promised_on=promised_on,
    )
