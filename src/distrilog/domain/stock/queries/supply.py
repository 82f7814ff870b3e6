"""Questions about what comes in and moves: purchases, transfers, thresholds, capacity, and where all units are."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection
from django.db.models import Count, F, Min, Q, QuerySet, Sum

from distrilog.domain.catalogue.models import Article
from distrilog.domain.stock.models import (
    Account,
    Place,
    Position,
    Purchase,
    Threshold,
    Transfer,
    TransferLine,
)
from distrilog.domain.stock.queries.levels import pallets_at
from distrilog.domain.stock.rules import STATE, Status


_OPEN: Final = (Transfer.State.ASKED, Transfer.State.SENT)
# What expires within it is shown apart: a facility wants a quarter's life.
SOON: Final = timedelta(days=92)


# ------------------------------------------------------------------ purchases and transfers


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLine:
    """A purchase as of a day. Units."""

    reference: str
    gtin: str
    article: str
    family: str
    place: str
    supplier: str
    units: int
    arrived: int
    awaited: int
    expected_on: date
    late: bool
    strategic_per_mille: int
    cancelled: bool


def purchases(*, on: date, place: str = "", awaited_only: bool = False) -> list[PurchaseLine]:
    """Return what was bought, soonest expected first; `late` what is awaited since before today. One query."""
    found = Purchase.objects.select_related("article")
    if place:
        found = found.filter(place=place)
    if awaited_only:
        found = _awaited(found)
    return [
        PurchaseLine(
            reference=each.reference,
            gtin=each.article_id,
            article=each.article.name,
            family=each.article.family_id,
            place=each.place_id,
            supplier=each.supplier,
            units=each.units,
            arrived=each.arrived,
            awaited=each.awaited,
            expected_on=each.expected_on,
            late=each.awaited > 0 and each.expected_on < on,
            strategic_per_mille=each.strategic_per_mille,
            cancelled=each.cancelled_at is not None,
        )
        for each in found.order_by("expected_on", "reference")
    ]


def _awaited(rows: QuerySet[Purchase]) -> QuerySet[Purchase]:
    return rows.filter(cancelled_at__isnull=True, arrived__lt=F("units"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    """A transfer and its pallets. Units; `on_its_way` is of pallets whose outcome is not known."""

    reference: str
    source: str
    target: str
    family: str
    asked: int
    sent: int
    received: int
    on_its_way: int
    pallets: int
    state: str
    reason: str


def transfers(*, place: str = "", open_only: bool = False) -> list[TransferRow]:
    """Return the transfers from or to a place, the latest asked first. One query."""
    found = Transfer.objects.annotate(
        pallets=Count("lines"), moving=Sum("lines__units", filter=Q(lines__outcome=""))
    )
    if place:
        found = found.filter(Q(source=place) | Q(target=place))
    if open_only:
        found = found.filter(state__in=_OPEN)
    return [
        TransferRow(
            reference=each.reference,
            source=each.source_id,
            target=each.target_id,
            family=each.family_id,
            asked=each.asked,
            sent=each.sent,
            received=each.received,
            on_its_way=each.moving or 0,
            pallets=each.pallets,
            state=each.state,
            reason=each.reason,
        )
        for each in found.order_by("-asked_at", "-pk")
    ]


# ------------------------------------------------------------------ thresholds and capacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A forward stock against its threshold. Units; `coming` is asked of another place, or on its way."""

    place: str
    family: str
    minimum: int
    maximum: int
    usable: int
    reserved: int
    coming: int

    @property
    def is_low(self) -> bool:
        """Whether it is below its minimum, counting what comes."""
        return self.usable + self.coming < self.minimum

    @property
    def wanted(self) -> int:
        """Units that bring it up to its maximum; none unless it is low."""
        return self.maximum - self.usable - self.coming if self.is_low else 0


def levels(*, place: str = "") -> list[Level]:
    """Return every threshold with what there is and what comes. Four queries."""
    thresholds = Threshold.objects.order_by("place_id", "family__position", "family_id")
    positions = Position.objects.filter(owner=STATE)
    if place:
        thresholds, positions = thresholds.filter(place=place), positions.filter(place=place)
    there = {
        (at, family): (usable, reserved)
        for at, family, usable, reserved in positions.values_list(
            "place_id", "family_id", "usable", "reserved"
        )
    }
    coming = _coming()
    return [
        Level(
            place=each.place_id,
            family=each.family_id,
            minimum=each.minimum,
            maximum=each.maximum,
            usable=there.get((each.place_id, each.family_id), (0, 0))[0],
            reserved=there.get((each.place_id, each.family_id), (0, 0))[1],
            coming=coming[each.place_id, each.family_id],
        )
        for each in thresholds
    ]


