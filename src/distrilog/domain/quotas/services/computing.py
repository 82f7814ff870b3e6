"""From needs and decisions to shares: arrays in, arrays out, one computation a family and source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from distrilog.domain.facilities.rules import Features
from distrilog.domain.quotas.rules import (
    SILENT,
    Claims,
    Counted,
    Fairness,
    Pots,
    Shares,
    apply_multipliers,
    caps_for,
    counted_stock,
    fairness,
    floors_for,
    share_out,
    split_pots,
    weeks_without,
)
from distrilog.domain.quotas.services.decisions import Decisions


Integers = NDArray[np.int64]
SAME: Final = 1000


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Before:
    """
    One family's last published week, row for row of the features; zero where there was nothing.

    `carried` in thousandths of a unit, `quota` in units, `weeks_without` in weeks.
    """

    carried: Integers
    weeks_without: Integers
    quota: Integers

    @classmethod
    def nothing(cls, *, count: int) -> "Before":
        """Return the past of a family that was never shared out."""
        zeros = np.zeros(count, dtype=np.int64)
        return cls(carried=zeros, weeks_without=zeros, quota=zeros)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class World:
    """
    What a run reads: facilities as columns, the source of each, needs, boxes, the past, the stock.

    `reported` is the stock that facilities declared, by family, `SILENT` for the silent; None where it is not read.
    """

    week: str
    features: Features
    sources: NDArray[np.str_]
    needs: Mapping[str, Integers]
    boxes: Mapping[str, int]
    before: Mapping[str, Before]
    usable: Mapping[tuple[str, str], int]
    reported: Mapping[str, Integers] | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Portion:
    """
    One family from one source: who claims (`rows` of the features), what was shared, how evenly.

    `reported` marks who declared a stock that was read; `unread` is what nobody's stock counting would give.
    """

    family: str
    source: str
    envelope: int
    pot_thousandths: int
    rows: NDArray[np.intp]
    regions: Sequence[str]
    claims: Claims
    pots: Pots
    shares: Shares
    unread: Shares
    reported: NDArray[np.bool_]
    fairness: Fairness
    weeks_without: Integers

    @property
    def box(self) -> int:
        """Units in a box."""
        return self.shares.box

    @property
    def pot_units(self) -> int:
        """Units set aside for the regions."""
        return int(self.pots.units.sum())

    @property
    def unallocated(self) -> int:
        """Units of the envelope that stay in stock."""
        return self.envelope - self.pot_units - int(self.shares.units.sum())


def compute(*, decisions: Decisions, world: World) -> list[Portion]:
    """Share every family out from every source, by source then family."""
    portions = [
        portion
        for family in decisions.envelopes
        for portion in _of_family(family, decisions=decisions, world=world)
    ]
    return sorted(portions, key=lambda portion: (portion.source, portion.family))


def split_between_sources(
    *, envelope: int, box: int, need: Mapping[str, int], stock: Mapping[str, int]
) -> dict[str, int]:
    """
    Split a total between sources by the need each serves, in whole boxes, never above its stock.

    What a source lacks goes to the others by the same rule; the boxes left go to the largest
    remainders, ties to the first code. What fills no box, or no source can give, stays in stock.
    """
    capacity = {source: stock.get(source, 0) // box for source in sorted(need) if need[source] > 0}
    boxes = dict.fromkeys(sorted(need), 0)
    left = min(envelope // box, sum(capacity.values()))
    while capacity and left:
        total = sum(need[source] for source in capacity)
        full = [each for each in capacity if need[each] * left >= capacity[each] * total]
        if not full:
            break
        for source in full:
            boxes[source] = capacity.pop(source)
            left -= boxes[source]
    total = sum(need[source] for source in capacity)
    for source in capacity:
        boxes[source] = need[source] * left // total
    over = left - sum(boxes[source] for source in capacity)
    for source in sorted(capacity, key=lambda each: (-(need[each] * left % total), each))[:over]:
        boxes[source] += 1
    return {source: count * box for source, count in boxes.items()}


def _of_family(family: str, *, decisions: Decisions, world: World) -> Iterator[Portion]:
    need = _multiplied(family, decisions=decisions, world=world)
    envelopes = _envelopes(family, need, decisions=decisions, world=world)
    floor = floors_for(need=need, thousandths=_looked_up(world.features.groups, decisions.floors))
    cap = caps_for(need=need, thousandths=np.full_like(need, decisions.cap))
    before = world.before.get(family) or Before.nothing(count=len(need))
    counted = _counted(family, need, world=world)
    for source, envelope in envelopes.items():
        rows = np.flatnonzero(world.sources == source)
        claims = Claims.of(
            week=world.week,
            family=family,
            keys=world.features.registries[rows],
            need=need[rows],
            have=counted.have[rows],
            floor=floor[rows],
            cap=cap[rows],
            carried=before.carried[rows],
        )
        yield _portion(
            claims=claims,
            rows=rows,
            source=source,
            envelope=envelope,
            box=world.boxes[family],
            pot_thousandths=decisions.pots.get(family, 0),
            regions=world.features.regions[rows],
            reported=counted.reported[rows],
            without=before.weeks_without[rows],
        )


def _portion(
    *,
    claims: Claims,
    rows: NDArray[np.intp],
    source: str,
    envelope: int,
    box: int,
    pot_thousandths: int,
    regions: NDArray[np.str_],
    reported: NDArray[np.bool_],
    without: Integers,
) -> Portion:
    codes, places = np.unique(regions, return_inverse=True)
    need = np.zeros(len(codes), dtype=np.int64)
    np.add.at(need, places, claims.need)
    pots = split_pots(
        week=claims.week,
        family=claims.family,
        envelope=envelope,
        box=box,
        pot_thousandths=pot_thousandths,
        regions=[code.encode() for code in codes.tolist()],
        need=need,
    )
    claims, shares, unread = _shared(claims, envelope=pots.for_facilities, box=box)
    return Portion(
        family=claims.family,
        source=source,
        envelope=envelope,
        pot_thousandths=pot_thousandths,
        rows=rows,
        regions=codes.tolist(),
        claims=claims,
        pots=pots,
        shares=shares,
        unread=unread,
        reported=reported,
        fairness=fairness(claims=claims, shares=shares, weeks_without_before=without),
        weeks_without=weeks_without(claims=claims, shares=shares, before=without),
    )


def _counted(family: str, need: Integers, *, world: World) -> Counted:
    """Return the stock that counts of each facility: none of anybody's where cover is not read."""
    if world.reported is None:
        return Counted(have=np.zeros_like(need), reported=np.zeros(len(need), dtype=np.bool_))
    reported = world.reported.get(family, np.full_like(need, SILENT))
    return counted_stock(stock=reported, need=need, classes=world.features.groups)


