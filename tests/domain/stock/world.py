"""A small stock to try the ledger on, and tables that tell what happens to it line by line."""

from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from distrilog.domain.catalogue.models import Article
from distrilog.domain.stock.models import Account, Lot, Owner, Place, Position, Reservation
from distrilog.domain.stock.queries import discrepancies
from distrilog.domain.stock.rules import CONSORTIUM, STATE, Kind, PendingKind, Status
from distrilog.domain.stock.services import Movement, Promise, move, promise
from distrilog.kernel.refusals import Refusal
from tests.factories import FamilyFactory, PlaceFactory


AT = datetime(2020, 11, 2, 8, tzinfo=UTC)
TODAY = date(2020, 11, 2)


class OwnerFactory(DjangoModelFactory):
    """The State, unless told."""

    class Meta:
        model = Owner
        django_get_or_create = ["code"]

    code = STATE
    name = factory.LazyAttribute(lambda each: f"Propriétaire {each.code}")


class ArticleFactory(DjangoModelFactory):
    """A gown by boxes of 10, cartons of 100, pallets of 1,000 unless told."""

    class Meta:
        model = Article
        django_get_or_create = ["gtin"]

    gtin = "03400000000017"
    family = factory.SubFactory(FamilyFactory, code="gown")
    name = factory.LazyAttribute(lambda each: f"Article {each.gtin}")
    box_units = 10
    carton_units = 100
    pallet_units = 1000


class LotFactory(DjangoModelFactory):
    """A lot of gowns good for two years; `mask` for surgical masks by boxes of 50."""

    class Meta:
        model = Lot
        django_get_or_create = ["article", "number"]

    article = factory.SubFactory(ArticleFactory)
    number = "G1"
    expires_on = date(2022, 11, 1)

    class Params:
        mask = factory.Trait(
            number="M1",
            article=factory.SubFactory(
                ArticleFactory,
                gtin="03400000000024",
                family=factory.SubFactory(FamilyFactory, code="surgical_mask"),
                box_units=50,
                carton_units=2000,
                pallet_units=40_000,
            ),
        )


def furnish() -> None:
    """Make the places, the owners and three lots: two of gowns, one of masks. No units yet."""
    PlaceFactory(pallets=20)
    PlaceFactory(spf=True)
    PlaceFactory(code="door", name="Établissements servis", kind=Place.Kind.DOOR)
    OwnerFactory()
    OwnerFactory(code=CONSORTIUM)
    LotFactory()
    LotFactory(number="G2", expires_on=date(2021, 2, 1))
    LotFactory(mask=True)


def lot(number: str) -> int:
    """Return the id of a lot."""
    return Lot.objects.get(number=number).pk


# word → kind, source, target.
WORDS = {
    "open": (Kind.OPENING, Status.OUTSIDE, Status.AVAILABLE),
    "store": (Kind.OPENING, Status.OUTSIDE, Status.STRATEGIC),
    "keep": (Kind.ALLOT, Status.AVAILABLE, Status.STRATEGIC),
    "free": (Kind.ALLOT, Status.STRATEGIC, Status.AVAILABLE),
    "issue": (Kind.ISSUE, Status.AVAILABLE, Status.IN_TRANSIT),
    "deliver": (Kind.DELIVERY, Status.IN_TRANSIT, Status.DELIVERED),
    "block": (Kind.BLOCK, Status.AVAILABLE, Status.QUARANTINE),
    "unblock": (Kind.UNBLOCK, Status.QUARANTINE, Status.AVAILABLE),
    "lose": (Kind.COUNT, Status.AVAILABLE, Status.OUTSIDE),
    "find": (Kind.COUNT, Status.OUTSIDE, Status.AVAILABLE),
    "burn": (Kind.WRITE_OFF, Status.AVAILABLE, Status.OUTSIDE),
    "send": (Kind.TRANSFER_OUT, Status.AVAILABLE, Status.IN_TRANSIT),
}
PROMISES = {each.value: each for each in PendingKind}


def movement(line: str) -> Movement:
    """Read `word key place lot units [posts]`; what is delivered goes to the door."""
    word, key, place, number, units, *posts = line.split(" ")
    kind, source, target = WORDS[word]
    return Movement(
        key=key,
        kind=kind,
        lot=lot(number),
        units=int(units),
        place=place,
        source=source,
        target=target,
        to="door" if word == "deliver" else "",
        posts="".join(posts),
    )


def promised(line: str) -> Promise:
    """Read `word key reservation place family units`."""
    word, key, reservation, place, family, units = line.split(" ")
    return Promise(
        key=key,
        kind=PROMISES[word],
        reservation=reservation,
        place=place,
        family=family,
        units=int(units),
    )


def answer_to(line: str) -> str:
    """Play one line; return `ok`, or the name of the refusal."""
    try:
        if line.split(" ", maxsplit=1)[0] in PROMISES:
            promise(promises=[promised(line)], by="somebody", at=AT)
        else:
            move(movements=[movement(line)], by="somebody", at=AT)
    except Refusal as refusal:
        return type(refusal).__name__
    return "ok"


def holds(place: str, number: str, status: str) -> int:
    """Return the units of a lot."""
    return sum(
        Account.objects.filter(place=place, lot__number=number, status=status).values_list(
            "units", flat=True
        )
    )


def position(place: str, family: str) -> tuple[int, int]:
    """Return what is usable and what is reserved."""
    rows = Position.objects.filter(place=place, family=family, owner=STATE)
    return rows.values_list("usable", "reserved").first() or (0, 0)


def pending_of(reservation: str) -> int:
    """Return what a reservation still holds."""
    return Reservation.objects.get(key=reservation).pending


FIGURES = {
    "holds": holds,
    "usable": lambda place, family: position(place, family)[0],
    "reserved": lambda place, family: position(place, family)[1],
    "pending": pending_of,
}


def play(table: str) -> None:
    """
    Play a table, then prove the books.

    `word key place lot units [posts] answer`, `reserve|void|expire key reservation place family units
    answer`, or a figure: `holds place lot status n`, `usable place family n`, `reserved place family n`,
    `pending reservation n`.
    """
    for line in filter(None, (each.strip() for each in table.splitlines())):
        word, *cells, expected = line.split()
        if word in FIGURES:
            assert FIGURES[word](*cells) == int(expected), line
        else:
            assert answer_to(" ".join([word, *cells])) == expected, line
    assert discrepancies() == []
