"""What a warehouse decides: what it can serve, which lots it takes, how it fills cartons. No clock, no database."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256

from distrilog.integrations.operator.content import Answer, ConfirmedLine, Outcome


UNKNOWN = "Famille ou article inconnu de l’entrepôt."
SHORT = "Stock insuffisant à l’entrepôt."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Units of a family to serve for one line; `gtin` is the article proposed, or empty."""

    number: int
    family: str
    gtin: str
    units: int
    box_units: int = 1


@dataclass(slots=True, kw_only=True)
class Bin:
    """Units of a lot that may be taken."""

    family: str
    gtin: str
    lot: str
    expires_on: str | None
    free: int
    box_units: int
    carton_units: int

    @property
    def whole(self) -> int:
        """Units that make whole boxes."""
        return self.free - self.free % self.box_units


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """Units of one lot taken for one line."""

    number: int
    bin: Bin
    units: int
    substitute: bool


@dataclass(slots=True)
class Shelf:
    """The usable lots of a warehouse, from which orders take; the bins come first expired first."""

    bins: Iterable[Bin]
    by_family: dict[str, list[Bin]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for one in self.bins:
            self.by_family[one.family].append(one)

    def free(self, family: str) -> int:
        """Return the units in whole boxes that a family has."""
        return sum(one.whole for one in self.by_family.get(family, []))

    def pick(self, wanted: Wanted) -> Iterator[Pick]:
        """
        Take whole boxes, first expired first, from the article proposed and then from its family.

        What comes from another article than the one proposed is a substitute.
        """
        bins = self.by_family.get(wanted.family, [])
        proposed = [one for one in bins if wanted.gtin in {"", one.gtin}]
        others = [one for one in bins if wanted.gtin not in {"", one.gtin}]
        left = wanted.units
        for one in (*proposed, *others):
            taken = min(one.whole, left - left % one.box_units)
            if taken <= 0:
                continue
            one.free -= taken
            left -= taken
            substitute = wanted.gtin not in {"", one.gtin}
            yield Pick(number=wanted.number, bin=one, units=taken, substitute=substitute)
        by_family = self.by_family
        by_family[wanted.family] = [one for one in bins if one.whole]


@dataclass(frozen=True, slots=True)
class Said:
    """The answer to an order: one word, and units for each line."""

    answer: Answer
    lines: list[ConfirmedLine]


def confirm(
    lines: Sequence[Wanted], *, free: dict[str, int], articles: dict[str, set[str]]
) -> Said:
    """Say what can be served, and count it off `free`; `articles` are those known of each family."""
    said = [_confirm_line(line, free=free, articles=articles) for line in lines]
    if all(one.reason == UNKNOWN for one in said):
        return Said(Answer.REFUSED, said)
    if all(one.units == line.units for one, line in zip(said, lines, strict=True)):
        return Said(Answer.ACCEPTED, said)
    return Said(Answer.SHORT, said)


def _confirm_line(
    line: Wanted, *, free: dict[str, int], articles: dict[str, set[str]]
) -> ConfirmedLine:
    known = articles.get(line.family, set())
    if not known or (line.gtin and line.gtin not in known):
        return ConfirmedLine(number=line.number, units=0, reason=UNKNOWN)
    units = min(line.units, free.get(line.family, 0))
    units -= units % line.box_units
    free[line.family] = free.get(line.family, 0) - units
    reason = "" if units == line.units else SHORT
    return ConfirmedLine(number=line.number, units=units, reason=reason)


def cartons(picks: Iterable[Pick]) -> list[list[Pick]]:
    """Fill cartons one after the other with whole boxes; a mixed one is full when its shares make one."""
    filled: list[list[Pick]] = []
    room = Fraction(0)
    for pick in picks:
        left = pick.units
        while left:
            fits = int(room * pick.bin.carton_units) // pick.bin.box_units * pick.bin.box_units
            if fits == 0:
                filled.append([])
                room = Fraction(1)
                continue
            units = min(left, fits)
            left -= units
            room -= Fraction(units, pick.bin.carton_units)
            part = Pick(number=pick.number, bin=pick.bin, units=units, substitute=pick.substitute)
            filled[-1].append(part)
    return filled


@dataclass(frozen=True, slots=True)
class Journey:
    """How a parcel's way will end, and after how many lead times."""

    outcome: Outcome
    leads: float


def journey(sscc: str, *, mishaps_per_thousand: int) -> Journey:
    """Draw a parcel's fate from its number: the same each time it is asked."""
    drawn = int.from_bytes(sha256(sscc.encode()).digest()[:8], "big")
    pace = 0.75 + drawn % 500 / 1000
    if drawn // 1000 % 1000 >= mishaps_per_thousand:
        return Journey(Outcome.DELIVERED, pace)
    outcome = Outcome.REFUSED if drawn // 1_000_000 % 2 else Outcome.LOST
    return Journey(outcome, 2 * pace)  # There and back, or searched for as long.
