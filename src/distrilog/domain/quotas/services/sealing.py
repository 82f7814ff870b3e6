"""A computed run as canonical files, and the head that names them. The format is told in `docs/fair-share.md`."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any, Final

from distrilog.domain.quotas.rules import Reason
from distrilog.domain.quotas.services.computing import Portion
from distrilog.domain.quotas.services.decisions import Decisions
from distrilog.kernel.seals import canonical_json, canonical_table


PARAMETERS: Final = "parameters.json"
CLAIMS: Final = "claims.csv"
QUOTAS: Final = "quotas.csv"
POTS: Final = "pots.csv"
SHARES: Final = "shares.csv"
REASON_WORDS: Final = {reason: reason.name.lower() for reason in Reason}

Column = Iterable[object]


def files_of(
    *,
    decisions: Decisions,
    portions: Sequence[Portion],
    regions: Sequence[str],
    cover: Mapping[str, Any],
) -> dict[str, bytes]:
    """
    Return the five sealed files; `regions` is the region of each facility, row for row.

    `cover` says which declarations were read, and is empty where none were.
    """
    return {
        PARAMETERS: _parameters(decisions, portions, cover),
        CLAIMS: _claims(portions, regions),
        QUOTAS: _quotas(portions),
        POTS: _pots(portions),
        SHARES: _shares(portions),
    }


def _parameters(
    decisions: Decisions, portions: Sequence[Portion], cover: Mapping[str, Any]
) -> bytes:
    rows: list[dict[str, Any]] = [
        {
            "source": portion.source,
            "family": portion.family,
            "envelope": portion.envelope,
            "box": portion.box,
            "pot_thousandths": portion.pot_thousandths,
            "pot_caps": {},
        }
        for portion in portions
    ]
    told = {**decisions.as_json(), **({"cover": cover} if cover else {})}
    return canonical_json({"decisions": told, "portions": rows})


def _claims(portions: Sequence[Portion], regions: Sequence[str]) -> bytes:
    return _table(
        "source,family,registry,region,need,have,floor,cap,carried",
        (
            [
                repeat(portion.source, len(portion.rows)),
                repeat(portion.family, len(portion.rows)),
                _text(portion.claims.keys.tolist()),
                [regions[row] for row in portion.rows.tolist()],
                portion.claims.need.tolist(),
                portion.claims.have.tolist(),
                portion.claims.floor.tolist(),
                portion.claims.cap.tolist(),
                portion.claims.carried.tolist(),
            ]
            for portion in portions
        ),
    )


def _quotas(portions: Sequence[Portion]) -> bytes:
    return _table(
        "source,family,registry,units,reason,exact,carried_next",
        (
            [
                repeat(portion.source, len(portion.rows)),
                repeat(portion.family, len(portion.rows)),
                _text(portion.claims.keys.tolist()),
                portion.shares.units.tolist(),
                [REASON_WORDS[Reason(code)] for code in portion.shares.reason.tolist()],
                portion.shares.exact.tolist(),
                portion.shares.carried_next.tolist(),
            ]
            for portion in portions
        ),
    )


def _pots(portions: Sequence[Portion]) -> bytes:
    return _table(
        "source,family,region,units",
        (
            [
                repeat(portion.source, len(portion.regions)),
                repeat(portion.family, len(portion.regions)),
                portion.regions,
                portion.pots.units.tolist(),
            ]
            for portion in portions
            if portion.pot_thousandths
        ),
    )


def _shares(portions: Sequence[Portion]) -> bytes:
    rows = [
        [
            portion.source,
            portion.family,
            f"{portion.shares.level[0]}/{portion.shares.level[1]}",
            int(portion.shares.floors_short),
            int(portion.shares.units.sum()),
            portion.pot_units,
            portion.unallocated,
        ]
        for portion in portions
    ]
    header = "source,family,level,floors_short,units,pots,unallocated"
    return _table(header, [list(zip(*rows, strict=True))])


def _table(header: str, pieces: Iterable[Sequence[Column]]) -> bytes:
    names = header.split(",")
    columns: list[Sequence[Column]] = list(zip(*pieces, strict=True)) or [()] * len(names)
    return canonical_table(header=names, columns=[list(chain(*column)) for column in columns])


def _text(keys: Sequence[bytes]) -> list[str]:
    return [key.decode() for key in keys]