def needs_replenishment(*, place: str) -> list[Level]:
    """Return the families below their minimum at a place, with the units `wanted`. Four queries."""
    return [each for each in levels(place=place) if each.is_low]


def _coming() -> Counter[tuple[str, str]]:
    coming: Counter[tuple[str, str]] = Counter()
    asked = Transfer.objects.filter(state=Transfer.State.ASKED)
    for target, family, units in asked.values_list("target_id", "family_id", "asked"):
        coming[target, family] += units
    moving = TransferLine.objects.filter(outcome="").values_list(
        "transfer__target_id", "transfer__family_id", "units"
    )
    for target, family, units in moving:
        coming[target, family] += units
    return coming


def pallets_coming(*, place: str, but: str = "") -> int:
    """
    Return how many pallets are on their way to a place, or asked for it, without those of transfer `but`.

    What is asked is counted by the smallest pallets of its family: never too few. Three queries.
    """
    moving = TransferLine.objects.filter(outcome="", transfer__target=place)
    asked = Transfer.objects.filter(target=place, state=Transfer.State.ASKED)
    smallest = smallest_pallets()
    return moving.exclude(transfer__reference=but).count() + sum(
        -(-units // smallest[family])
        for family, units in asked.exclude(reference=but).values_list("family_id", "asked")
    )


def smallest_pallets() -> dict[str, int]:
    """Return, by family, the units of its smallest pallet. One query."""
    rows = Article.objects.values_list("family_id").annotate(least=Min("pallet_units"))
    return dict(rows.order_by("family_id"))


def pallets_free(*, place: str, but: str = "") -> int | None:
    """
    Return how many pallets still fit at a place, beside what lies there and what comes; None: no limit.

    Transfer `but` is not counted as coming. Five queries.
    """
    capacity = Place.objects.values_list("pallets", flat=True).get(pk=place)
    if capacity is None:
        return None
    return capacity - pallets_at(place=place) - pallets_coming(place=place, but=but)


# ------------------------------------------------------------------ where all units are


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFlow:
    """
    The units of a family at one place, in columns that do not overlap.

    `free` and `reserved` are the usable ones; `unserved` is promised beyond them and lies nowhere.
    `to_places` and `to_doors` have left and not arrived.
    """

    place: str
    name: str
    free: int
    reserved: int
    strategic: int
    quarantine: int
    to_places: int
    to_doors: int
    unserved: int

    @property
    def units(self) -> int:
        """All of them."""
        held = self.free + self.reserved + self.strategic + self.quarantine
        return held + self.to_places + self.to_doors


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """
    Where the units of a family are, from purchase to door.

    What came in is all here: `opened + received + found` = the places' units + `delivered` + `disputed`
    + `written_off` + `missing`. `awaited` is bought and has not come.
    """

    family: str
    awaited: int
    opened: int
    received: int
    found: int
    places: list[PlaceFlow]
    delivered: int
    disputed: int
    written_off: int
    missing: int

    @property
    def came_in(self) -> int:
        """All that was ever in the books."""
        return self.opened + self.received + self.found

    @property
    def accounted_for(self) -> int:
        """Where it is now, or how it left."""
        gone = self.delivered + self.disputed + self.written_off + self.missing
        return sum(each.units for each in self.places) + gone


_HELD = """
SELECT account.place_id, account.status, sum(account.units)::bigint
FROM stock_account account
JOIN stock_lot lot ON lot.id = account.lot_id
JOIN catalogue_article article ON article.gtin = lot.article_id
WHERE article.family_id = %(family)s AND account.owner_id = %(owner)s AND account.status <> 'outside'
GROUP BY 1, 2
"""
# What crossed the border of the books, by kind and direction.
_CROSSED = """
SELECT kind, came_in, sum(units)::bigint FROM (
    SELECT entry.kind, TRUE AS came_in, entry.units, outside.lot_id, outside.owner_id
    FROM stock_account outside JOIN stock_entry entry ON entry.source_id = outside.id
    WHERE outside.status = 'outside'
    UNION ALL
    SELECT entry.kind, FALSE, entry.units, outside.lot_id, outside.owner_id
    FROM stock_account outside JOIN stock_entry entry ON entry.target_id = outside.id
    WHERE outside.status = 'outside'
) crossing
JOIN stock_lot lot ON lot.id = crossing.lot_id
JOIN catalogue_article article ON article.gtin = lot.article_id
WHERE article.family_id = %(family)s AND crossing.owner_id = %(owner)s
GROUP BY 1, 2
"""


def where_units_are(*, family: str, owner: str = STATE) -> Flow:
    """Return the figures of a family's flow picture. Six queries, whatever the number of units."""
    values = {"family": family, "owner": owner}
    with connection.cursor() as cursor:
        cursor.execute(_HELD, values)
        held = {(place, status): units for place, status, units in cursor.fetchall()}
        cursor.execute(_CROSSED, values)
        crossed = {(kind, came_in): units for kind, came_in, units in cursor.fetchall()}
    awaited = _awaited(Purchase.objects.filter(article__family=family)).aggregate(
        units=Sum(F("units") - F("arrived"))
    )["units"]
    return Flow(
        family=family,
        awaited=awaited or 0,
        opened=crossed.get(("opening", True), 0),
        received=crossed.get(("receipt", True), 0),
        found=crossed.get(("count", True), 0),
        places=_place_flows(family, owner, held),
        delivered=_sum_of(held, Status.DELIVERED),
        disputed=_sum_of(held, Status.DISPUTED),
        written_off=crossed.get(("write_off", False), 0),
        missing=crossed.get(("count", False), 0),
    )


def _sum_of(held: Mapping[tuple[str, str], int], status: Status) -> int:
    return sum(units for (_place, which), units in held.items() if which == status)


def _place_flows(family: str, owner: str, held: Mapping[tuple[str, str], int]) -> list[PlaceFlow]:
    promised = dict(
        Position.objects.filter(family=family, owner=owner).values_list("place_id", "reserved")
    )
    moving = dict(
        TransferLine.objects.filter(outcome="", transfer__family=family)
        .values_list("transfer__source_id")
        .annotate(units=Sum("units"))
        .order_by()
    ) if owner == STATE else {}  # fmt: skip
    flows = []
    for place in Place.objects.exclude(kind__in=[Place.Kind.DOOR, Place.Kind.LOAN]).order_by(
        "code"
    ):
        code = place.pk
        usable, reserved = held.get((code, Status.AVAILABLE), 0), promised.get(code, 0)
        left = held.get((code, Status.IN_TRANSIT), 0)
        flows.append(
            PlaceFlow(
                place=code,
                name=place.name,
                free=max(0, usable - reserved),
                reserved=min(usable, reserved),
                strategic=held.get((code, Status.STRATEGIC), 0),
                quarantine=held.get((code, Status.QUARANTINE), 0),
                to_places=moving.get(code, 0),
                to_doors=left - moving.get(code, 0),
                unserved=max(0, reserved - usable),
            )
        )
    return flows


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryLine:
    """Units held at a place that expire in a month (its first day; None: never), over all statuses."""

    place: str
    family: str
    month: date | None
    units: int
    expired: int
    soon: int


def by_expiry(
    *,
    on: date,
    place: str | None = None,
    family: str = "",
    statuses: Collection[str] = (Status.AVAILABLE, Status.STRATEGIC, Status.QUARANTINE),
) -> list[ExpiryLine]:
    """
    Return what is held by place, family and month of expiry, soonest first. One query.

    Of the units, `expired` are past their expiry and `soon` expire within three months (not both).
    """
    accounts = Account.objects.filter(status__in=list(statuses), units__gt=0)
    if place is not None:
        accounts = accounts.filter(place=place)
    if family:
        accounts = accounts.filter(lot__article__family=family)
    rows = accounts.values_list("place_id", "lot__article__family_id", "lot__expires_on").annotate(
        held=Sum("units")
    )
    lines: dict[tuple[str, str, date | None], Counter[str]] = {}
    for at, of, expires_on, units in rows.order_by():
        month = expires_on.replace(day=1) if expires_on else None
        line = lines.setdefault((at, of, month), Counter())
        line["units"] += units
        if expires_on is not None and expires_on < on:
            line["expired"] += units
        elif expires_on is not None and expires_on < on + SOON:
            line["soon"] += units
    return [
        ExpiryLine(
            place=at, family=of, month=month,
            units=line["units"], expired=line["expired"], soon=line["soon"],
        )
        for (at, of, month), line in sorted(
            lines.items(), key=lambda each: (each[0][0], each[0][1], each[0][2] or date.max)
        )
    ]  # fmt: skip
