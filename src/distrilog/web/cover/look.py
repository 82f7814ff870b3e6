"""What an address asks for: place, family, week, order, filters. What means nothing is passed over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.rules.picture import Area
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.weeks import Week
from distrilog.web.cover.place import Place, place_of
from distrilog.web.shared.rights import ActorRequest


WEEKS_SHOWN: Final = 12
WEEKS_OFFERED: Final = 26
LONGEST_SEARCH: Final = 80
MOST_PAGES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Where, which article, which week; `current` is the week of today."""

    place: Place
    family: Family
    families: Mapping[str, Family]
    week: Week
    current: Week
    at: datetime

    @property
    def parameters(self) -> dict[str, str]:
        """Return what addresses carry so that the next page looks at the same thing."""
        week = {} if self.week == self.current else {"semaine": str(self.week)}
        return {**self.place.parameters, "famille": self.family.code, **week}

    @property
    def weeks(self) -> list[Week]:
        """Return the weeks to choose from, latest first, the one looked at among them."""
        offered = {self.current.plus(-back) for back in range(WEEKS_OFFERED)}
        return sorted(offered | {self.week}, reverse=True)

    def address(self, path: str, **changes: object) -> str:
        """Return an address that looks at the same thing, with something changed."""
        return address(path, **{**self.parameters, **changes})

    def at_area(self, path: str, area: Area, **changes: object) -> str:
        """Return an address that looks elsewhere at the same article and week."""
        kept = {name: value for name, value in self.parameters.items() if name not in _OF_PLACE}
        return address(path, **{**self.place.parameters_of(area), **kept, **changes})


_OF_PLACE: Final = {"niveau", "code"}


def look_of(request: ActorRequest, *, at: datetime) -> Look:
    """Read an address, in one query; whether the reader may see the place is for what is asked of it."""
    families = {one.code: one for one in Family.objects.order_by("position", "code")}
    if not families:
        raise NotFound(detail="Le catalogue ne contient aucun article.")
    current = Week.at(at)
    asked = request.GET
    return Look(
        place=place_of(
            scope=request.actor.scope,
            level=asked.get("niveau", ""),
            code=asked.get("code", ""),
        ),
        family=families.get(asked.get("famille", "")) or next(iter(families.values())),
        families=families,
        week=week_of(request, current=current),
        current=current,
        at=at,
    )


def week_of(request: HttpRequest, *, current: Week) -> Week:
    """Return the week that the address names; the current one when it names none, nonsense, or a week to come."""
    try:
        return min(Week.parse(request.GET.get("semaine", "")), current)
    except ValueError:
        return current


def page_of(asked: QueryDict) -> int:
    """Return the number of the page asked for, from 1."""
    text = asked.get("page", "")
    if not (text.isascii() and text.isdecimal()):
        return 1
    return min(max(int(text[:9]), 1), MOST_PAGES)


def search_of(asked: QueryDict) -> str:
    """Return the words looked for."""
    return asked.get("q", "").strip()[:LONGEST_SEARCH]


def address(path: str, **parameters: object) -> str:
    """Return an address with its query; empty parameters are left out."""
    query = urlencode({name: str(value) for name, value in parameters.items() if value})
    return f"{path}?{query}" if query else path


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A column that sorts: its words, and whether it holds figures, which begin with `first` (`asc`, `desc`)."""

    key: str
    words: str
    number: bool = True
    first: str = "desc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A header as drawn: its words, where it leads, and how it is sorted now (`aria-sort`)."""

    words: str
    address: str
    sorted: str
    number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """By which column, and which way round."""

    key: str
    descending: bool

    @property
    def parameters(self) -> dict[str, str]:
        """Return what an address says of it."""
        return {"tri": self.key, "sens": "desc" if self.descending else "asc"}


def order_of(asked: QueryDict, *, headings: Sequence[Heading], usual: Order) -> Order:
    """Read the order that an address asks for; the usual one when it names no column."""
    known = {one.key: one for one in headings}
    heading = known.get(asked.get("tri", ""))
    if heading is None:
        return usual
    way = asked.get("sens", "") or heading.first
    return Order(key=heading.key, descending=way == "desc")


def columns_of(
    headings: Sequence[Heading], *, order: Order, look: Look, path: str, anchor: str, **kept: object
) -> list[Column]:
    """Return the headers of a table; a press on the one that sorts turns it over."""
    return [
        _column(one, order=order, look=look, path=path, anchor=anchor, kept=kept)
        for one in headings
    ]


def _column(
    heading: Heading,
    *,
    order: Order,
    look: Look,
    path: str,
    anchor: str,
    kept: Mapping[str, object],
) -> Column:
    current = heading.key == order.key
    way = heading.first
    if current:
        way = "asc" if order.descending else "desc"
    told = "descending" if order.descending else "ascending"
    return Column(
        words=heading.words,
        address=look.address(path, **{**kept, "tri": heading.key, "sens": way}) + f"#{anchor}",
        sorted=told if current else "",
        number=heading.number,
    )
