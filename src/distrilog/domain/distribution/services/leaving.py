"""The one way units leave a platform for its facilities: lot by lot, once a key, in a fixed number of statements."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from distrilog.domain.distribution.models import HandOut
from distrilog.domain.distribution.queries.reach import platform_code
from distrilog.domain.facilities.models import Territory
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.rules import DOOR, STATE, Batch, Kind, Status, is_too_old
from distrilog.domain.stock.services import Movement, NotEnoughStock, move
from distrilog.kernel.refusals import Fault, Invalid
from distrilog.kernel.weeks import PARIS


_KEY: Final = re.compile(r"[A-Za-z0-9._-]{1,36}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Units of a plan’s line to give now: `line` is its id."""

    line: int
    territory: str
    family: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who hands out, how, when, under which key; `advance` takes what is short from the platform’s own stock."""

    key: str
    by: str
    at: datetime
    way: str = HandOut.Way.COLLECTED
    ways: Mapping[int, str] | None = None
    advance: bool = False

    def way_of(self, line: int) -> str:
        """Return how the units of a line go."""
        return (self.ways or {}).get(line, self.way)


Part = tuple[
    Due, int | None, int
]  # what is given, of which lot (None: the platform's own), how many units


def require_key(key: str) -> None:
    """Refuse a key that rows could not be told apart by."""
    if not _KEY.fullmatch(key):
        raise Invalid(
            Fault(where="key", message="Une clé a 1 à 36 lettres, chiffres, points ou tirets.")
        )


def lock_platforms(territories: Collection[str]) -> None:
    """Take the turn of platforms, in one order: what one gives is decided by one at a time."""
    list(
        Territory.objects.filter(pk__in=territories)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def give(*, dues: Sequence[Due], act: Act) -> int:
    """
    Hand out what is due, what expires first first; return the units. Under `lock_platforms`, in a transaction.

    Raises `NotEnoughStock` with every family that is short at every platform, unless the act advances it.
    """
    places = {due.territory: platform_code(due.territory) for due in dues}
    shelves = stock.batches_at(
        places=sorted(places.values()), families=sorted({due.family for due in dues}), lock=True
    )
    on = act.at.astimezone(PARIS).date()
    usable = {
        key: [batch for batch in found if not is_too_old(expires_on=batch.expires_on, on=on)]
        for key, found in shelves.items()
    }
    if not act.advance:
        _refuse_short(dues, usable, places)
    parts = list(_parts(dues, usable, places))
    # After this point, the hand-out must succeed.

    move(movements=list(_movements(parts, places, key=act.key)), by=act.by, at=act.at)
    _write(parts, act=act)
    return sum(units for _due, _lot, units in parts)


def _refuse_short(
    dues: Iterable[Due],
    shelves: Mapping[tuple[str, str], Sequence[Batch]],
    places: Mapping[str, str],
) -> None:
    asked: Counter[tuple[str, str]] = Counter()
    for due in dues:
        asked[due.territory, due.family] += due.units
    there = {
        (territory, family): sum(
            batch.units for batch in shelves.get((places[territory], family), ())
        )
        for territory, family in asked
    }
    faults = [
        short(family, asked=units, there=there[territory, family])
        for (territory, family), units in sorted(asked.items())
        if units > there[territory, family]
    ]
    if faults:
        raise NotEnoughStock(*faults)


def short(family: str, *, asked: int, there: int) -> Fault:
    """Return the fault of a platform that has less of the State’s than is asked."""
    return Fault(
        where=f"lines.{family}",
        message=f"La plateforme n’a que {there} unités de l’État sur {asked}.",
        remedy="Remettre ce qu’il y a, ou avancer le reste sur le stock de l’établissement.",
        values={"family": family, "asked": asked, "left": there},
    )


def _parts(
    dues: Iterable[Due],
    shelves: Mapping[tuple[str, str], Sequence[Batch]],
    places: Mapping[str, str],
) -> Iterator[Part]:
    """Yield what is given, lot by lot, in the order of `dues`; what no lot covers comes from the platform itself."""
    queues = {key: [[batch.lot, batch.units] for batch in found] for key, found in shelves.items()}
    for queue in queues.values():
        queue.reverse()
    for due in dues:
        queue = queues.get((places[due.territory], due.family), [])
        left = due.units
        while left and queue:
            lot, there = queue[-1]
            taken = min(left, there)
            yield due, lot, taken
            left -= taken
            queue[-1][1] -= taken
            if not queue[-1][1]:
                queue.pop()
        if left:
            yield due, None, left


def _movements(parts: Iterable[Part], places: Mapping[str, str], *, key: str) -> Iterator[Movement]:
    """Yield the entries of an act, together by platform and lot; which facility has which lot is told by its hand-outs."""
    sums: defaultdict[tuple[str, int], int] = defaultdict(int)
    for due, lot, units in parts:
        if lot is not None:
            sums[due.territory, lot] += units
    for (territory, lot), units in sorted(sums.items()):
        yield from to_door(
            place=places[territory], lot=lot, units=units, key=f"hand-out:{key}:{territory}:{lot}"
        )


def to_door(
    *, place: str, lot: int, units: int, key: str, owner: str = STATE
) -> Iterator[Movement]:
    """Yield the entries of units that leave a platform and reach a facility at once."""
    yield Movement(
        key=f"{key}:out",
        kind=Kind.ISSUE,
        lot=lot,
        units=units,
        place=place,
        source=Status.AVAILABLE,
        target=Status.IN_TRANSIT,
        owner=owner,
        about=key[:80],
    )
    yield Movement(
        key=f"{key}:door",
        kind=Kind.DELIVERY,
        lot=lot,
        units=units,
        place=place,
        source=Status.IN_TRANSIT,
        target=Status.DELIVERED,
        to=DOOR,
        owner=owner,
        about=key[:80],
    )


_COPY: Final = (
    "COPY distribution_handout (key, line_id, lot_id, units, owed, way, words, by, at) FROM STDIN"
)


def _write(parts: Iterable[Part], *, act: Act) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in _rows(parts, act=act):
            copy.write_row(row)


def _rows(parts: Iterable[Part], *, act: Act) -> Iterator[tuple[Any, ...]]:
    for due, lot, units in parts:
        yield (
            f"{act.key}:{due.line}:{'own' if lot is None else lot}",
            due.line,
            lot,
            units,
            units if lot is None else 0,
            act.way_of(due.line),
            "",
            act.by,
            act.at,
        )
