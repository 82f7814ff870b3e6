"""Questions to the ledger: what there is, where, of which lots, and what of it may be promised."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import F, QuerySet

from distrilog.domain.stock.models import Account, Place, Position, Reservation
from distrilog.domain.stock.rules import STATE, Batch, Status


def available(
    *, places: Collection[str] | None = None, owner: str = STATE
) -> dict[tuple[str, str], int]:
    """Return the units that may be promised, by (place code, family code): usable, unreserved. One query."""
    positions = Position.objects.filter(owner=owner)
    if places is not None:
        positions = positions.filter(place__in=places)
    return {
        (place, family): max(0, usable - reserved)
        for place, family, usable, reserved in positions.values_list(
            "place_id", "family_id", "usable", "reserved"
        )
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What the State has of a family at a place: free to be promised, and reserved. Units."""

    free: int = 0
    reserved: int = 0


def holdings() -> dict[tuple[str, str], Holding]:
    """Return the State's usable stock by (place code, family code). One query."""
    rows = Position.objects.filter(owner=STATE).values_list(
        "place_id", "family_id", "usable", "reserved"
    )
    return {
        (place, family): Holding(free=max(0, usable - reserved), reserved=reserved)
        for place, family, usable, reserved in rows
    }


# SPF keeps the overseas stores as well as its own.
_KEEPS = {Place.Kind.SPF: (Place.Kind.SPF, Place.Kind.OVERSEAS)}


def places_of(*, route: str) -> QuerySet[Place, str]:
    """Return the codes of the places whose orders the executor of a route serves, as a subquery."""
    kinds = _KEEPS.get(Place.Kind(route), (route,))
    return Place.objects.filter(kind__in=kinds).values_list("code", flat=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """A family at a place of which more is promised than is usable. Units."""

    place: str
    family: str
    usable: int
    reserved: int

    @property
    def missing(self) -> int:
        """Units promised that are not there."""
        return self.reserved - self.usable


def shortfalls() -> list[Shortfall]:
    """Return where promises are not covered any more: after a recall, a count, a quarantine. One query."""
    rows = (
        Position.objects.filter(owner=STATE, reserved__gt=F("usable"))
        .order_by("place_id", "family_id")
        .values_list("place_id", "family_id", "usable", "reserved")
    )
    return [
        Shortfall(place=place, family=family, usable=usable, reserved=reserved)
        for place, family, usable, reserved in rows
    ]


def pending(*, keys: Collection[str]) -> dict[str, int]:
    """Return what is not yet posted or given back of each reservation. One query."""
    return dict(Reservation.objects.filter(key__in=keys).values_list("key", "pending"))


def balances(*, owner: str = STATE) -> dict[tuple[str, str, str], int]:
    """Return units by (place code, family code, status), of all lots together. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT account.place_id, article.family_id, account.status, sum(account.units)::bigint
            FROM stock_account account
            JOIN stock_lot lot ON lot.id = account.lot_id
            JOIN catalogue_article article ON article.gtin = lot.article_id
            WHERE account.owner_id = %s GROUP BY 1, 2, 3
            """,
            [owner],
        )
        return {
            (place, family, status): units for place, family, status, units in cursor.fetchall()
        }


def batches(
    *, place: str, families: Collection[str], owner: str = STATE, lock: bool = False
) -> dict[str, list[Batch]]:
    """
    Return the usable lots of families at a place, by family.

    `lock` keeps others from moving them until the transaction ends (position rows, by id). One query, two with `lock`.
    """
    positions = Position.objects.filter(place=place, owner=owner, family__in=families)
    if lock:
        list(positions.select_for_update().order_by("pk").values_list("pk", flat=True))
    rows = (
        Account.objects.filter(
            place=place, owner=owner, status=Status.AVAILABLE, units__gt=0,
            lot__article__family__in=families,
        )
        .order_by("lot__expires_on", "lot_id")
        .values_list("lot__article__family_id", "lot_id", "units", "lot__expires_on")
    )  # fmt: skip
    found: dict[str, list[Batch]] = {family: [] for family in families}
    for family, lot, units, expires_on in rows:
        found[family].append(Batch(lot=lot, units=units, expires_on=expires_on))
    return found


def batches_at(
    *, places: Collection[str], families: Collection[str], owner: str = STATE, lock: bool = False
) -> dict[tuple[str, str], list[Batch]]:
    """
    Return the usable lots of families at several places, by (place code, family code); only where there are some.

    `lock` is that of `batches`. One query, two with `lock`, whatever the number of places.
    """
    positions = Position.objects.filter(place__in=places, owner=owner, family__in=families)
    if lock:
        list(positions.select_for_update().order_by("pk").values_list("pk", flat=True))
    rows = (
        Account.objects.filter(
            place__in=places, owner=owner, status=Status.AVAILABLE, units__gt=0,
            lot__article__family__in=families,
        )
        .order_by("lot__expires_on", "lot_id")
        .values_list("place_id", "lot__article__family_id", "lot_id", "units", "lot__expires_on")
    )  # fmt: skip
    found: dict[tuple[str, str], list[Batch]] = {}
    for place, family, lot, units, expires_on in rows:
        found.setdefault((place, family), []).append(
            Batch(lot=lot, units=units, expires_on=expires_on)
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class LotLine:
    """Units of a lot, of an owner, at a place, in one status."""

    lot: int
    number: str
    gtin: str
    article: str
    family: str
    place: str
    owner: str
    status: str
    units: int
    expires_on: date | None
    recalled: bool
    pallet_units: int


def lot_lines(
    *,
    places: Collection[str] | None = None,
    family: str = "",
    number: str = "",
    statuses: Collection[str] = (Status.AVAILABLE, Status.STRATEGIC, Status.QUARANTINE),
) -> list[LotLine]:
    """Return what lies where lot by lot, soonest expiry first. One query."""
    accounts = Account.objects.filter(status__in=list(statuses), units__gt=0)
    if places is not None:
        accounts = accounts.filter(place__in=places)
    if family:
        accounts = accounts.filter(lot__article__family=family)
    if number:
        accounts = accounts.filter(lot__number=number)
    return [
        LotLine(
            lot=account.lot_id,
            number=account.lot.number,
            gtin=account.lot.article_id,
            article=account.lot.article.name,
            family=account.lot.article.family_id,
            place=account.place_id,
            owner=account.owner_id,
            status=account.status,
            units=account.units,
            expires_on=account.lot.expires_on,
            recalled=account.lot.recalled_at is not None,
            pallet_units=account.lot.article.pallet_units,
        )
        for account in accounts.select_related("lot__article").order_by(
            F("lot__expires_on").asc(nulls_last=True), "lot_id", "place_id", "status", "owner_id"
        )
    ]


def pallets_at(*, place: str) -> int:
    """Return how many pallets lie at a place: each lot and status rounded up to whole pallets. One query."""
    return sum(-(-line.units // line.pallet_units) for line in lot_lines(places=[place]))
