"""Small countries to share out in: five nursing homes, a hospital served by SPF, one home overseas."""

from datetime import UTC, datetime

from distrilog.domain.quotas import services
from distrilog.domain.stock.models import Lot
from distrilog.domain.stock.rules import Kind, Status
from distrilog.domain.stock.services import Movement, move
from tests.factories import (
    DoctrineVersionFactory,
    FacilityFactory,
    FamilyFactory,
    PlaceFactory,
    actor,
    stocked,
)


WEEK = "2020-W45"
AT = datetime(2020, 11, 2, 8, tzinfo=UTC)
MASK = "surgical_mask"
MAKER = actor(person="maker")
SIGNER = actor(person="signer")
# Places of each home: at 5 masks a place and a week, needs of 50, 100, 200, 400 and 800.
HOMES = (10, 20, 40, 80, 160)


def receive(units, *, family=MASK, place="operator", key=""):
    """Put units in stock."""
    stocked(units, family=family, place=place, key=key or f"receipt {place} {family} {units}")


def lose(units, *, family=MASK, place="operator"):
    """Take units out of stock after a count."""
    movement = Movement(
        key=f"count {place} {family} {units}",
        kind=Kind.COUNT,
        lot=Lot.objects.get(article__family=family).pk,
        place=place,
        source=Status.AVAILABLE,
        target=Status.OUTSIDE,
        units=units,
    )
    move(movements=[movement], by="store", at=AT)


def homes(*, places=HOMES, stock=10_000):
    """Make nursing homes served by the operator, a doctrine, and masks in stock."""
    DoctrineVersionFactory()
    FamilyFactory()
    PlaceFactory()
    made = [FacilityFactory(places={"places": count}) for count in places]
    if stock:
        receive(stock)
    return made


def country():
    """Add a hospital served by SPF and a home overseas, with stock everywhere."""
    made = homes()
    PlaceFactory(spf=True)
    PlaceFactory(at_sea=True)
    hospital = FacilityFactory(hospital=True, by_spf=True, people={"caregiver": 50})
    island = FacilityFactory(at_sea=True, places={"places": 60})
    receive(5_000, place="spf")
    receive(1_000, place="reunion")
    return [*made, hospital, island]


def drafted(units=1_000, *, week=WEEK, at=AT, **options):
    """Return a draft of one family."""
    return services.prepare(actor=MAKER, week=week, envelopes={MASK: units}, at=at, **options)


def previewed(units=1_000, *, week=WEEK, at=AT, **options):
    """Return a previewed draft."""
    run = drafted(units, week=week, at=at, **options)
    services.preview(actor=MAKER, run_id=run.pk, at=at)
    return run


def signed(units=1_000, *, week=WEEK, at=AT, **options):
    """Return a signed run."""
    run = previewed(units, week=week, at=at, **options)
    return services.sign(actor=SIGNER, run_id=run.pk, reason="Vu.", at=at)


def published(units=1_000, *, week=WEEK, at=AT, **options):
    """Return a published run."""
    run = signed(units, week=week, at=at, **options)
    return services.publish(actor=SIGNER, run_id=run.pk, at=at)
