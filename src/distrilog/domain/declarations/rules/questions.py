"""
What looks wrong without being impossible: asked about, never refused. Pure.

Three slips are looked for: boxes counted for units (or units for boxes), a digit too many or too few, and a
jump that nothing explains. Each question gives the value that was likely meant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from distrilog.domain.declarations.rules.cover import SAFETY_WEEKS, safety_stock
from distrilog.domain.declarations.rules.lines import FamilyNeed, Said
from distrilog.domain.declarations.rules.suggestions import Past, suggested_stock
from distrilog.kernel.refusals import Fault
from distrilog.kernel.weeks import Week


# Two counts of one shelf differ by less than a quarter: within it, a number is the other one.
NEAR: Final = 4
TEN: Final = 10
# A week at five times the usual consumption is rarer than a slip.
JUMP: Final = 5
# So little is no slip that matters, against a crisis need that may be of a few units.
BOXES_NEVER_ASKED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doubt:
    """What looks wrong with a value: why, in French, and what was likely meant (None: nobody knows)."""

    code: str
    why: str
    likely: int | None = None


def questions(
    line: Said, *, family: FamilyNeed, past: Past | None, week: Week, where: str
) -> list[Fault]:
    """Return what to ask about a line that has no fault; nothing about bands."""
    if line.band or line.stock is None:
        return []
    doubts = (
        ("stock", line.stock, _stock_doubt(line, family=family, past=past, week=week)),
        (
            "consumption",
            line.consumption,
            None
            if line.consumption is None
            else _consumption_doubt(line.consumption, family=family, past=past),
        ),
    )
    return [
        _question(doubt, value=value or 0, family=family, where=f"{where}.{name}")
        for name, value, doubt in doubts
        if doubt is not None
    ]


def surprises_nobody(
    *, stock: int, consumption: int | None, need: int, past: int | None, usual: int | None
) -> bool:
    """
    Tell at once that `questions` would ask nothing, as for most lines of a file; False says nothing.

    `past` is the last stock, None where nothing was said before; `usual` the usual consumption.
    """
    if past is None:
        few = stock < TEN * SAFETY_WEEKS * need
        return need == 0 or (few and (consumption is None or consumption < TEN * need))
    return _near(stock, past) and (
        consumption is None or (usual is not None and _near(consumption, usual))
    )


def _question(doubt: _Doubt, *, value: int, family: FamilyNeed, where: str) -> Fault:
    meant = "" if doubt.likely is None else f" Vouliez-vous dire {doubt.likely} ?"
    return Fault(
        where=where,
        message=f"{family.name} : {value} {doubt.why}{meant}",
        remedy="Corrigez la quantité, ou confirmez-la.",
        values={
            "code": doubt.code,
            "family": family.code,
            "said": value,
            "likely": doubt.likely,
        },
    )


def _near(one: int, other: int) -> bool:
    """Tell whether two counts are of one thing: less than a quarter apart."""
    return abs(one - other) * NEAR < max(one, other)


def _slip(value: int, expected: Sequence[int], *, box_units: int) -> _Doubt | None:
    """Return the slip that makes a value of one that was expected."""
    boxes = [units for units in expected if box_units > 1 and _near(value * box_units, units)]
    if value and boxes:
        return _Doubt(
            code="unit-or-box",
            why="ressemble à un nombre de boîtes, au lieu d’unités.",
            likely=value * box_units,
        )
    units = [each for each in expected if box_units > 1 and _near(value, each * box_units)]
    if units:
        return _Doubt(
            code="unit-or-box",
            why=f"semble compté deux fois par boîte de {box_units}.",
            likely=value // box_units,
        )
    if value and any(_near(value * TEN, each) for each in expected):
        return _Doubt(
            code="factor-of-ten", why="est dix fois moins qu’attendu.", likely=value * TEN
        )
    if any(each and _near(value, each * TEN) for each in expected):
        return _Doubt(
            code="factor-of-ten", why="est dix fois plus qu’attendu.", likely=value // TEN
        )
    return None


def _stock_doubt(line: Said, *, family: FamilyNeed, past: Past | None, week: Week) -> _Doubt | None:
    stock = line.stock or 0
    if past is None:
        return _hoard(stock, family=family)
    expected = _expected(line, past=past, week=week)
    close = any(_near(stock, each) or abs(stock - each) < family.box_units for each in expected)
    if close:
        return None
    slip = _slip(stock, expected, box_units=family.box_units)
    if slip is not None:
        return slip
    # Without news of deliveries a rise may have its reason: only who knows them can be surprised.
    if past.delivered is None:
        return None
    rise = stock - max(expected)
    if rise > max(past.stock, family.need, family.box_units * BOXES_NEVER_ASKED):
        return _Doubt(
            code="rise-without-delivery",
            why=f"est {rise} de plus que prévu, sans livraison connue.",
        )
    return None


def _expected(line: Said, *, past: Past, week: Week) -> list[int]:
    """Return the stocks that would surprise nobody: the last one, and it after what was used and what came."""
    used = max(0, past.stock - (line.consumption or 0)) + (past.delivered or 0)
    return [past.stock, used, suggested_stock(past=past, week=week)]


def _hoard(stock: int, *, family: FamilyNeed) -> _Doubt | None:
    """Ask about a first stock of more than thirty weeks: the crisis need is all there is to compare with."""
    safety = safety_stock(need=family.need, box_units=family.box_units)
    if not family.need or stock < max(TEN * safety, family.box_units * BOXES_NEVER_ASKED):
        return None
    return _Doubt(
        code="factor-of-ten",
        why=f"est plus de {SAFETY_WEEKS * TEN} semaines de votre besoin de crise.",
        likely=stock // family.box_units,
    )


def _consumption_doubt(consumption: int, *, family: FamilyNeed, past: Past | None) -> _Doubt | None:
    usual = past.usual if past else None
    if usual is None:
        return _burn(consumption, family=family)
    if _near(consumption, usual) or abs(consumption - usual) < family.box_units:
        return None
    slip = _slip(consumption, [usual], box_units=family.box_units)
    if slip is not None:
        return slip
    if consumption > JUMP * usual:
        return _Doubt(
            code="sudden-jump",
            why=f"est plus de {JUMP} fois votre consommation habituelle ({usual}).",
        )
    return None


def _burn(consumption: int, *, family: FamilyNeed) -> _Doubt | None:
    """Ask about a first consumption of ten times the crisis need."""
    small = family.box_units * BOXES_NEVER_ASKED
    if not family.need or consumption < max(TEN * family.need, small):
        return None
    return _Doubt(
        code="factor-of-ten",
        why="est plus de dix fois votre besoin de crise.",
        likely=consumption // TEN,
    )
