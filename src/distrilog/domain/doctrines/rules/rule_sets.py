"""A rule is a named object; a set of them is a doctrine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from distrilog.domain.doctrines.rules.formulas import Formula, Values
from distrilog.domain.doctrines.rules.parameters import (
    DEPARTMENTS_AT_RISK,
    Parameter,
)
from distrilog.domain.doctrines.rules.texts import Text
from distrilog.domain.facilities.rules import Features


SURGICAL_MASK: Final = "surgical_mask"
FFP2: Final = "ffp2"
GOWN: Final = "gown"
APRON: Final = "apron"
GLOVE: Final = "glove"
CAP: Final = "cap"
GOGGLES: Final = "goggles"
FAMILIES: Final = (SURGICAL_MASK, FFP2, GOWN, APRON, GLOVE, CAP, GOGGLES)


class Where(StrEnum):
    """Where a rule holds."""

    EVERYWHERE = "everywhere"
    AT_RISK = "at_risk"
    ELSEWHERE = "elsewhere"


Selection = tuple[tuple[str, ...], Where, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    One sentence of a text, made a quantity of one family for some groups of facilities.

    It holds everywhere, in the departments at risk, or outside them; and, where `only_with` names
    activities, for the facilities that have beds or places in one of them.
    """

    code: str
    family: str
    groups: tuple[str, ...]
    text: Text
    formula: Formula
    where: Where = Where.EVERYWHERE
    only_with: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What it reads."""
        zone = () if self.where is Where.EVERYWHERE else (DEPARTMENTS_AT_RISK,)
        return (*self.formula.parameters, *zone)

    @property
    def selection(self) -> Selection:
        """What decides for whom it holds."""
        return (self.groups, self.where, self.only_with)

    def rows(self, *, features: Features, values: Values) -> NDArray[np.intp]:
        """Return the positions of the facilities it holds for."""
        holds = np.isin(features.groups, self.groups)
        if self.where is not Where.EVERYWHERE:
            at_risk = np.isin(features.departments, values[DEPARTMENTS_AT_RISK.name])
            holds &= at_risk if self.where is Where.AT_RISK else ~at_risk
        if self.only_with:
            has_one = np.zeros(len(features), dtype=np.bool_)
            for activity in self.only_with:
                has_one |= np.asarray(features.places.get(activity, 0)) > 0
            holds &= has_one
        return np.flatnonzero(holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A doctrine: its rules, and the defaults that differ from those of the parameters."""

    code: str
    title: str
    rules: tuple[Rule, ...]
    default_changes: Mapping[str, int] = field(default_factory=dict)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Everything its rules read, once, in the order of the rules."""
        found = {p.name: p for rule in self.rules for p in rule.parameters}
        return tuple(found.values())

    @property
    def defaults(self) -> dict[str, Any]:
        """The parameters of a version nobody changed, ready for JSON."""
        own = {
            p.name: list(p.default) if isinstance(p.default, tuple) else p.default
            for p in self.parameters
        }
        return own | dict(self.default_changes)

    @property
    def reads_peers(self) -> frozenset[str]:
        """The groups in which a facility's need depends on the others of its class."""
        return frozenset(
            group for rule in self.rules if rule.formula.reads_peers for group in rule.groups
        )
