"""Cover by area, from roll-ups: an area, its parts and its last weeks in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db import connection

from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.models import AlertThreshold, RollUpState
from distrilog.domain.declarations.queries import areas, cells
from distrilog.domain.declarations.queries.areas import widest
from distrilog.domain.declarations.queries.proof import Discrepancy, discrepancies
from distrilog.domain.declarations.queries.sites import every_facility, facilities
from distrilog.domain.declarations.rules import Threshold, last_day, threshold_for
from distrilog.domain.declarations.rules.forecast import WEEKS_LOOKED_AT
from distrilog.domain.declarations.rules.picture import (
    MOST_WEEKS,
    TREND_WEEKS,
    Area,
    AreaCover,
    FamilyCover,
    FamilyName,
    Figures,
    Picture,
    TrendWeek,
    Width,
    family_cover,
)
from distrilog.domain.facilities.models import Department, Region, Territory
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import Week


__all__ = [
    "Discrepancy",
    "discrepancies",
    "every_facility",
    "facilities",
    "picture",
    "thresholds",
    "widest",
]

# A week's stocks are said on its days, Monday to Sunday: together, they are taken to be of its Thursday.
_MIDDLE: Final = timedelta(days=3)
# The column whose codes the parts of an area carry.
_PARTS: Final[Mapping[Width, str]] = {
    Width.COUNTRY: "cell.region_id",
    Width.REGION: "cell.department_id",
    Width.DEPARTMENT: "coalesce(cell.territory_id, '')",
    Width.TERRITORY: "cell.department_id",
    Width.PART: "''",
}
# The area and its parts come out of one statement: what adds up was read at one moment. The parts go back
# only as far as a forecast reads.
_SUMS: Final = """
    SELECT week, family_id, part, {sums}
    FROM (
        SELECT cell.*, {part} AS part FROM declarations_rollup cell
        WHERE cell.week = ANY (%(weeks)s) AND (%(family)s = '' OR cell.family_id = %(family)s)
            AND {inside}
    ) cell
    GROUP BY GROUPING SETS ((week, family_id), (week, family_id, part))
    HAVING grouping(part) = 1 OR week = ANY (%(recent)s)
""".replace("{sums}", ", ".join(f"sum({name})::bigint" for name in cells.SUMS))

# By area (None for the whole), family and week.
_Sums = Mapping[str | None, Mapping[str, Mapping[str, Figures]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """What judges an area's sums: thresholds of its day, weeks to look back on, families in their order."""

    thresholds: Sequence[Threshold]
    families: Sequence[FamilyName]
    weeks: Sequence[str]
    week: Week

    def cover(
        self, *, area: Area, region: str, sums: Mapping[str, Mapping[str, Figures]]
    ) -> AreaCover:
        """Judge an area of a region."""
        return AreaCover(
            area=area,
            families={
                family.code: self._family(
                    family.code, region=region, sums=sums.get(family.code, {})
                )
                for family in self.families
            },
        )

    def _family(self, family: str, *, region: str, sums: Mapping[str, Figures]) -> FamilyCover:
        on = last_day(self.week)
        return family_cover(
            weeks=[sums.get(week, Figures()) for week in self.weeks],
            threshold=threshold_for(self.thresholds, group="", region=region, family=family, on=on),
            middle=self.week.monday + _MIDDLE,
        )


def thresholds(*, on: date) -> tuple[Threshold, ...]:
    """Return every threshold that began by a day, the latest first: what `rules.threshold_for` reads. One query."""
    rows = AlertThreshold.objects.filter(starts_on__lte=on).order_by("-starts_on", "-pk")
    names = ("group", "region_id", "family_id", "watch_days", "alert_days", "starts_on")
    return tuple(
        Threshold(
            group=group,
            region=region or "",
            family=family or "",
            watch_days=watch_days,
            alert_days=alert_days,
            starts_on=starts_on,
        )
        for group, region, family, watch_days, alert_days, starts_on in rows.values_list(*names)
    )


