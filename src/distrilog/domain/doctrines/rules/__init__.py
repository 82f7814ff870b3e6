"""Doctrines as dated code: pure decisions, each with the sentence it comes from."""

from distrilog.domain.doctrines.rules.changes import (
    FacilityChange,
    FamilyChange,
    Tally,
    compare,
)
from distrilog.domain.doctrines.rules.eligibility import Eligibility, eligibility
from distrilog.domain.doctrines.rules.needs import (
    RULE_SETS,
    NeedLine,
    UnknownRuleSet,
    need_lines,
    needs,
    parameter_faults,
    require_parameters,
    rule_set_of,
)
from distrilog.domain.doctrines.rules.parameters import (
    AT_RISK_ON_23_MARCH,
    DoctrineParametersMissing,
    Kind,
    Parameter,
)
from distrilog.domain.doctrines.rules.rule_sets import (
    FAMILIES,
    Rule,
    RuleSet,
    Where,
)
from distrilog.domain.doctrines.rules.texts import Source, Text


__all__ = [
    "AT_RISK_ON_23_MARCH",
    "FAMILIES",
    "RULE_SETS",
    "DoctrineParametersMissing",
    "Eligibility",
    "FacilityChange",
    "FamilyChange",
    "Kind",
    "NeedLine",
    "Parameter",
    "Rule",
    "RuleSet",
    "Source",
    "Tally",
    "Text",
    "UnknownRuleSet",
    "Where",
    "compare",
    "eligibility",
    "need_lines",
    "needs",
    "parameter_faults",
    "require_parameters",
    "rule_set_of",
]
