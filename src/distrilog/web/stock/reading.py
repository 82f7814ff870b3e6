"""What the pages of the stock read of an address, and the names they show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Self
from urllib.parse import urlencode

from django.http import HttpRequest

from distrilog.domain.catalogue.models import Family
from distrilog.domain.stock.models import Account, Place
from distrilog.domain.stock.queries.supply import SOON
from distrilog.kernel import clock
from distrilog.kernel.weeks import PARIS


MOST_PAGES: Final = 100_000
# What lies somewhere and can be counted, blocked, written off.
HELD: Final = ("available", "strategic", "quarantine")
STATUS_WORDS: Final[Mapping[str, str]] = dict(Account.Status.choices)


def today() -> date:
    """Return the day in Paris."""
    return clock.now().astimezone(PARIS).date()


def families() -> dict[str, Family]:
    """Return the families by code, in the order of the catalogue. One query."""
    return {family.code: family for family in Family.objects.order_by("position", "code")}


def places() -> dict[str, Place]:
    """Return the places where stock is kept, by code: SPF first, the doors and the loans left out. One query."""
    order = list(Place.Kind.values)
    found = [
        each for each in Place.objects.all() if each.kind not in {Place.Kind.DOOR, Place.Kind.LOAN}
    ]
    found.sort(key=lambda each: (order.index(each.kind), each.name))
    return {each.code: each for each in found}


def chosen_family(request: HttpRequest, known: Mapping[str, Family]) -> Family | None:
    """Return the family of the address, the first one unless it is known; None of an empty catalogue."""
    asked = known.get(request.GET.get("famille", ""))
    return asked or next(iter(known.values()), None)


def page_number(text: str) -> int:
    """Read the number of a page; what is none is the first."""
    readable = text.isascii() and text.isdecimal()
    return min(max(int(text[:9]), 1), MOST_PAGES) if readable else 1


def address(path: str, **values: object) -> str:
    """Return an address with its parameters, the empty ones left out."""
    kept = {name: str(value) for name, value in values.items() if value not in ("", None)}
    return f"{path}?{urlencode(kept)}" if kept else path


def freshness(expires_on: date | None, *, on: date) -> tuple[str, str]:
    """Return the tag and the words of an expiry: past, within three months, later, none."""
    if expires_on is None:
        return "", "sans date"
    if expires_on < on:
        return "late", "périmé"
    if expires_on < on + SOON:
        return "tension", "moins de 3 mois"
    return "", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Some rows of a list, and the addresses of the pages around them."""

    rows: Sequence[Any]
    number: int
    count: int
    total: int
    previous: str
    next: str

    @classmethod
    def of(
        cls,
        rows: Any,
        *,
        total: int,
        number: int,
        size: int,
        path: str,
        kept: Mapping[str, str],
        name: str = "page",
        anchor: str = "",
    ) -> Self:
        """
        Cut a page out of something that is sliced; a page beyond the last is the last.

        `name` is what the address calls it, `anchor` where it begins on a page of several lists.
        """
        count = max(1, -(-total // size))
        number = min(number, count)

        def leads(to: int) -> str:
            return address(path, **{**kept, name: to if to > 1 else ""}) + anchor

        return cls(
            rows=list(rows[(number - 1) * size : number * size]),
            number=number,
            count=count,
            total=total,
            previous=leads(number - 1) if number > 1 else "",
            next=leads(number + 1) if number < count else "",
        )