def picture(
    *,
    scope: Scope,
    width: Width,
    code: str = "",
    week: Week,
    family: str = "",
    weeks: int = TREND_WEEKS,
) -> Picture:
    """
    Return an area's week for one family or all: itself, its parts and its last weeks. NotFound outside the scope.

    Parts: regions, their departments, the parts of territories in a department, a territory's parts. Whoever may
    see sums (`Deed.COVER_READ`) may ask.
    """
    path = areas.path_to(scope=scope, width=width, code=code)
    judge = _Judge(
        thresholds=thresholds(on=last_day(week)),
        families=_families(family),
        weeks=[str(week.plus(-back)) for back in range(WEEKS_LOOKED_AT)],
        week=week,
    )
    shown = [str(week.plus(-back)) for back in range(min(max(weeks, 1), MOST_WEEKS))]
    sums = _read(path, scope=scope, family=family, recent=judge.weeks, shown=shown)
    region = areas.region_of(path, scope=scope)
    state = RollUpState.objects.filter(week=str(week)).first()
    return Picture(
        week=str(week),
        path=path,
        families=tuple(judge.families),
        total=judge.cover(area=path[-1], region=region, sums=sums[None]),
        children=tuple(
            judge.cover(area=area, region=region or area.code, sums=sums.get(key, {}))
            for key, area in _parts(path[-1], found=sums)
        ),
        trend=tuple(_trend_week(each, sums[None], judge.families) for each in reversed(shown)),
        built_at=state.built_at if state else None,
        stale_since=(state.stale_since or state.taken_at) if state else None,
    )


def _families(family: str) -> list[FamilyName]:
    rows = Family.objects.order_by("position", "code").values_list("code", "name", "box_units")
    found = [
        FamilyName(code=code, name=name, box_units=box_units)
        for code, name, box_units in rows
        if family in {"", code}
    ]
    if family and not found:
        raise NotFound(Fault(where="family", message="Aucune famille d’article de ce nom."))
    return found


def _read(
    path: tuple[Area, ...],
    *,
    scope: Scope,
    family: str,
    recent: Sequence[str],
    shown: Sequence[str],
) -> _Sums:
    """Return the sums of an area and its parts."""
    statement = _SUMS.format(
        part=_PARTS[path[-1].width],
        inside=areas.inside(path, scope=scope, columns=cells.CELL_COLUMNS),
    )
    values = areas.values_of(path, scope=scope) | {
        "weeks": sorted({*recent, *shown}),
        "recent": list(recent),
        "family": family,
    }
    sums: dict[str | None, dict[str, dict[str, Figures]]] = {None: defaultdict(dict)}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for week, code, part, *figures in cursor.fetchall():
            by_family = sums.setdefault(part, defaultdict(dict))
            by_family[code][week] = _figures(figures)
    return sums


def _figures(columns: Sequence[int]) -> Figures:
    return Figures(**dict(zip(cells.SUMS, columns, strict=True)))


def _parts(area: Area, *, found: _Sums) -> list[tuple[str, Area]]:
    """Return the parts of an area by the code their sums have: all that are named, and all that have sums."""
    codes = [code for code in found if code is not None]
    match area.width:
        case Width.COUNTRY:
            rows: Iterable[Any] = Region.objects.order_by("name").values_list("code", "name")
            return [(code, Area(width=Width.REGION, code=code, name=name)) for code, name in rows]
        case Width.REGION:
            rows = Department.objects.filter(region_id=area.code).order_by("code")
            return [
                (each.code, Area(width=Width.DEPARTMENT, code=each.code, name=each.name))
                for each in rows
            ]
        case Width.DEPARTMENT:
            rows = Territory.objects.filter(code__in=codes).order_by("name")
            names = [(each.code, each.name) for each in rows]
            names += [("", areas.WITHOUT_TERRITORY)] if "" in found else []
            return [
                (code, Area(width=Width.PART, code=f"{area.code}:{code}", name=name))
                for code, name in names
            ]
        case Width.TERRITORY:
            rows = Department.objects.filter(code__in=codes).order_by("code")
            return [
                (each.code, Area(width=Width.PART, code=f"{each.code}:{area.code}", name=each.name))
                for each in rows
            ]
        case Width.PART:
            return []


def _trend_week(
    week: str, sums: Mapping[str, Mapping[str, Figures]], families: Sequence[FamilyName]
) -> TrendWeek:
    return TrendWeek(
        week=week,
        families={
            family.code: sums.get(family.code, {}).get(week, Figures()) for family in families
        },
    )
