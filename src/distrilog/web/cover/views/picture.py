"""The picture of cover: an area and its parts, on a map, in a table and over time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from django.core.cache import cache
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.models import RollUp
from distrilog.domain.declarations.queries import cover
from distrilog.domain.declarations.rules import Level
from distrilog.domain.declarations.rules.forecast import METHOD
from distrilog.domain.declarations.rules.picture import (
    Area,
    AreaCover,
    FamilyCover,
    Figures,
    Picture,
    Width,
)
from distrilog.domain.reporting.cover import AreaWay, Way, on_the_way
from distrilog.kernel import clock
from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import PARIS, Week
from distrilog.web.cover.drawing import NARROW, WIDE, Chart, Series, chart_of
from distrilog.web.cover.listing import LEVELS
from distrilog.web.cover.look import (
    WEEKS_SHOWN,
    Heading,
    Look,
    Order,
    columns_of,
    look_of,
    order_of,
)
from distrilog.web.cover.mapping import Told, map_of
from distrilog.web.cover.place import PARTS
from distrilog.web.cover.ways import crumbs_of, exports_of
from distrilog.web.shared import cover as words, format as french
from distrilog.web.shared.rights import ActorRequest, needs


HEADINGS: Final = (
    Heading(key="nom", words="", number=False, first="asc"),
    Heading(key="couverture", words="Couverture", first="asc"),
    Heading(key="declare", words="Ont déclaré", first="asc"),
    Heading(key="rupture", words="Rupture"),
    Heading(key="alerte", words="Alerte"),
    Heading(key="surveiller", words="À surveiller"),
    Heading(key="fin", words="Fin du stock", first="asc"),
    Heading(key="stock", words="Stock (boîtes)"),
    Heading(key="route", words="En route"),
)
FIRSTS_SHOWN: Final = 6
LOWEST_SHOWN: Final = 8
WAY_SECONDS: Final = 60
USUAL: Final = Order(key="couverture", descending=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card(words.InWords):
    """A family of the area: its cover, who said it, how it moved, and where it leads."""

    family: Family
    cover: FamilyCover
    address: str
    chosen: bool

    @property
    def moved(self) -> str:
        """How many days it moved since the week before."""
        return _moved(self.cover)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(words.InWords):
    """A part of the area as the table shows it."""

    name: str
    code: str
    cover: FamilyCover
    address: str
    end: words.End
    way: Way

    @property
    def alert(self) -> int:
        """Facilities in alert that still have something."""
        return self.cover.figures.alert - self.cover.figures.empty


@require_GET
@needs(Deed.COVER_READ)
def picture(request: ActorRequest) -> HttpResponse:
    """Show an area's week: its cover by article, its parts on a map and in a table, its last weeks."""
    look = look_of(request, at=clock.now())
    found = cover.picture(
        scope=request.actor.scope,
        width=look.place.width,
        code=look.place.code,
        week=look.week,
        weeks=WEEKS_SHOWN,
    )
    width = look.place.width
    way = _way(request.actor.scope, look=look)
    told = _departments_told(found, look=look)
    order = order_of(request.GET, headings=HEADINGS, usual=USUAL)
    rows = _rows(found, way=way, look=look, order=order)
    chosen = found.total.families[look.family.code]
    context = {
        "look": look,
        "crumbs": crumbs_of(look, path=found.path, actor=request.actor),
        "picture": found,
        "cards": _cards(found, look=look),
        "chosen": _row_of(found.total, way=way.total, look=look),
        "figures": chosen.figures,
        "slices": words.slices_of(chosen.figures, address=_level_address(request, look)),
        "part": PARTS[width],
        "rows": rows,
        "columns": columns_of(
            _headings(width), order=order, look=look, path=request.path, anchor="tableau"
        ),
        "map": map_of(told),
        "lowest": _lowest(told) if width is Width.COUNTRY else [],
        "charts": _charts(found, look=look),
        "trend": _trend_rows(found, look=look),
        "method": METHOD,
        "first": _firsts(request, look, area=found.path[-1]),
        "may_list": request.actor.may(Deed.DECLARATION_READ),
        "list_address": look.address(reverse("cover:facilities")),
        "completeness_address": look.address(reverse("cover:completeness")),
        "export_addresses": exports_of(look, route="cover:export", kept=order.parameters),
    }
    return render(request, "cover/picture.html", context)


def _cards(found: Picture, *, look: Look) -> list[Card]:
    path = reverse("cover:picture")
    return [
        Card(
            family=look.families[code],
            cover=each,
            address=look.address(path, famille=code) + "#article",
            chosen=code == look.family.code,
        )
        for code, each in found.total.families.items()
    ]


def _moved(each: FamilyCover) -> str:
    now, before = each.figures.cover_tenths, each.previous.cover_tenths
    if now is None or before is None or now == before:
        return ""
    sign = "+" if now > before else french.MINUS
    return f"{sign}{words.days(abs(now - before))} en une semaine"


def _row_of(part: AreaCover, *, way: Mapping[str, Way], look: Look) -> Row:
    """Return an area as the table shows it; `way` is what is on its way to it, by family."""
    each = part.families[look.family.code]
    return Row(
        name=part.area.name,
        code=part.area.code,
        cover=each,
        address=look.at_area(reverse("cover:picture"), part.area),
        end=words.end_of(each.run_out, today=look.at.astimezone(PARIS).date()),
        way=way.get(look.family.code, Way()),
    )


