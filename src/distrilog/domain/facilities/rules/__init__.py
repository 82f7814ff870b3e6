"""Registry numbers, columns for doctrines and quotas, the delta of a register file, circuits, contacts. Pure."""

from distrilog.domain.facilities.rules.circuits import CircuitRule, chain_of
from distrilog.domain.facilities.rules.contacts import NEEDS_NONE_OF_ITS_OWN, sharing_fault
from distrilog.domain.facilities.rules.delta import (
    Change,
    Delta,
    Kind,
    Offer,
    Perimeter,
    Record,
    Register,
    State,
    Value,
    compare,
    default,
    neutralised,
    reasons_to_wait,
)
from distrilog.domain.facilities.rules.features import Features
from distrilog.domain.facilities.rules.numbers import (
    OWN_PREFIX,
    RESERVED_PREFIX,
    SIRET_PREFIX,
    check_digit,
    finess_number,
    in_reserved_range,
    luhn_sum,
    own_number,
    registry_fault,
)


__all__ = [
    "NEEDS_NONE_OF_ITS_OWN",
    "OWN_PREFIX",
    "RESERVED_PREFIX",
    "SIRET_PREFIX",
    "Change",
    "CircuitRule",
    "Delta",
    "Features",
    "Kind",
    "Offer",
    "Perimeter",
    "Record",
    "Register",
    "State",
    "Value",
    "chain_of",
    "check_digit",
    "compare",
    "default",
    "finess_number",
    "in_reserved_range",
    "luhn_sum",
    "neutralised",
    "own_number",
    "reasons_to_wait",
    "registry_fault",
    "sharing_fault",
]
