"""What the sources hold: units that the replay supposes arrive when they are needed, and those it knows were delivered."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Final

from distrilog.domain.catalogue.models import Article
from distrilog.domain.simulation.rules import Delivered
from distrilog.domain.stock.models import Entry
from distrilog.domain.stock.rules import DOOR, Kind, Status
from distrilog.domain.stock.services import Movement, NewLot, move, register_lots
from distrilog.kernel.weeks import PARIS, Week


_BY: Final = "rejeu"
SPF: Final = "spf"
_PHARMACIES: Final = "officines"


def arrive(*, name: str, volumes: Mapping[str, Mapping[str, int]], at: datetime) -> None:
    """Let units arrive by family and place, in one lot a family named after what they are for."""
    lots = _lots(name, volumes)
    move(
        movements=[
            Movement(
                key=f"rejeu:{name}:{family}:{place}",
                kind=Kind.OPENING,
                lot=lots[family],
                units=units,
                place=place,
                source=Status.OUTSIDE,
                target=Status.AVAILABLE,
                reason="Volume supposé par le rejeu",
            )
            for family, places in volumes.items()
            for place, units in places.items()
            if units
        ],
        by=_BY,
        at=at,
    )


def _lots(name: str, families: Mapping[str, object]) -> dict[str, int]:
    gtins: dict[str, str] = {}
    for family, gtin in Article.objects.order_by("gtin").values_list("family_id", "gtin"):
        gtins.setdefault(family, gtin)
    # Without a date: the week's goods never grow old in a replay.
    known = register_lots(lots=[NewLot(gtin=gtins[family], number=name) for family in families])
    return {family: known[gtins[family], name] for family in families}


def deliver_to_pharmacies(*, deliveries: list[Delivered]) -> None:
    """Write the printed deliveries to the pharmacies of a region: they leave the State's stock and are delivered (row N3)."""
    for each in deliveries:
        week = Week.parse(each.week)
        at = week.moment(weekday=3, clock=time(8), zone=PARIS)
        name = f"{_PHARMACIES}-{each.region}-{week.year}W{week.number}"
        arrive(name=name, volumes={"surgical_mask": {SPF: each.units}}, at=at)
        (lot,) = _lots(name, {"surgical_mask": None}).values()
        move(movements=_to_the_door(name, lot=lot, units=each.units), by=_BY, at=at)


def _to_the_door(name: str, *, lot: int, units: int) -> list[Movement]:
    return [
        Movement(
            key=f"{name}:out",
            kind=Kind.ISSUE,
            lot=lot,
            units=units,
            place=SPF,
            source=Status.AVAILABLE,
            target=Status.IN_TRANSIT,
            about=name,
        ),
        Movement(
            key=f"{name}:door",
            kind=Kind.DELIVERY,
            lot=lot,
            units=units,
            place=SPF,
            source=Status.IN_TRANSIT,
            target=Status.DELIVERED,
            to=DOOR,
            about=name,
        ),
    ]


def delivered_to_pharmacies() -> list[Delivered]:
    """Read back from the ledger what pharmacies received, week by week."""
    rows = (
        Entry.objects.filter(about__startswith=f"{_PHARMACIES}-", kind=Kind.DELIVERY)
        .order_by("about")
        .values_list("about", "units")
    )
    found = []
    for about, units in rows:
        _, region, week = about.split("-")
        year, number = week.split("W")
        found.append(Delivered(week=str(Week(int(year), int(number))), region=region, units=units))
    return found