def _shared(claims: Claims, *, envelope: int, box: int) -> tuple[Claims, Shares, Shares]:
    """
    Share out, and say what it would have given had nobody's stock counted.

    Floors that cannot all be paid are shared as if nobody had reported: a surplus takes nobody below its floor.
    """
    if not claims.have.any():
        shares = share_out(claims=claims, envelope=envelope, box=box)
        return claims, shares, shares
    bare = replace(claims, have=np.zeros_like(claims.have))
    unread = share_out(claims=bare, envelope=envelope, box=box)
    if unread.floors_short:
        return bare, unread, unread
    return claims, share_out(claims=claims, envelope=envelope, box=box), unread


def _multiplied(family: str, *, decisions: Decisions, world: World) -> Integers:
    rates = {
        region: by_family[family]
        for region, by_family in decisions.multipliers.items()
        if family in by_family
    }
    need = world.needs.get(family)
    if need is None:
        return np.zeros(len(world.features), dtype=np.int64)
    if not rates:
        return need
    thousandths = _looked_up(world.features.regions, rates, otherwise=SAME)
    return apply_multipliers(need=need, thousandths=thousandths)


def _envelopes(
    family: str, need: Integers, *, decisions: Decisions, world: World
) -> dict[str, int]:
    """Return the envelope of every source that serves somebody, or was given one."""
    given = decisions.envelopes[family]
    sources = np.unique(world.sources).tolist()
    if isinstance(given, Mapping):
        return {source: given.get(source, 0) for source in sorted({*sources, *given})}
    return split_between_sources(
        envelope=given,
        box=world.boxes[family],
        need={source: int(need[world.sources == source].sum()) for source in sources},
        stock={source: world.usable.get((source, family), 0) for source in sources},
    )


def _looked_up(
    codes: NDArray[np.str_], values: Mapping[str, int], *, otherwise: int = 0
) -> Integers:
    """Return the value of each code, row for row."""
    distinct, places = np.unique(codes, return_inverse=True)
    found = [values.get(code, otherwise) for code in distinct.tolist()]
    return np.array(found, dtype=np.int64)[places]
