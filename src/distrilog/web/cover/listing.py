"""The list of facilities: what an address asks for, and what each row shows."""

from dataclasses import dataclass
from typing import Final

from django.http import QueryDict
from django.urls import reverse

from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.rules import LEVEL_NAMES, Level
from distrilog.domain.declarations.rules.picture import Choice, FacilityCover, Sort
from distrilog.domain.facilities.models import Category
from distrilog.kernel.weeks import PARIS
from distrilog.web.cover.look import Heading, Look, Order, order_of, page_of, search_of
from distrilog.web.shared import cover as words, format as french


PER_PAGE: Final = 50
LEVELS: Final[dict[str, Level]] = {
    "rupture": Level.EMPTY,
    "alerte": Level.ALERT,
    "surveiller": Level.WATCH,
    "couvert": Level.COVERED,
    "silencieux": Level.SILENT,
}
LEVEL_CHOICES: Final = [
    ("", "Tous"),
    *((word, french.sentence(LEVEL_NAMES[level])) for word, level in LEVELS.items()),
]
# What an address says of a filter.
FILTERS: Final = ("q", "etat", "groupe")
SORTS: Final = {
    "fin": Sort.RUN_OUT,
    "nom": Sort.NAME,
    "couverture": Sort.COVER,
    "stock": Sort.STOCK,
}
HEADINGS: Final = (
    Heading(key="nom", words="Établissement", number=False, first="asc"),
    Heading(key="couverture", words="Couverture", first="asc"),
    Heading(key="fin", words="Fin du stock", number=False, first="asc"),
    Heading(key="stock", words="Stock (boîtes)", first="asc"),
)
USUAL: Final = Order(key="fin", descending=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A facility as the table shows it."""

    row: FacilityCover
    family: Family
    end: words.End
    address: str

    @property
    def days(self) -> str:
        """Its cover."""
        return words.days(self.row.cover_tenths)

    @property
    def tag(self) -> words.Tag:
        """Its level."""
        return words.tag(self.row.level)

    @property
    def group(self) -> str:
        """What kind of facility it is."""
        return str(Category.Group(self.row.group).label)


def line_of(row: FacilityCover, *, look: Look) -> Line:
    """Return a facility as the table shows it; a press opens what it declared."""
    return Line(
        row=row,
        family=look.families[row.family],
        end=words.end_of(row.run_out, today=look.at.astimezone(PARIS).date()),
        address=reverse("cover:facility", args=[row.registry]),
    )


def order_asked(asked: QueryDict) -> Order:
    """Return the order that an address asks for."""
    return order_of(asked, headings=HEADINGS, usual=USUAL)


def choice_of(asked: QueryDict, *, family: str, order: Order) -> Choice:
    """Read which facilities an address asks for; what it says that means nothing is passed over."""
    group = asked.get("groupe", "")
    level = LEVELS.get(asked.get("etat", ""))
    return Choice(
        family=family,
        group=group if group in Category.Group.values else "",
        level=str(level) if level else "",
        search=search_of(asked),
        sort=SORTS[order.key],
        descending=order.descending,
        page=page_of(asked),
        per_page=PER_PAGE,
    )


def parameters_of(choice: Choice, *, order: Order) -> dict[str, str]:
    """Return what an address says of a choice; nothing where it is the usual one."""
    level = next((word for word, one in LEVELS.items() if str(one) == choice.level), "")
    kept = {"q": choice.search, "etat": level, "groupe": choice.group}
    return kept | (order.parameters if order != USUAL else {})
