"""Needs of the country, and the lines behind one facility's: both from the same rules, so they cannot differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from distrilog.domain.doctrines.rules.formulas import Integers, Values
from distrilog.domain.doctrines.rules.march import MARCH_20, MARCH_26
from distrilog.domain.doctrines.rules.october import OCTOBER
from distrilog.domain.doctrines.rules.parameters import DoctrineParametersMissing, faults_of
from distrilog.domain.doctrines.rules.rule_sets import FAMILIES, Rule, RuleSet, Selection
from distrilog.domain.doctrines.rules.texts import Source
from distrilog.domain.facilities.rules import Features
from distrilog.kernel.refusals import Fault, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedLine:
    """What one rule gives one facility of one family: units a week, the sentence, the calculation."""

    rule: str
    family: str
    units: int
    sentence: str
    source: Source
    calculation: str


class UnknownRuleSet(Refusal):
    """Ce jeu de règles n’existe pas."""

    slug = "unknown-rule-set"
    status = 422


RULE_SETS: Final[Mapping[str, RuleSet]] = {
    rule_set.code: rule_set for rule_set in (MARCH_20, MARCH_26, OCTOBER)
}


def rule_set_of(code: str) -> RuleSet:
    """Return the rule set of a code, or refuse."""
    found = RULE_SETS.get(code)
    if found is None:
        known = ", ".join(RULE_SETS)
        raise UnknownRuleSet(
            Fault(
                where="rule_set",
                message=f"« {code[:40]} » n’est pas un jeu de règles.",
                remedy=f"Choisir parmi : {known}.",
            )
        )
    return found


def require_parameters(*, rule_set: str, parameters: Any) -> None:
    """Refuse parameters that are missing, ill-typed or unknown: all of them at once."""
    faults = parameter_faults(rule_set=rule_set, parameters=parameters)
    if faults:
        raise DoctrineParametersMissing(*faults)


def parameter_faults(*, rule_set: str, parameters: Any) -> list[Fault]:
    """Return everything wrong with the parameters of a version, in French; empty when all is well."""
    return faults_of(known=rule_set_of(rule_set).parameters, given=parameters)


def needs(
    *, rule_set: str, parameters: Values, features: Features, peers: Features | None = None
) -> dict[str, Integers]:
    """
    Return units a week by family, int64, row for row of `features`; zero where no rule speaks.

    Pass the facilities of the whole country, or hand them in as `peers`: a size key reads the class.
    Refuses bad parameters.
    """
    require_parameters(rule_set=rule_set, parameters=parameters)
    found = {family: np.zeros(len(features), dtype=np.int64) for family in FAMILIES}
    # Many rules hold for the same facilities: each selection is made once.
    selections: dict[Selection, tuple[NDArray[np.intp], Features]] = {}
    for rule in rule_set_of(rule_set).rules:
        if rule.selection not in selections:
            rows = rule.rows(features=features, values=parameters)
            selections[rule.selection] = rows, features.pick(rows)
        rows, chosen = selections[rule.selection]
        found[rule.family][rows] += rule.formula.units(
            features=chosen,
            peers=_class_of(rule, chosen=chosen, peers=peers, values=parameters),
            values=parameters,
        )
    return found


def need_lines(
    *, rule_set: str, parameters: Values, facility: Features, peers: Features | None = None
) -> list[NeedLine]:
    """
    Return what each rule gives the one facility, in the order of the rules; their sum is its need.

    `peers` is its whole class, needed only in the groups of `RuleSet.reads_peers`: ValueError
    without it there, since a facility alone would always be the mean.
    """
    require_parameters(rule_set=rule_set, parameters=parameters)
    if len(facility) != 1:
        raise ValueError("lines are those of one facility")
    return list(_lines(rule_set_of(rule_set), parameters, facility, peers))


def _lines(
    rules: RuleSet, values: Values, facility: Features, peers: Features | None
) -> Iterator[NeedLine]:
    for rule in rules.rules:
        if not len(rule.rows(features=facility, values=values)):
            continue
        if rule.formula.reads_peers and peers is None:
            raise ValueError(f"rule {rule.code} reads the whole class: pass its peers")
        around = _class_of(rule, chosen=facility, peers=peers, values=values)
        units = rule.formula.units(features=facility, peers=around, values=values)
        yield NeedLine(
            rule=rule.code,
            family=rule.family,
            units=int(units[0]),
            sentence=rule.text.sentence,
            source=rule.text.source,
            calculation=rule.formula.words(features=facility, peers=around, values=values),
        )


def _class_of(rule: Rule, *, chosen: Features, peers: Features | None, values: Values) -> Features:
    if peers is None or not rule.formula.reads_peers:
        return chosen
    return peers.pick(rule.rows(features=peers, values=values))
