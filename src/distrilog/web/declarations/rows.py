"""A family on the screen of the declaration: its figures, its cover, what is asked of it, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.queries import LineView
from distrilog.domain.declarations.rules import (
    BAND_NAMES,
    LEVEL_NAMES,
    Band,
    FamilyNeed,
    Level,
    cover_tenths,
    level,
)
from distrilog.web.shared import format as french


FIGURES: Final[Mapping[str, str]] = {"stock": "En stock", "consumption": "Utilisé en 7 jours"}
# How each level is coloured, always beside its word.
TAGS: Final[Mapping[Level, str]] = {
    Level.EMPTY: "late",
    Level.ALERT: "late",
    Level.WATCH: "tension",
    Level.COVERED: "good",
}
_WHOLE: Final = 1000
# Where the bar shows the safety stock: what lies beyond is more than was asked.
_TARGET: Final = 750


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the service asks of one figure of a line; `likely` is what was probably meant, in units."""

    name: str
    words: str
    likely: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One family: `values` is what stands in its fields, `units` the stock they say, None where it cannot be read."""

    line: LineView
    family: Family
    values: Mapping[str, str]
    units: int | None
    used: int | None
    banded: bool
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)
    questions: Sequence[Question] = ()
    theirs: LineView | None = None
    confirmed: bool = False
    kept: str = ""

    @property
    def code(self) -> str:
        """The family's code."""
        return self.line.family

    @property
    def figures(self) -> list[tuple[str, str, str, Sequence[str]]]:
        """The two figures: name, label, what stands in the field, its faults."""
        return [
            (name, label, self.values[name], self.faults.get(name, ()))
            for name, label in FIGURES.items()
        ]

    @property
    def wants_an_answer(self) -> bool:
        """Tell whether something of it is wrong, asked about, or said otherwise by somebody else."""
        return bool(any(self.faults.values()) or self.questions or self.theirs)

    @property
    def remembered(self) -> list[tuple[str, str]]:
        """What was declared when the form was made, by field."""
        return [(name, value) for name, value in self.values.items() if name.startswith("was-")]

    @property
    def by_band(self) -> bool:
        """Tell whether a band would say anything of this family: it needs a need."""
        return self.line.need > 0

    @property
    def units_word(self) -> str:
        """The family's unit in the plural, without a number."""
        return french.plural(2, self.family.unit).partition(french.HARD)[2]

    @property
    def target(self) -> str:
        """The safety stock, in boxes."""
        return french.plural(self.line.safety // self.line.box_units, "boîte")

    @property
    def standing(self) -> tuple[str, str]:
        """How the facility would stand with what is typed: the word, its colour."""
        found = level(
            stock=self.units,
            need=self.line.need,
            watch_days=self.line.watch_days,
            alert_days=self.line.alert_days,
        )
        return french.sentence(LEVEL_NAMES[found]), TAGS.get(found, "")

    @property
    def cover(self) -> str:
        """How long the stock would last in a crisis."""
        tenths = None if self.units is None else cover_tenths(stock=self.units, need=self.line.need)
        return "Indiquez le stock" if tenths is None else f"{days(tenths)} d’avance"

    @property
    def filled(self) -> str:
        """The width of the cover's bar, of a thousand."""
        if self.units is None or not self.line.safety:
            return "0"
        return str(min(_WHOLE, _TARGET * self.units // self.line.safety))

    @property
    def before(self) -> str:
        """What was said last, and what came since."""
        line = self.line
        if line.previous_stock is None:
            return ""
        told = f"Dernière fois{french.HARD}: {self._boxes(line.previous_stock)}"
        came = (
            f" · reçu depuis{french.HARD}: {self._boxes(line.delivered_since)}"
            if line.delivered_since
            else ""
        )
        return told + came

    @property
    def declared(self) -> str:
        """The stock that holds, in words."""
        if self.line.band:
            return french.sentence(BAND_NAMES[Band(self.line.band)])
        return "–" if self.line.stock is None else self._boxes(self.line.stock)

    @property
    def mine(self) -> str:
        """What this form says, in words."""
        if self.banded and self.values["band"] in set(Band):
            return BAND_NAMES[Band(self.values["band"])]
        return self._told(self.units, self.used)

    @property
    def other(self) -> str:
        """What somebody else said in the meantime, in words."""
        if self.theirs is None:
            return ""
        if self.theirs.band:
            return BAND_NAMES[Band(self.theirs.band)]
        return self._told(self.theirs.stock, self.theirs.consumption)

    def _told(self, stock: int | None, used: int | None) -> str:
        told = "rien" if stock is None else self._boxes(stock)
        return told if used is None else f"{told}, utilisé {self._boxes(used)}"

    def _boxes(self, units: int) -> str:
        return boxes(units, self.family)


def boxes(units: int, family: Family) -> str:
    """Write « 4 boîtes », « 2,6 boîtes »: one word, the units are beside."""
    whole, rest = divmod(units, family.box_units)
    if not rest:
        return french.plural(whole, "boîte")
    tenths = units * 10 // family.box_units
    word = "boîtes" if tenths >= 20 else "boîte"  # noqa: PLR2004 - French counts two from 2,0
    return f"{french.number(tenths // 10)},{tenths % 10}{french.HARD}{word}"


def days(tenths: int) -> str:
    """Write « 12,5 jours » from tenths of a day."""
    whole, rest = divmod(tenths, 10)
    word = "jours" if tenths >= 20 else "jour"  # noqa: PLR2004 - French counts two from 2,0
    return f"{french.number(whole)}{f',{rest}' if rest else ''}{french.HARD}{word}"


def unneeded(family: FamilyNeed) -> LineView:
    """Return the line of a family that the facility has no known need of, and of which it said nothing."""
    return LineView(
        family=family.code,
        name=family.name,
        box_units=family.box_units,
        need=0,
        safety=0,
        stock=None,
        consumption=None,
        band="",
        questioned=False,
        version=0,
        previous_week=None,
        previous_stock=None,
        previous_consumption=None,
        delivered_since=None,
        suggested_stock=None,
        suggested_consumption=None,
        cover_tenths=None,
        level=Level.NO_NEED,
        watch_days=0,
        alert_days=0,
    )


def is_declared(line: LineView) -> bool:
    """Tell whether something was said of a family this week."""
    return line.stock is not None or bool(line.band)
