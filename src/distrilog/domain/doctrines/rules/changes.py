"""What a change of doctrine does, for whom: before against after, family by family. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from distrilog.domain.doctrines.rules.formulas import Integers
from distrilog.domain.doctrines.rules.rule_sets import FAMILIES
from distrilog.domain.facilities.rules import Features


SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Units a week before and after, and how many facilities gain, lose, or stay as they are."""

    before: int
    after: int
    gain: int
    lose: int
    unchanged: int

    @property
    def difference(self) -> int:
        """Units more (or less, if negative)."""
        return self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityChange:
    """One facility's need before and after."""

    facility_id: int
    registry: str
    before: int
    after: int

    @property
    def difference(self) -> int:
        """Units more (or less, if negative)."""
        return self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyChange:
    """What changes for one family: in all, by region code, and for those it changes most for."""

    family: str
    country: Tally
    regions: Mapping[str, Tally]
    winners: tuple[FacilityChange, ...]
    losers: tuple[FacilityChange, ...]


def compare(
    *, features: Features, before: Mapping[str, Integers], after: Mapping[str, Integers]
) -> list[FamilyChange]:
    """Compare two doctrines' needs of the same facilities; ties by registry number."""
    codes, region_of = np.unique(features.regions, return_inverse=True)
    return [
        _family_change(
            family=family,
            features=features,
            before=before[family],
            after=after[family],
            regions=[str(code) for code in codes],
            region_of=region_of,
        )
        for family in FAMILIES
    ]


def _family_change(
    *,
    family: str,
    features: Features,
    before: Integers,
    after: Integers,
    regions: list[str],
    region_of: NDArray[np.intp],
) -> FamilyChange:
    counted = [
        np.bincount(region_of, weights=column, minlength=len(regions)).astype(np.int64)
        for column in (before, after, after > before, after < before, after == before)
    ]
    by_region = {
        code: Tally(
            before=int(counted[0][rank]),
            after=int(counted[1][rank]),
            gain=int(counted[2][rank]),
            lose=int(counted[3][rank]),
            unchanged=int(counted[4][rank]),
        )
        for rank, code in enumerate(regions)
    }
    difference = after - before
    return FamilyChange(
        family=family,
        country=_sum(list(by_region.values())),
        regions=by_region,
        winners=_largest(features, before, after, gained=difference),
        losers=_largest(features, before, after, gained=-difference),
    )


def _sum(tallies: list[Tally]) -> Tally:
    return Tally(
        before=sum(tally.before for tally in tallies),
        after=sum(tally.after for tally in tallies),
        gain=sum(tally.gain for tally in tallies),
        lose=sum(tally.lose for tally in tallies),
        unchanged=sum(tally.unchanged for tally in tallies),
    )


def _largest(
    features: Features, before: Integers, after: Integers, *, gained: Integers
) -> tuple[FacilityChange, ...]:
    order = np.lexsort((features.registries, -gained))[:SHOWN]
    return tuple(
        FacilityChange(
            facility_id=int(features.ids[row]),
            registry=features.registries[row].decode(),
            before=int(before[row]),
            after=int(after[row]),
        )
        for row in order
        if gained[row] > 0
    )
