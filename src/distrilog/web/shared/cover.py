"""Cover in words: days, levels, who said it, when a stock ends; and the first to run out, for the desks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.urls import reverse

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.declarations.queries import cover
from distrilog.domain.declarations.rules import LEVEL_NAMES, Level
from distrilog.domain.declarations.rules.forecast import RunOut
from distrilog.domain.declarations.rules.picture import (
    Area,
    Choice,
    FacilityCover,
    FamilyCover,
    Figures,
)
from distrilog.kernel.weeks import PARIS, Week
from distrilog.web.shared import format as french


TENTHS: Final = 10
FIRSTS: Final = 5
NOBODY: Final = "personne n’a déclaré"


def days(tenths: int | None) -> str:
    """Write « 18,2 jours » from tenths of a day; a dash for nothing."""
    if tenths is None:
        return "–"
    unit = "jour" if tenths < 2 * TENTHS else "jours"
    return f"{french.number(tenths / TENTHS)}{french.HARD}{unit}"


def said(figures: Figures) -> str:
    """Write « dit par 120 sur 143 (83 %) »: never a cover without how many said it."""
    if not figures.facilities:
        return "aucun établissement"
    share = french.percent(figures.declared, figures.facilities)
    declared, facilities = french.number(figures.declared), french.number(figures.facilities)
    return f"dit par {declared} sur {facilities} ({share})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A level with its word; `key` is the class of its colour."""

    key: str
    words: str


def tag(level: Level) -> Tag:
    """Return the tag of a level."""
    return Tag(key=str(level), words=french.sentence(LEVEL_NAMES[level]))


class InWords:
    """What a row says of its `cover`: for the dataclasses of pages."""

    __slots__ = ()
    cover: FamilyCover

    @property
    def days(self) -> str:
        """Its cover."""
        return days(self.cover.figures.cover_tenths)

    @property
    def said(self) -> str:
        """Who said it."""
        return said(self.cover.figures)

    @property
    def tag(self) -> Tag:
        """Its level."""
        return tag(self.cover.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """When a stock ends: the day expected, and between which days."""

    words: str
    interval: str = ""


def end_of(run_out: RunOut | None, *, today: date) -> End:
    """Write the end of a stock; what lies a year away is no date."""
    if run_out is None:
        return End(words="–")
    if run_out.expected is None:
        early = run_out.earliest
        return End(
            words="pas avant un an",
            interval=f"au plus tôt le {_day(early)}" if early else "",
        )
    if run_out.latest is not None and run_out.latest <= today:
        return End(words="épuisé")
    return End(words=french.short_day(run_out.expected), interval=_interval(run_out))


def _interval(run_out: RunOut) -> str:
    if run_out.earliest is None or run_out.earliest == run_out.latest:
        return ""
    if run_out.latest is None:
        return f"au plus tôt le {_day(run_out.earliest)}"
    return f"du {_day(run_out.earliest)} au {_day(run_out.latest)}"


def _day(value: date) -> str:
    """Write a day of an interval: without its weekday, which the day expected has."""
    number = "1er" if value.day == 1 else str(value.day)
    return f"{number}{french.HARD}{french.SHORT_MONTHS[value.month - 1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part of a bar of facilities: its level, count, and rectangle in thousandths."""

    key: str
    words: str
    count: int
    start: int
    length: int
    address: str = ""


BAR: Final = 1000


def slices_of(
    figures: Figures, *, address: Callable[[Level], str] = lambda _level: ""
) -> list[Slice]:
    """
    Return the facilities of an area by level, the worst first: they add up to all of them.

    `address` says where those of a level are listed.
    """
    counts = (
        (Level.EMPTY, figures.empty),
        (Level.ALERT, figures.alert - figures.empty),
        (Level.WATCH, figures.watch),
        (Level.COVERED, figures.covered),
        (Level.SILENT, figures.silent),
    )
    made, before = [], 0
    for level, count in counts:
        start, end = (BAR * edge // max(1, figures.facilities) for edge in (before, before + count))
        made.append(
            Slice(
                key=str(level),
                words=LEVEL_NAMES[level],
                count=count,
                start=start,
                length=end - start,
                address=address(level),
            )
        )
        before += count
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """A facility whose stock ends early, as a desk names it."""

    row: FacilityCover
    days: str
    tag: Tag
    end: End
    address: str


def first_of(row: FacilityCover, *, today: date) -> First:
    """Return a facility as a desk names it; a press opens what it declared."""
    return First(
        row=row,
        days=days(row.cover_tenths),
        tag=tag(row.level),
        end=end_of(row.run_out, today=today),
        address=reverse("cover:facility", args=[row.registry]),
    )


def firsts(
    *, actor: Actor, area: Area, family: str, week: Week, at: datetime, count: int = FIRSTS
) -> list[First]:
    """Return the facilities of an area whose stock of a family ends first, for those who may read them."""
    if not actor.may(Deed.DECLARATION_READ):
        return []
    page = cover.facilities(
        scope=actor.scope,
        width=area.width,
        code=area.code,
        week=week,
        choice=Choice(family=family, per_page=count),
    )
    return [first_of(row, today=at.astimezone(PARIS).date()) for row in page.rows if row.run_out]
