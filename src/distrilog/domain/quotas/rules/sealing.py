"""A run as canonical files: what is decided and claimed, what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from distrilog.domain.quotas.rules.adjustments import Pots, split_pots
from distrilog.domain.quotas.rules.claims import (
    UNITS_LIMIT,
    Claims,
    Integers,
    Keys,
    Reason,
    Shares,
)
from distrilog.domain.quotas.rules.sharing import share_out
from distrilog.kernel.seals import canonical_json, canonical_table


PARAMETERS: Final = "parameters.json"
CLAIMS: Final = "claims.csv"
QUOTAS: Final = "quotas.csv"
POTS: Final = "pots.csv"
SHARES: Final = "shares.csv"

_NO_UNITS: Final = np.zeros(0, dtype=np.int64)
_WORDS: Final = np.array([b"", *(reason.name.lower().encode() for reason in Reason)])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Portion:
    """
    One family from one source in a run: the envelope, the pots set aside, the claims.

    `regions` says the region of each claim. `pot_caps` (units by region) may leave regions out:
    those are not limited.
    """

    source: str
    envelope: int
    box: int
    claims: Claims
    regions: Keys
    pot_thousandths: int = 0
    pot_caps: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SharedPortion:
    """A portion and what came of it; `pot_regions` are in the order of `pots.units`."""

    portion: Portion
    shares: Shares
    pots: Pots
    pot_regions: tuple[str, ...]


def share_portion(portion: Portion) -> SharedPortion:
    """Set the pots aside, then share what is left between the facilities."""
    regions, need = _need_by_region(portion) if portion.pot_thousandths else ([], _NO_UNITS)
    pots = split_pots(
        week=portion.claims.week,
        family=portion.claims.family,
        envelope=portion.envelope,
        box=portion.box,
        pot_thousandths=portion.pot_thousandths,
        regions=[region.encode("ascii") for region in regions],
        need=need,
        cap=[portion.pot_caps.get(region, UNITS_LIMIT) for region in regions],
    )
    return SharedPortion(
        portion=portion,
        shares=share_out(claims=portion.claims, envelope=pots.for_facilities, box=portion.box),
        pots=pots,
        pot_regions=tuple(regions),
    )


def run_files(*, shared: Sequence[SharedPortion], decisions: Mapping[str, Any]) -> dict[str, bytes]:
    """
    Return a run's files, to be sealed: parameters, claims, pots, shares and quotas.

    `decisions` keeps, as canonical JSON, what led to needs, floors and caps: doctrine parameters,
    multipliers, rules of the pots. The verifier starts from the claims and does not read them.
    """
    portions = sorted(shared, key=lambda each: (each.portion.source, each.portion.claims.family))
    return {
        PARAMETERS: canonical_json(
            {"decisions": decisions, "portions": [_parameters(each.portion) for each in portions]}
        ),
        CLAIMS: _claims_table(portions),
        POTS: _pots_table(portions),
        SHARES: _shares_table(portions),
        QUOTAS: _quotas_table(portions),
    }


def _need_by_region(portion: Portion) -> tuple[list[str], Integers]:
    codes, position = np.unique(portion.regions, return_inverse=True)
    need = np.zeros(codes.size, dtype=np.int64)
    np.add.at(need, position, portion.claims.need)
    return [code.decode("ascii") for code in codes.tolist()], need


def _parameters(portion: Portion) -> dict[str, Any]:
    return {
        "source": portion.source,
        "family": portion.claims.family,
        "envelope": portion.envelope,
        "box": portion.box,
        "pot_thousandths": portion.pot_thousandths,
        "pot_caps": dict(portion.pot_caps),
    }


def _claims_table(portions: Sequence[SharedPortion]) -> bytes:
    columns: dict[str, list[NDArray[Any]]] = {
        "registry": [each.portion.claims.keys for each in portions],
        "region": [each.portion.regions for each in portions],
        "need": [each.portion.claims.need for each in portions],
        "have": [each.portion.claims.have for each in portions],
        "floor": [each.portion.claims.floor for each in portions],
        "cap": [each.portion.claims.cap for each in portions],
        "carried": [each.portion.claims.carried for each in portions],
    }
    return _facility_table(portions, columns)


def _quotas_table(portions: Sequence[SharedPortion]) -> bytes:
    columns: dict[str, list[NDArray[Any]]] = {
        "registry": [each.portion.claims.keys for each in portions],
        "units": [each.shares.units for each in portions],
        "reason": [_WORDS[each.shares.reason] for each in portions],
        "exact": [each.shares.exact for each in portions],
        "carried_next": [each.shares.carried_next for each in portions],
    }
    return _facility_table(portions, columns)


def _facility_table(
    portions: Sequence[SharedPortion], columns: Mapping[str, Sequence[NDArray[Any]]]
) -> bytes:
    """Return one line a facility, family and source, with these columns after those three."""
    counts = [len(each.portion.claims) for each in portions]
    sources = np.repeat([each.portion.source.encode() for each in portions], counts)
    families = np.repeat([each.portion.claims.family.encode() for each in portions], counts)
    return canonical_table(
        header=("source", "family", *columns),
        columns=[sources, families, *(np.concatenate(parts) for parts in columns.values())],
    )


def _pots_table(portions: Sequence[SharedPortion]) -> bytes:
    rows = [
        (each.portion.source, each.portion.claims.family, region, units)
        for each in portions
        for region, units in zip(each.pot_regions, each.pots.units.tolist(), strict=True)
    ]
    return _table_of_rows(("source", "family", "region", "units"), rows)


def _shares_table(portions: Sequence[SharedPortion]) -> bytes:
    header = ("source", "family", "level", "floors_short", "units", "pots", "unallocated")
    rows = [
        (
            each.portion.source,
            each.portion.claims.family,
            "/".join(map(str, each.shares.level)),
            int(each.shares.floors_short),
            int(each.shares.units.sum()),
            int(each.pots.units.sum()),
            each.shares.unallocated,
        )
        for each in portions
    ]
    return _table_of_rows(header, rows)


def _table_of_rows(header: Sequence[str], rows: Sequence[tuple[object, ...]]) -> bytes:
    columns = [[row[position] for row in rows] for position in range(len(header))]
    return canonical_table(header=header, columns=columns)
