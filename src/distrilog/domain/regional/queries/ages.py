"""How long a region's stock lies, and how long what it decided waits: nobody is left without a solution (row E8)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Sum

from distrilog.domain.regional.models import LotPlan, LotShare, Supply
from distrilog.domain.regional.queries.situation import HELD, owners_of
from distrilog.domain.regional.rules import Age, age_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """How old what lies somewhere is: a family of an owner at a place."""

    family: str
    owner: str
    owner_name: str
    place: str
    place_name: str
    age: Age


_ARRIVALS: Final = """
    SELECT article.family_id, account.owner_id, owner.name, account.place_id, place.name,
           entry.at, sum(entry.units)::bigint
      FROM stock_account account
      JOIN stock_entry entry ON entry.target_id = account.id
      JOIN stock_account other ON other.id = entry.source_id
      JOIN stock_lot lot ON lot.id = account.lot_id
      JOIN catalogue_article article ON article.gtin = lot.article_id
      JOIN stock_owner owner ON owner.code = account.owner_id
      JOIN stock_place place ON place.code = account.place_id
     WHERE account.owner_id = ANY(%(owners)s) AND account.status = ANY(%(held)s) AND entry.at <= %(at)s
       AND NOT (other.place_id = account.place_id AND other.owner_id = account.owner_id
                AND other.status = ANY(%(held)s))
     GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 4, 2
"""
_THERE: Final = """
    SELECT article.family_id, account.owner_id, account.place_id, sum(account.units)::bigint
      FROM stock_account account
      JOIN stock_lot lot ON lot.id = account.lot_id
      JOIN catalogue_article article ON article.gtin = lot.article_id
     WHERE account.owner_id = ANY(%(owners)s) AND account.status = ANY(%(held)s)
     GROUP BY 1, 2, 3 HAVING sum(account.units) > 0
"""


def ages(*, region: str, at: datetime) -> list[Ageing]:
    """Return how long what lies in a region has been lying, the oldest first, as if what came first had left first. Three queries."""
    values: dict[str, Any] = {"owners": owners_of(region), "held": list(HELD), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_THERE, values)
        there = {(family, owner, place): units for family, owner, place, units in cursor.fetchall()}
        cursor.execute(_ARRIVALS, values)
        rows = cursor.fetchall()
    came: defaultdict[tuple[str, str, str], list[tuple[datetime, int]]] = defaultdict(list)
    names: dict[tuple[str, str, str], tuple[str, str]] = {}
    for family, owner, owner_name, place, place_name, moment, units in rows:
        came[family, owner, place].append((moment, units))
        names[family, owner, place] = owner_name, place_name
    found = [
        Ageing(
            family=key[0],
            owner=key[1],
            owner_name=names[key][0],
            place=key[2],
            place_name=names[key][1],
            age=age_of(units=units, arrivals=came[key], at=at),
        )
        for key, units in there.items()
        if key in names
    ]
    return sorted(found, key=lambda each: (-each.age.oldest_days, each.family, each.place))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What a region decided or awaits and that is not there yet: since when the oldest, how many, how many units."""

    decided: int
    decided_units: int
    decided_since: datetime | None
    late: int
    late_units: int


def waiting(*, region: str, at: datetime) -> Waiting:
    """Return the shares decided and not carried out, and the supplies whose day is past. Three queries."""
    left = LotShare.objects.filter(
        part__plan__region=region,
        part__plan__state=LotPlan.State.DECIDED,
        done_at__isnull=True,
    )
    first = left.order_by("part__plan__decided_at").first()
    late = [
        each.pending
        for each in Supply.objects.filter(
            region=region, expected_on__lt=at.date(), cancelled_at__isnull=True
        )
        if each.pending
    ]
    return Waiting(
        decided=left.count(),
        decided_units=left.aggregate(units=Sum("units"))["units"] or 0,
        decided_since=first.part.plan.decided_at if first else None,
        late=len(late),
        late_units=sum(late),
    )
