"""Through which chain a beneficiary is counted (004, note 1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


# What no text says otherwise (003, annex of 20 March): the hospital platform; wholesalers serve pharmacies.
DEFAULT_CHAIN = "platform"
PHARMACY = "pharmacy"


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitRule:
    """A counting circuit that holds on the day: `category` empty means the whole group, `family` empty all."""

    group: str
    category: str
    family: str
    chain: str
    starts_on: date


def chain_of(*, group: str, category: str, rules: Sequence[CircuitRule]) -> str:
    """
    Return the one chain that counts the need of a category: the narrowest rule, then the latest.

    `rules` hold on the day and concern the family asked for. A pharmacy is never counted elsewhere.
    """
    if group == PHARMACY:
        return PHARMACY
    reaching = [rule for rule in rules if rule.group == group and rule.category in {"", category}]
    narrowest = max(
        reaching,
        key=lambda rule: (bool(rule.category), bool(rule.family), rule.starts_on),
        default=None,
    )
    return DEFAULT_CHAIN if narrowest is None else narrowest.chain
