"""The list of an agency: what the address asks for, and what each row and column shows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.http import QueryDict

from distrilog.domain.catalogue.models import Family
from distrilog.domain.reporting.rules import Choice, RegionWeek, Row, Sort, Standing
from distrilog.web.region.area import address


EVERY_FAMILY: Final = "toutes"
MOST_PAGES: Final = 100_000
LONGEST_SEARCH: Final = 80
PER_PAGE: Final = 50

STANDINGS: Final[Mapping[str, Standing]] = {
    "": Standing.ANY,
    "rien": Standing.NOTHING,
    "commande": Standing.SOMETHING,
    "epuise": Standing.EVERYTHING,
}
STANDING_WORDS: Final[Mapping[str, str]] = {
    "": "Tous",
    "rien": "N’ont rien commandé",
    "commande": "Ont commandé",
    "epuise": "Contingent épuisé",
}
SORTS: Final[Mapping[str, Sort]] = {
    "etablissement": Sort.FACILITY,
    "contingent": Sort.QUOTA,
    "commande": Sort.ORDERED,
    "reste": Sort.LEFT,
    "derniere": Sort.LAST_ORDER,
}
SORT_WORDS: Final[Mapping[str, str]] = {
    "etablissement": "Établissement",
    "contingent": "Contingent",
    "commande": "Commandé",
    "reste": "Reste",
    "derniere": "Dernière commande",
}
_WORD_OF_SORT: Final = {sort: word for word, sort in SORTS.items()}
_WORD_OF_STANDING: Final = {standing: word for word, standing in STANDINGS.items()}


def choice_of(
    asked: QueryDict, *, families: Iterable[str], departments: Iterable[str], first: str
) -> Choice:
    """
    Read which rows an address asks for; whatever it says that means nothing is passed over.

    `first` is the family shown when the address names none; `toutes` shows all.
    """
    family = asked.get("famille", "")
    if family == EVERY_FAMILY:
        family = ""
    elif family not in families:
        family = first
    department = asked.get("departement", "")
    return Choice(
        family=family,
        department=department if department in departments else "",
        search=asked.get("q", "").strip()[:LONGEST_SEARCH],
        standing=STANDINGS.get(asked.get("etat", ""), Standing.ANY),
        sort=SORTS.get(asked.get("tri", ""), Sort.FACILITY),
        descending=asked.get("sens", "") == "desc",
        page=_page(asked.get("page", "")),
        per_page=PER_PAGE,
    )


def _page(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        return 1
    return min(max(int(text[:9]), 1), MOST_PAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row as the table shows it: boxes and units, and where its quota stands."""

    row: Row
    family: Family

    @property
    def quota_boxes(self) -> int:
        """Boxes granted."""
        return self.row.quota // self.row.box_units

    @property
    def ordered_boxes(self) -> int:
        """Boxes ordered from the quota."""
        return self.row.ordered // self.row.box_units

    @property
    def left_boxes(self) -> int:
        """Boxes that may still be ordered."""
        return self.row.left // self.row.box_units

    @property
    def pot_boxes(self) -> int:
        """Boxes ordered for it from the pot."""
        return self.row.from_pot // self.row.box_units

    @property
    def standing(self) -> str:
        """One word of `nothing`, `everything`, `something`, `none`: what it did with its quota."""
        if not self.row.quota:
            return "none"
        if self.row.ordered == self.row.quota:
            return "everything"
        return "something" if self.row.ordered + self.row.from_pot else "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A header that sorts: its words, where it leads, and how it is sorted now (`aria-sort`)."""

    words: str
    address: str
    sorted: str
    number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """The addresses that change one thing of a list and keep the rest."""

    path: str
    kept: Mapping[str, str]
    choice: Choice

    def of(self, *, path: str = "", **changes: object) -> str:
        """Return the address of the list with something changed; a change starts again at its first page."""
        choice = self.choice
        parameters = {
            **self.kept,
            "famille": choice.family or EVERY_FAMILY,
            "departement": choice.department,
            "q": choice.search,
            "etat": _WORD_OF_STANDING[choice.standing],
            "tri": _WORD_OF_SORT[choice.sort] if choice.sort is not Sort.FACILITY else "",
            "sens": "desc" if choice.descending else "",
            **changes,
        }
        return address(path or self.path, **parameters)

    def columns(self) -> list[Column]:
        """Return the headers; a press on the one that sorts turns it over, figures begin with the largest."""
        return [self._column(word) for word in SORTS]

    def _column(self, word: str) -> Column:
        current = SORTS[word] is self.choice.sort
        turned = not self.choice.descending if current else word != "etablissement"
        way = "descending" if self.choice.descending else "ascending"
        return Column(
            words=SORT_WORDS[word],
            address=self.of(tri=word, sens="desc" if turned else "") + "#liste",
            sorted=way if current else "",
            number=word not in {"etablissement", "derniere"},
        )

    def page(self, number: int) -> str:
        """Return the address of another page of the same list."""
        return self.of(page=number if number > 1 else "") + "#liste"


def lines_of(report: RegionWeek, *, families: Mapping[str, Family]) -> Sequence[Line]:
    """Return the rows of a page as the table shows them."""
    return [Line(row=row, family=families[row.family]) for row in report.rows]


def without_pages(choice: Choice) -> Choice:
    """Return the same choice from its first row: what an export holds."""
    return replace(choice, page=1)