def _headings(width: Width) -> list[Heading]:
    """Return the headings, the first named after what the area is made of."""
    first = Heading(key="nom", words=PARTS[width], number=False, first="asc")
    return [first, *HEADINGS[1:]]


# How each column orders parts; what nobody said comes last whichever way round.
_KEYS: Final[Mapping[str, Callable[[Row], Any]]] = {
    "nom": lambda row: french.alphabetical(row.name),
    "couverture": lambda row: row.cover.figures.cover_tenths,
    "declare": lambda row: row.cover.figures.share_declared,
    "rupture": lambda row: row.cover.figures.empty,
    "alerte": lambda row: row.alert,
    "surveiller": lambda row: row.cover.figures.watch,
    "fin": lambda row: row.cover.run_out.expected if row.cover.run_out else None,
    "stock": lambda row: row.cover.figures.stock,
    "route": lambda row: row.way.units,
}


def _rows(found: Picture, *, way: AreaWay, look: Look, order: Order) -> list[Row]:
    """Return the parts of the area that need the article, in the order asked for."""
    rows = [
        _row_of(part, way=way.parts.get(part.area.code, {}), look=look) for part in found.children
    ]
    key = _KEYS[order.key]
    rows.sort(key=lambda row: french.alphabetical(row.name))
    told = sorted((row for row in rows if key(row) is not None), key=key, reverse=order.descending)
    return [*told, *(row for row in rows if key(row) is None)]


def _way(scope: Scope, *, look: Look) -> AreaWay:
    """Return what is on its way to the area and its parts; a minute old at most, as the sums are."""
    place = look.place
    key = f"cover-way:{scope}:{place.width}:{quote(place.code)}:{look.week}:{look.family.code}"
    found: AreaWay | None = cache.get(key)
    if found is None:
        found = on_the_way(
            scope=scope,
            width=place.width,
            code=place.code,
            week=look.week,
            family=look.family.code,
        )
        cache.set(key, found, WAY_SECONDS)
    return found


def _departments_told(found: Picture, *, look: Look) -> list[Told]:
    """Return what there is to say of the departments of a country or a region; nothing of smaller areas."""
    code = look.family.code
    if look.place.width is Width.COUNTRY:
        parts = _departments(look)
    elif look.place.width is Width.REGION:
        parts = [(part.area, part.families[code].figures) for part in found.children]
    else:
        parts = []
    return [_told(area, figures, look=look) for area, figures in parts]


def _lowest(told: Sequence[Told]) -> list[Told]:
    """Return the departments whose cover is the shortest."""
    said = [one for one in told if one.tenths is not None]
    return sorted(said, key=lambda one: (one.tenths, one.code))[:LOWEST_SHOWN]


def _told(area: Area, figures: Figures, *, look: Look) -> Told:
    tenths = figures.cover_tenths
    return Told(
        code=area.code,
        name=area.name,
        tenths=tenths,
        words=words.NOBODY if tenths is None else words.days(tenths),
        said=words.said(figures),
        address=look.at_area(reverse("cover:picture"), area),
    )


def _departments(look: Look) -> list[tuple[Area, Figures]]:
    """Return the departments of the country with their sums: a country’s parts are regions. One query."""
    rows = (
        RollUp.objects.filter(week=str(look.week), family=look.family)
        .values_list("department_id", "department__name")
        .annotate(*(Sum(name) for name in _DRAWN))
        .order_by("department_id")
    )
    return [
        (
            Area(width=Width.DEPARTMENT, code=code, name=name),
            Figures(**dict(zip(_DRAWN, sums, strict=True))),
        )
        for code, name, *sums in rows
    ]


_DRAWN: Final = ("facilities", "declared", "stock", "need")


def _series(found: Picture, *, look: Look) -> list[Series]:
    return [
        Series(
            key=code,
            name=french.sentence(family.plural),
            tenths=[
                week.families[code].cover_tenths if code in week.families else None
                for week in found.trend
            ],
            chosen=code == look.family.code,
        )
        for code, family in look.families.items()
    ]


def _charts(found: Picture, *, look: Look) -> list[Chart]:
    """Draw the last weeks, for a desk and for a phone."""
    series = _series(found, look=look)
    weeks = [Week.parse(one.week) for one in found.trend]
    return [
        chart_of(
            weeks=weeks,
            series=series,
            run_out=found.total.families[look.family.code].run_out,
            today=look.at.astimezone(PARIS).date(),
            frame=frame,
        )
        for frame in (WIDE, NARROW)
    ]


def _trend_rows(found: Picture, *, look: Look) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the same weeks for a table, the latest first: each article's cover, and who said it."""
    return [
        (
            week.week,
            [
                (words.days(figures.cover_tenths), words.said(figures))
                for code in look.families
                for figures in [week.families.get(code, Figures())]
            ],
        )
        for week in reversed(found.trend)
    ]


def _firsts(request: ActorRequest, look: Look, *, area: Area) -> list[words.First]:
    """Return the facilities that run out first; of a country, one looks at departments first."""
    if area.width is Width.COUNTRY:
        return []
    return words.firsts(
        actor=request.actor,
        area=area,
        family=look.family.code,
        week=look.week,
        at=look.at,
        count=FIRSTS_SHOWN,
    )


def _level_address(request: ActorRequest, look: Look) -> Callable[[Level], str]:
    """Return where the facilities of a level are listed, for those who may read them."""
    words_of = {level: word for word, level in LEVELS.items()}
    if not request.actor.may(Deed.DECLARATION_READ):
        return lambda _level: ""
    path = reverse("cover:facilities")
    return lambda level: look.address(path, etat=words_of[level])
