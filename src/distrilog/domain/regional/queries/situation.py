"""A region's stock over some days: opening + in - out = closing, out of the ledger's own entries (row E10)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection

from distrilog.domain.facilities.models import Department, Region
from distrilog.domain.regional.rules import Balance
from distrilog.domain.stock.models import Place
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationRow:
    """One family of one owner at one place, over the days. Units."""

    family: str
    owner: str
    owner_name: str
    place: str
    place_name: str
    at_platform: bool
    balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyPending:
    """What was ordered or promised of a family by the last day, what of it had arrived, and what was still to come. Units."""

    ordered: int
    delivered: int
    pending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The stock of a region's agency and delegations, from a day to another, both included."""

    region: str
    first: date
    last: date
    rows: tuple[SituationRow, ...]
    pending: Mapping[str, FamilyPending]

    def family(self, code: str, *, at_platforms: bool | None = None) -> Balance:
        """
        Return the balance of a family: in the region's own store, at the platforms, or both together.

        Both together, what went from one to the other has left and has come.
        """
        rows = [
            row.balance
            for row in self.rows
            if row.family == code and at_platforms in {None, row.at_platform}
        ]
        return total(rows)


def total(balances: Iterable[Balance]) -> Balance:
    """Add balances up."""
    opening, arrivals, departures = 0, dict[str, int](), dict[str, int]()
    for each in balances:
        opening += each.opening
        for kind, units in each.arrivals.items():
            arrivals[kind] = arrivals.get(kind, 0) + units
        for kind, units in each.departures.items():
            departures[kind] = departures.get(kind, 0) + units
    return Balance(opening=opening, arrivals=arrivals, departures=departures)


def region_of(scope: Scope) -> str:
    """Return the code of the region a scope lies in; empty for the country, and for what is no region or department."""
    if scope.kind is ScopeKind.REGION:
        return scope.code
    if scope.kind is ScopeKind.DEPARTMENT:
        found = Department.objects.filter(pk=scope.code).values_list("region", flat=True).first()
        return str(found or "")
    return ""


def owners_of(region: str) -> list[str]:
    """Return the codes of those whose stock is a region's: its agency and its delegations."""
    departments = Department.objects.filter(region=region).values_list("code", flat=True)
    return [f"ars-{region}", *(f"del-{code}" for code in departments)]


def zone_of(region: str) -> ZoneInfo:
    """Return the clocks of a region."""
    zones = Department.objects.filter(region=region).values_list("zone__time_zone", flat=True)
    return ZoneInfo(zones[0] if zones else "Europe/Paris")


def situation_of_week(*, region: str, week: Week) -> Situation:
    """Return the situation of a week, Monday to Sunday."""
    return situation(region=region, first=week.monday, last=week.monday + timedelta(days=6))


# What lies somewhere, whatever may be done of it; on the way, it lies nowhere.
_ROWS: Final = """
    WITH side AS (
        SELECT entry.at, entry.kind, entry.units, account.owner_id, account.place_id, lot.article_id
          FROM stock_account account
          JOIN stock_entry entry ON entry.target_id = account.id
          JOIN stock_account other ON other.id = entry.source_id
          JOIN stock_lot lot ON lot.id = account.lot_id
         WHERE account.owner_id = ANY(%(owners)s) AND account.status = ANY(%(held)s)
           AND NOT (other.place_id = account.place_id AND other.owner_id = account.owner_id
                    AND other.status = ANY(%(held)s))
        UNION ALL
        SELECT entry.at, entry.kind, -entry.units, account.owner_id, account.place_id, lot.article_id
          FROM stock_account account
          JOIN stock_entry entry ON entry.source_id = account.id
          JOIN stock_account other ON other.id = entry.target_id
          JOIN stock_lot lot ON lot.id = account.lot_id
         WHERE account.owner_id = ANY(%(owners)s) AND account.status = ANY(%(held)s)
           AND NOT (other.place_id = account.place_id AND other.owner_id = account.owner_id
                    AND other.status = ANY(%(held)s))
    )
    SELECT article.family_id, side.owner_id, owner.name, side.place_id, place.name, place.kind,
           CASE WHEN side.at < %(since)s THEN '' ELSE side.kind END,
           side.at >= %(since)s AND side.units > 0,
           sum(side.units)::bigint
      FROM side
      JOIN catalogue_article article ON article.gtin = side.article_id
      JOIN catalogue_family family ON family.code = article.family_id
      JOIN stock_owner owner ON owner.code = side.owner_id
      JOIN stock_place place ON place.code = side.place_id
     WHERE side.at < %(until)s
     GROUP BY family.position, 1, 2, 3, 4, 5, 6, 7, 8
     ORDER BY family.position, place.kind DESC, side.place_id, side.owner_id
"""
HELD: Final = ("available", "strategic", "quarantine")


