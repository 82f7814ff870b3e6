"""Every number of a run, recomputed and compared line by line."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final

from distrilog.verifier.inputs import Claimants, Portion, read_claims, read_portions
from distrilog.verifier.reading import TABLES, read_lines
from distrilog.verifier.recomputing import Answer, Claim, share


FAULTS_SHOWN: Final = 20


def number_faults(files: Mapping[str, bytes], *, week: str) -> list[str]:
    """Recompute the run from parameters and claims, and compare every line."""
    portions = read_portions(files["parameters.json"])
    expected: dict[str, list[str]] = {name: [] for name in ("quotas.csv", "pots.csv", "shares.csv")}
    faults: list[str] = []
    for portion, own in read_claims(files["claims.csv"], portions):
        pots = _pots(portion, own, week=week)
        left = portion.envelope - sum(pots.values())
        lot = f"{week}|{portion.family}|"
        answer = share(own.claims, envelope=left, box=portion.box, lot=lot)
        faults += _law_faults(portion, own.claims, answer, envelope=left)
        name = f"{portion.source},{portion.family}"
        expected["pots.csv"] += [f"{name},{region},{units}" for region, units in pots.items()]
        expected["shares.csv"].append(f"{name},{_share_text(answer, pots, left)}")
        expected["quotas.csv"] += [
            f"{name},{claim.key},{line.units},{line.reason},{line.exact},{line.carried_next}"
            for claim, line in zip(own.claims, answer.lines, strict=True)
        ]
    for name, lines in expected.items():
        faults += _line_faults(name, files[name], sorted(lines))
    return faults


def _share_text(answer: Answer, pots: Mapping[str, int], envelope: int) -> str:
    numerator, denominator = answer.level
    units = sum(line.units for line in answer.lines)
    level = f"{numerator}/{denominator}"
    short = int(answer.floors_short)
    return f"{level},{short},{units},{sum(pots.values())},{envelope - units}"


def _pots(portion: Portion, own: Claimants, *, week: str) -> dict[str, int]:
    """Recompute the regional pots, by the facilities' own rule."""
    if not portion.pot_thousandths:
        return {}
    aside = portion.envelope * portion.pot_thousandths // 1000
    needs: dict[str, int] = {}
    for region, claim in zip(own.regions, own.claims, strict=True):
        needs[region] = needs.get(region, 0) + claim.need
    claims = [
        Claim(region, needs[region], 0, 0, portion.pot_cap(region), 0) for region in sorted(needs)
    ]
    lot = f"{week}|{portion.family}|"
    answer = share(claims, envelope=aside, box=portion.box, lot=lot)
    return {claim.key: line.units for claim, line in zip(claims, answer.lines, strict=True)}


def _law_faults(
    portion: Portion, claims: Sequence[Claim], answer: Answer, *, envelope: int
) -> Iterable[str]:
    """Check the laws on the answer itself, should both computations share an error."""
    box, name = portion.box, f"{portion.source}, {portion.family}"
    if sum(line.units for line in answer.lines) > envelope:
        yield f"{name} : plus d’unités réparties que l’enveloppe n’en contient."
    for claim, line in zip(claims, answer.lines, strict=True):
        if line.units % box or not 0 <= line.units < claim.cap + box:
            yield f"{name}, {claim.key} : boîte entamée ou plafond dépassé."
        if abs(1000 * line.units - line.exact) >= 1000 * box:
            yield f"{name}, {claim.key} : l’arrondi dépasse une boîte."
        floor = min(claim.floor, claim.cap) if claim.need else 0
        if line.units < floor and not answer.floors_short:
            yield f"{name}, {claim.key} : plancher non tenu."


def _line_faults(name: str, content: bytes, expected: Sequence[str]) -> Iterable[str]:
    right = "\n".join([TABLES[name], *expected, ""])
    if content == right.encode():
        return
    read = read_lines(name, content)
    differing = [
        f"{name}, ligne {number} : « {found} » lu, « {line} » recalculé."
        for number, (found, line) in enumerate(zip_longest(read, expected, fillvalue=""), start=2)
        if found != line
    ]
    yield from differing[:FAULTS_SHOWN]
    if len(differing) > FAULTS_SHOWN:
        yield f"{name} : {len(differing) - FAULTS_SHOWN} autres lignes diffèrent."
