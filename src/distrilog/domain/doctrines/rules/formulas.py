"""
From counts and parameters to units, and to the same calculation in French words.

Exact: coefficients are fractions, brought to one denominator, and the sum of a rule is rounded up to
the unit once, at its end. Bounds: a rule multiplies at most one rate (10^6 thousandths), the days (7)
and two shares (10^3 each); with counts of at most 10^7 and twelve terms the largest integer is below
12 × 10^7 × 7 × 10^9 < 2^63. A size key multiplies a size (10^7), a mean (10^5) and a class (3 × 10^6).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from distrilog.domain.doctrines.rules.parameters import THOUSAND, Kind, Parameter
from distrilog.domain.facilities.rules import Features


Integers = NDArray[np.int64]
Values = Mapping[str, Any]
FRENCH_PLURAL_FROM: Final = 2
_DENOMINATORS: Final[Mapping[Kind, int]] = {
    Kind.UNITS: 1,
    Kind.DAYS: 1,
    Kind.THOUSANDTHS: THOUSAND,
    Kind.SHARE: THOUSAND,
}


class Formula(Protocol):
    """How a rule counts. `peers` is the whole class of the rows: only size keys read it."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What it reads."""

    @property
    def reads_peers(self) -> bool:
        """Whether a row's quantity depends on the others of its class."""

    def units(self, *, features: Features, peers: Features, values: Values) -> Integers:
        """Return units a week, row for row."""

    def words(self, *, features: Features, peers: Features, values: Values) -> str:
        """Return the calculation of the one row, in French."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What is counted in a facility: staff of some roles, beds of some activities, or itself."""

    noun: tuple[str, str]
    roles: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()

    def of(self, features: Features) -> Integers:
        """Return the count of each row; a structure that counts neither staff nor beds is one."""
        if not self.roles and not self.activities:
            return np.ones(len(features), dtype=np.int64)
        total = np.zeros(len(features), dtype=np.int64)
        for role in self.roles:
            total += features.staff.get(role, 0)
        for activity in self.activities:
            total += features.places.get(activity, 0)
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A count times some parameters."""

    counted: Counted
    factors: tuple[Parameter, ...]

    def words(self, *, count: int, values: Values) -> str:
        """« 80 places × 5 masques »."""
        factors = [factor_words(factor, values) for factor in self.factors]
        return " × ".join([counted_words(count, self.counted.noun), *factors])


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportional:
    """A sum of terms, times what they have in common, rounded up to the unit once."""

    terms: tuple[Term, ...]
    common: tuple[Parameter, ...] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What it reads."""
        return (*(factor for term in self.terms for factor in term.factors), *self.common)

    @property
    def reads_peers(self) -> bool:
        """Never: a row is counted by itself."""
        return False

    def units(self, *, features: Features, peers: Features, values: Values) -> Integers:
        """Return units a week, row for row."""
        del peers
        coefficients = self._coefficients(values)
        scale = lcm(*(each.denominator for each in coefficients))
        total = np.zeros(len(features), dtype=np.int64)
        for term, coefficient in zip(self.terms, coefficients, strict=True):
            total += term.counted.of(features) * int(coefficient * scale)
        return -(-total // scale)

    def words(self, *, features: Features, peers: Features, values: Values) -> str:
        """« (120 soignants × 48 gants + 10 agents × 2 gants) × 7 jours × 40 % = 16 184 »."""
        counts = [int(term.counted.of(features)[0]) for term in self.terms]
        exact = sum(
            (
                count * coefficient
                for count, coefficient in zip(counts, self._coefficients(values), strict=True)
            ),
            start=Fraction(0),
        )
        shown = [(t, n) for t, n in zip(self.terms, counts, strict=True) if n] or [
            (self.terms[0], 0)
        ]
        sum_words = " + ".join(term.words(count=count, values=values) for term, count in shown)
        if len(shown) > 1 and self.common:
            sum_words = f"({sum_words})"
        common = [factor_words(factor, values) for factor in self.common]
        units = int(self.units(features=features, peers=peers, values=values)[0])
        return f"{' × '.join([sum_words, *common])} = {result_words(exact, units)}"

    def _coefficients(self, values: Values) -> list[Fraction]:
        common = _product(self.common, values)
        return [_product(term.factors, values) * common for term in self.terms]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeKey:
    """
    So many units a structure on average over its class, shared out by size: the mean is exact.

    Shares are rounded by largest remainder, equal remainders by registry number, so that the
    class's total is the mean times the number of structures, to the unit. A structure of unknown
    size counts for one.
    """

    counted: Counted
    mean: tuple[Parameter, ...]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What it reads."""
        return self.mean

    @property
    def reads_peers(self) -> bool:
        """Always: the mean is that of the class."""
        return True

    def units(self, *, features: Features, peers: Features, values: Values) -> Integers:
        """Return units a week, row for row; ValueError if a row is not among its peers."""
        if not len(features):
            return np.zeros(0, dtype=np.int64)
        shares = self._class_shares(peers, values)
        if features is peers:
            return shares
        order = np.argsort(peers.registries)
        sorted_registries = peers.registries[order]
        found = np.searchsorted(sorted_registries, features.registries)
        found = np.minimum(found, len(order) - 1)
        if not np.array_equal(sorted_registries[found], features.registries):
            raise ValueError("every row must be among its peers")
        return shares[order[found]]

    def words(self, *, features: Features, peers: Features, values: Values) -> str:
        """« 1 boîte × 50 masques en moyenne …, 12 équipiers pour 8,4 en moyenne = 71 »."""
        size = int(np.maximum(self.counted.of(features), 1)[0])
        sizes = np.maximum(self.counted.of(peers), 1)
        mean_tenths = round(Fraction(10 * int(sizes.sum()), len(sizes)))
        mean = decimal_words(Fraction(mean_tenths, 10))
        units = int(self.units(features=features, peers=peers, values=values)[0])
        factors = " × ".join(factor_words(factor, values) for factor in self.mean)
        return (
            f"{factors} en moyenne par structure, selon la taille "
            f"({counted_words(size, self.counted.noun)} pour {mean} en moyenne) = "
            f"{number_words(units)}"
        )

    def _class_shares(self, peers: Features, values: Values) -> Integers:
        sizes = np.maximum(self.counted.of(peers), 1)
        total = int(_product(self.mean, values)) * len(sizes)
        weighted = sizes * total
        everyone = int(sizes.sum())
        shares = weighted // everyone
        left = total - int(shares.sum())
        order = np.lexsort((peers.registries, -(weighted - shares * everyone)))
        shares[order[:left]] += 1
        return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """A beneficiary to whom the text gives no quantity."""

    because: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Nothing is read."""
        return ()

    @property
    def reads_peers(self) -> bool:
        """Never."""
        return False

    def units(self, *, features: Features, peers: Features, values: Values) -> Integers:
        """Return zeros."""
        del peers, values
        return np.zeros(len(features), dtype=np.int64)

    def words(self, *, features: Features, peers: Features, values: Values) -> str:
        """Say why it is nothing."""
        del features, peers, values
        return f"{self.because} = 0"


def _product(factors: Sequence[Parameter], values: Values) -> Fraction:
    product = Fraction(1)
    for factor in factors:
        product *= Fraction(values[factor.name], _DENOMINATORS[factor.kind])
    return product


def factor_words(factor: Parameter, values: Values) -> str:
    """« 5 masques », « 40 % », « 0,1 lunette »."""
    value = Fraction(values[factor.name], _DENOMINATORS[factor.kind])
    if factor.kind is Kind.SHARE:
        return f"{decimal_words(value * 100)} %"
    return f"{decimal_words(value)} {_noun(value, factor.noun)}"


def counted_words(count: int, noun: tuple[str, str]) -> str:
    """« 1 place », « 80 places »."""
    return f"{number_words(count)} {_noun(count, noun)}"


def _noun(value: Fraction | int, noun: tuple[str, str]) -> str:
    return noun[0] if value < FRENCH_PLURAL_FROM else noun[1]


def result_words(exact: Fraction, units: int) -> str:
    """« 400 », or « 277,2, arrondi à 278 » where rounding added something."""
    if exact == units:
        return number_words(units)
    return f"{decimal_words(exact)}, arrondi à {number_words(units)}"


def decimal_words(value: Fraction) -> str:
    """Return a decimal number in French, exact to nine digits, without useless zeros."""
    whole, part = divmod(value, 1)
    digits = f"{int(part * 10**9):09d}".rstrip("0")
    return f"{number_words(int(whole))},{digits}" if digits else number_words(int(whole))


def number_words(number: int) -> str:
    """Return the number with its thousands set apart by a narrow no-break space."""
    return f"{number:,}".replace(",", "\u202f")