def situation(*, region: str, first: date, last: date) -> Situation:
    """
    Return what a region's agency and delegations had, got and gave from a day to another, both included, on the region's clocks.

    Every figure is a sum of ledger entries: nothing is kept beside them. Four queries.
    """
    zone = zone_of(region)
    since, until = _start(first, zone), _start(last + timedelta(days=1), zone)
    with connection.cursor() as cursor:
        cursor.execute(
            _ROWS,
            {
                "owners": owners_of(region),
                "held": list(HELD),
                "since": since,
                "until": until,
            },
        )
        found = cursor.fetchall()
    return Situation(
        region=region,
        first=first,
        last=last,
        rows=tuple(_rows(found)),
        pending=_pending(region=region, until=until),
    )


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


Key = tuple[str, str, str, str, str, str]


def _rows(
    found: Iterable[tuple[str, str, str, str, str, str, str, bool, int]],
) -> Iterable[SituationRow]:
    opening: dict[Key, int] = {}
    sides: dict[Key, tuple[dict[str, int], dict[str, int]]] = {}
    for family, owner, owner_name, place, place_name, kind, why, came, units in found:
        key = family, owner, owner_name, place, place_name, kind
        arrivals, departures = sides.setdefault(key, ({}, {}))
        if not why:
            opening[key] = opening.get(key, 0) + units
        elif came:
            arrivals[why] = units
        else:
            departures[why] = -units
    for key, (arrivals, departures) in sides.items():
        family, owner, owner_name, place, place_name, kind = key
        balance = Balance(opening=opening.get(key, 0), arrivals=arrivals, departures=departures)
        if balance.opening or balance.arrivals or balance.departures:
            yield SituationRow(
                family=family,
                owner=owner,
                owner_name=owner_name,
                place=place,
                place_name=place_name,
                at_platform=kind == Place.Kind.PLATFORM,
                balance=balance,
            )


# What had arrived by then is in the ledger; an order cancelled by then awaits nothing more.
_PENDING: Final = """
    SELECT article.family_id, sum(supply.units)::bigint, sum(came.units)::bigint,
           sum(CASE WHEN supply.cancelled_at < %(until)s THEN 0 ELSE supply.units - came.units END)::bigint
      FROM regional_supply supply
      JOIN catalogue_article article ON article.gtin = supply.article_id
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(entry.units), 0)::bigint AS units FROM stock_entry entry
         WHERE entry.about = 'supply:' || supply.reference AND entry.about <> '' AND entry.kind = 'receipt'
           AND entry.at < %(until)s
      ) came
     WHERE supply.region_id = %(region)s AND supply.made_at < %(until)s
     GROUP BY 1
"""


def _pending(*, region: str, until: datetime) -> dict[str, FamilyPending]:
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, {"region": region, "until": until})
        return {
            family: FamilyPending(ordered=ordered, delivered=delivered, pending=pending)
            for family, ordered, delivered, pending in cursor.fetchall()
        }


def regions() -> list[tuple[str, str]]:
    """Return the regions that somebody of the country may choose from, as (code, name), by name."""
    return list(Region.objects.order_by("name").values_list("code", "name"))
