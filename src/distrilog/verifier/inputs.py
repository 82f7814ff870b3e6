"""What a run starts from: its parameters and its claims, each number within its limits."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from distrilog.verifier.reading import Unreadable, is_code, read_json, read_lines
from distrilog.verifier.recomputing import Claim


_UNITS_LIMIT: Final = 10**9
_TOTAL_NEED_LIMIT: Final = 2**48
_CARRIED_LIMIT: Final = 10**15
_ENVELOPE_LIMIT: Final = 10**12
_BOX_LIMIT: Final = 10**6


@dataclass(frozen=True, kw_only=True, slots=True)
class Portion:
    """One family from one source: what the parameters say of it."""

    source: str
    family: str
    envelope: int
    box: int
    pot_thousandths: int
    pot_caps: Mapping[str, int]

    def pot_cap(self, region: str) -> int:
        """Return the most a region's pot may hold."""
        return self.pot_caps.get(region, _UNITS_LIMIT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimants:
    """The claims of one portion, with the region of each."""

    claims: list[Claim]
    regions: Sequence[str]


def read_portions(content: bytes) -> dict[tuple[str, str], Portion]:
    """Return the portions by source and family; raise Unreadable for any out of form or limits."""
    parameters = read_json("parameters.json", content)
    if set(parameters) != {"decisions", "portions"}:
        raise Unreadable("parameters.json : les rubriques ne sont pas celles du format 1.")
    rows = parameters["portions"]
    if not isinstance(rows, list):
        raise Unreadable("parameters.json : la liste des répartitions est illisible.")
    portions = [_read_portion(row) for row in rows]
    places = [(portion.source, portion.family) for portion in portions]
    if places != sorted(set(places)):
        raise Unreadable("parameters.json : les répartitions ne sont pas en ordre croissant.")
    return dict(zip(places, portions, strict=True))


def _read_portion(row: object) -> Portion:
    names = {"source", "family", "envelope", "box", "pot_thousandths", "pot_caps"}
    if not isinstance(row, dict) or set(row) != names:
        raise Unreadable("parameters.json : une répartition n’a pas les rubriques du format 1.")
    caps = row["pot_caps"]
    holds = (
        is_code(row["source"])
        and is_code(row["family"])
        and _is_count(row["envelope"], most=_ENVELOPE_LIMIT)
        and _is_count(row["box"], least=1, most=_BOX_LIMIT)
        and _is_count(row["pot_thousandths"], most=1000)
        and isinstance(caps, dict)
        and all(is_code(code) and _is_count(cap, most=_UNITS_LIMIT) for code, cap in caps.items())
    )
    if not holds:
        raise Unreadable("parameters.json : une répartition a une valeur hors limites.")
    return Portion(**row)


def _is_count(value: object, *, least: int = 0, most: int) -> bool:
    return type(value) is int and least <= value <= most


def read_claims(
    content: bytes, portions: Mapping[tuple[str, str], Portion]
) -> Iterable[tuple[Portion, Claimants]]:
    """
    Return each portion with its claims; raise Unreadable for any that is not as it must be.

    One portion at a time, so that a run of any size is read in the memory of its largest portion.
    """
    lines = read_lines("claims.csv", content)
    regions_by_registry: dict[str, str] = {}
    served: dict[str, set[str]] = {}
    start = 0
    for (source, family), portion in portions.items():
        # Lines are sorted, and portions come in the same order: « - » is the byte after the comma.
        end = bisect_left(lines, f"{source},{family}-", lo=start)
        if not all(line.startswith(f"{source},{family},") for line in lines[start:end]):
            break
        own = _read_claimants(lines[start:end])
        _refuse_doubles(own, served.setdefault(family, set()), regions_by_registry)
        start = end
        yield portion, own
    if start < len(lines):
        raise Unreadable("claims.csv : une répartition est absente des paramètres.")


def _read_claimants(lines: Sequence[str]) -> Claimants:
    if not lines:
        return Claimants(claims=[], regions=())
    try:
        columns = list(zip(*(line.split(",") for line in lines), strict=True))
        _, _, registries, regions, *numbers = columns
        needs, haves, floors, caps, carried = numbers
    except ValueError as error:
        raise Unreadable("claims.csv : une ligne n’a pas ses neuf colonnes.") from error
    for code in {*registries, *regions}:
        if not is_code(code):
            raise Unreadable(f"claims.csv : « {code[:40]} » n’est pas un code.")
    units = [_read_numbers(column) for column in (needs, haves, floors, caps)]
    if sum(units[0]) > _TOTAL_NEED_LIMIT:
        raise Unreadable("claims.csv : la somme des besoins est hors limites.")
    owed = _read_numbers(carried, least=-_CARRIED_LIMIT, most=_CARRIED_LIMIT)
    return Claimants(claims=list(map(Claim, registries, *units, owed)), regions=regions)


def _read_numbers(
    column: Sequence[str], *, least: int = 0, most: int = _UNITS_LIMIT
) -> Sequence[int]:
    """Read a whole column at once, written in the only way and within its limits."""
    try:
        numbers = list(map(int, column))
    except ValueError as error:
        raise Unreadable("claims.csv : un nombre est illisible.") from error
    for number, text in zip(map(str, numbers), column, strict=True):
        if number != text:
            raise Unreadable(f"claims.csv : « {text[:20]} » est mal écrit.")
    if min(numbers) < least or max(numbers) > most:
        raise Unreadable(f"claims.csv : un nombre n’est pas entre {least} et {most}.")
    return numbers


def _refuse_doubles(own: Claimants, served: set[str], regions: dict[str, str]) -> None:
    """Refuse a facility served a family twice, from two sources say, or placed in two regions."""
    registries = [claim.key for claim in own.claims]
    before = len(served)
    served.update(registries)
    if len(served) < before + len(registries):
        raise Unreadable("claims.csv : un établissement est compté deux fois pour une famille.")
    for registry, region in zip(registries, own.regions, strict=True):
        if regions.setdefault(registry, region) != region:
            raise Unreadable("claims.csv : un établissement est dans deux régions.")
