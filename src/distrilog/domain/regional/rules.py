"""The arithmetic of a region's stock: lots that are split to the box, a week that balances, units that age."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from distrilog.kernel.refusals import Fault


_DAY_SECONDS: Final = 86_400


def pro_rata(*, units: int, weights: Mapping[str, int], box: int) -> dict[str, int]:
    """
    Split units in proportion to weights, in whole boxes, by largest remainders; what fills no box follows the first of them.

    Adds up to `units` exactly; who weighs nothing, or gets nothing, is absent. Ties go to the first key. ValueError without
    a weight. Source: ARS Occitanie, 24 April 2020, § 2.3 (« au prorata des masques alloués »).
    """
    whole = sum(weights.values())
    if whole <= 0 or any(weight < 0 for weight in weights.values()):
        raise ValueError("nothing to split by")
    boxes, loose = divmod(units, box)
    parts = {key: boxes * weights[key] // whole for key in sorted(weights)}
    owed = {key: boxes * weights[key] % whole for key in parts}
    first = sorted(parts, key=lambda key: (-owed[key], -weights[key], key))
    for key in first[: boxes - sum(parts.values())]:
        parts[key] += 1
    split = {key: count * box for key, count in parts.items()}
    split[first[0]] += loose
    return {key: count for key, count in split.items() if count}


def total_faults(*, parts: Sequence[int], units: int, where: str, whole: str) -> Iterator[Fault]:
    """Say by how much parts miss the units they are made of; `whole` names what they make up (« le lot »)."""
    difference = sum(parts) - units
    if difference:
        more = "de trop" if difference > 0 else "de moins"
        yield Fault(
            where=where,
            message=f"Les parts font {sum(parts)} unités, {whole} en compte {units} : {abs(difference)} {more}.",
            remedy="Corriger une part, ou ajouter ce qui reste « gardé en stock régional ».",
            values={"over": difference},
        )


def box_faults(*, units: Sequence[int], box: int, where: str) -> Iterator[Fault]:
    """Say that more than one share of a part breaks a box: only one may take what fills no whole one."""
    if sum(each % box != 0 for each in units) > 1:
        yield Fault(
            where=where,
            message=f"Plusieurs parts ne font pas des boîtes entières de {box} unités.",
            remedy="Une seule part, la dernière, peut prendre ce qui ne remplit pas une boîte.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A week of stock: what there was, what came, what left, by why (kinds of entries). Units."""

    opening: int = 0
    arrivals: Mapping[str, int]
    departures: Mapping[str, int]

    @property
    def came(self) -> int:
        """Units that came."""
        return sum(self.arrivals.values())

    @property
    def left(self) -> int:
        """Units that left."""
        return sum(self.departures.values())

    @property
    def closing(self) -> int:
        """Units there at the end: opening + in - out."""
        return self.opening + self.came - self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """How long units have been lying, in whole days: the oldest, and on average."""

    units: int
    oldest_days: int
    mean_days: int


def age_of(*, units: int, arrivals: Sequence[tuple[datetime, int]], at: datetime) -> Age:
    """
    Return the age of units that lie somewhere, by what came there (moment, units), as if what came first had left first.

    What no arrival explains is as old as the first of them.
    """
    left, weighted, oldest = units, 0, 0
    newest_first = sorted(arrivals, reverse=True)
    for moment, came in newest_first:
        taken = min(left, came)
        if taken <= 0:
            break
        days = _days_between(moment, at)
        weighted += taken * days
        oldest = days
        left -= taken
    if left and newest_first:
        oldest = _days_between(newest_first[-1][0], at)
        weighted += left * oldest
    return Age(units=units, oldest_days=oldest, mean_days=weighted // units if units else 0)


def _days_between(moment: datetime, at: datetime) -> int:
    return max(0, int((at - moment).total_seconds()) // _DAY_SECONDS)
