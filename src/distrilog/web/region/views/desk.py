"""Ma région: the week by family and department, and the list of who ordered what."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Sum
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.rules.picture import Area as CoverArea, Width
from distrilog.domain.distribution.queries import plans, requests
from distrilog.domain.facilities.models import Department, Region
from distrilog.domain.quotas.models import Pot
from distrilog.domain.reporting import queries as reporting, workbooks
from distrilog.domain.reporting.rules import Choice, Figures, RegionWeek
from distrilog.kernel import clock
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.weeks import PARIS, Week
from distrilog.web.region.area import Area, address, area_of, week_of, weeks_offered
from distrilog.web.region.forms import ListFilter
from distrilog.web.region.listing import Addresses, choice_of, lines_of, without_pages
from distrilog.web.shared import format as french
from distrilog.web.shared.cover import First, firsts
from distrilog.web.shared.geography import Area as Drawn, Drawing, drawn, grade_of
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.shared.spreadsheets import CSV, XLSX, attachment, safe_row


# Share of the quotas already ordered: bounds of the five classes, and the words of each.
BOUNDS: Final = (0.05, 0.25, 0.5, 0.75)
LEGEND: Final = ("moins de 5 %", "de 5 à 25 %", "de 25 à 50 %", "de 50 à 75 %", "75 % et plus")


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyCard:
    """One family in the area's week: its figures, and the pot of the region. Units."""

    family: Family
    figures: Figures
    pot_cap: int
    pot_left: int

    @property
    def still(self) -> int:
        """Facilities of which nothing was ordered yet."""
        return self.figures.facilities - self.figures.having_ordered


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentRow:
    """One department and family; `width` is the length of its bar, in thousandths."""

    code: str
    name: str
    figures: Figures
    address: str
    chosen: bool

    @property
    def width(self) -> str:
        """The length of its bar, in thousandths."""
        return str(int(1000 * (self.figures.share or 0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """All that decides what the page shows."""

    area: Area
    week: Week
    current: Week
    families: Mapping[str, Family]
    departments: Mapping[str, str]
    choice: Choice


def _look(request: ActorRequest) -> Look | None:
    """Read the address; None while no region is chosen."""
    area = area_of(actor=request.actor, region=request.GET.get("region", ""))
    if area is None:
        return None
    current = Week.at(clock.now())
    week = week_of(request, current=current)
    families = {family.code: family for family in Family.objects.order_by("position", "code")}
    departments = _departments(area)
    choice = choice_of(
        request.GET,
        families=families,
        departments=departments,
        first=next(iter(families), ""),
    )
    return Look(
        area=area,
        week=week,
        current=current,
        families=families,
        departments=departments,
        choice=choice,
    )


def _departments(area: Area) -> dict[str, str]:
    rows = Department.objects.filter(region=area.region).order_by("code")
    if area.scope.kind is ScopeKind.DEPARTMENT:
        rows = rows.filter(pk=area.scope.code)
    return dict(rows.values_list("code", "name"))


@require_GET
@needs(Deed.REPORT_READ)
def desk(request: ActorRequest) -> HttpResponse:
    """Show the week of the reader's area; a national reader chooses a region first."""
    look = _look(request)
    if look is None:
        regions = sorted(Region.objects.all(), key=lambda one: french.alphabetical(one.name))
        return render(request, "region/regions.html", {"regions": regions})
    report = reporting.region_week(scope=look.area.scope, week=look.week, choice=look.choice)
    return render(request, "region/desk.html", _page(look, report, actor=request.actor))


def _page(look: Look, report: RegionWeek, *, actor: Actor) -> dict[str, Any]:
    kept = look.area.kept | ({"semaine": str(look.week)} if look.week != look.current else {})
    addresses = Addresses(path=reverse("region:desk"), kept=kept, choice=look.choice)
    cards = _cards(look, report)
    seen = look.families.get(look.choice.family) or _first(cards, look.families)
    rows = _department_rows(look, report, addresses, seen)
    adjusts, at = actor.may(Deed.PLAN_ADJUST), clock.now()
    return {
        "look": look,
        "kept": kept,
        "may_order": actor.may(Deed.ORDER_FROM_POT),
        "plans": plans.to_adjust(scope=look.area.scope, at=at) if adjusts else [],
        "changes": requests.asked_count(scope=look.area.scope, at=at) if adjusts else 0,
        "report_address": address(reverse("region:report"), **kept),
        "report": report,
        "firsts": _firsts(look, actor=actor, seen=seen),
        "may_see_cover": actor.may(Deed.DECLARATION_READ),
        "cover_parameters": _cover_parameters(look, seen),
        "weeks": weeks_offered(week=look.week, current=look.current),
        "cards": cards,
        "idle": [f for f in look.families.values() if f.code not in report.by_family],
        "seen": seen,
        "families": [(f, addresses.of(famille=f.code) + "#carte") for f in _offered(look, report)],
        "map": _map(rows),
        "departments": rows,
        "whole": report.by_family.get(seen.code, Figures()) if seen else Figures(),
        "lines": lines_of(report, families=look.families),
        "columns": addresses.columns(),
        "filter": _filter(look),
        "filtered": look.choice.search or look.choice.department or look.choice.standing,
        "all_address": addresses.of(q="", departement="", etat="") + "#liste",
        "previous": addresses.page(report.choice.page - 1) if report.choice.page > 1 else "",
        "next": _next(report, addresses),
        "exports": [
            (kind, addresses.of(path=reverse("region:export", args=[kind])))
            for kind in ("xlsx", "csv")
        ],
    }


def _area_of_cover(area: Area) -> CoverArea:
    return CoverArea(width=Width(str(area.scope.kind)), code=area.scope.code)


def _firsts(look: Look, *, actor: Actor, seen: Family | None) -> list[First]:
    """Return the facilities of the area that run out first of the article shown."""
    return firsts(
        actor=actor,
        area=_area_of_cover(look.area),
        family=seen.code if seen else "",
        week=look.week,
        at=clock.now(),
    )


def _cover_parameters(look: Look, seen: Family | None) -> str:
    """Return what an address says so that the pages of cover look at the same area, article and week."""
    area = {} if look.area.own else {"niveau": "region", "code": look.area.region}
    week = {} if look.week == look.current else {"semaine": look.week}
    return address("", **area, famille=seen.code if seen else "", **week)


def _next(report: RegionWeek, addresses: Addresses) -> str:
    number = report.choice.page
    return addresses.page(number + 1) if number < report.pages else ""


def _first(cards: Sequence[FamilyCard], families: Mapping[str, Family]) -> Family | None:
    """Return the family that the map shows when the list shows all: the first there is."""
    return cards[0].family if cards else next(iter(families.values()), None)


def _offered(look: Look, report: RegionWeek) -> list[Family]:
    return [family for family in look.families.values() if family.code in report.by_family]


def _cards(look: Look, report: RegionWeek) -> list[FamilyCard]:
    pots = {
        family: (cap, cap - ordered)
        for family, cap, ordered in Pot.objects.filter(region=look.area.region, week=str(look.week))
        .values_list("family_id")
        .annotate(Sum("cap"), Sum("ordered"))
    }
    return [
        FamilyCard(
            family=family,
            figures=report.by_family.get(code, Figures()),
            pot_cap=pots.get(code, (0, 0))[0],
            pot_left=pots.get(code, (0, 0))[1],
        )
        for code, family in look.families.items()
        if code in report.by_family or code in pots
    ]


def _department_rows(
    look: Look, report: RegionWeek, addresses: Addresses, seen: Family | None
) -> list[DepartmentRow]:
    """Return the departments, the one that has ordered least of its quotas first."""
    code_seen = seen.code if seen else ""
    rows = [
        DepartmentRow(
            code=code,
            name=name,
            figures=report.by_department.get(code, {}).get(code_seen, Figures()),
            address=addresses.of(departement=code) + "#liste",
            chosen=code == look.choice.department,
        )
        for code, name in look.departments.items()
    ]
    return sorted(rows, key=lambda row: (row.figures.share is None, row.figures.share or 0))


def _map(rows: Sequence[DepartmentRow]) -> Drawing:
    areas = []
    for row in sorted(rows, key=lambda row: row.code):
        share = row.figures.share
        told = french.percent(row.figures.ordered, row.figures.quota)
        words = "pas de contingent" if share is None else f"{told} commandé"
        areas.append(
            Drawn(
                code=row.code,
                label=f"{row.name} : {words}",
                grade=grade_of(share, bounds=BOUNDS),
            )
        )
    return drawn(areas=areas, legend=LEGEND)


def _filter(look: Look) -> ListFilter:
    choice = look.choice
    return ListFilter(
        families=[
            (family.code, french.sentence(family.plural)) for family in look.families.values()
        ],
        departments=[(code, f"{name} ({code})") for code, name in look.departments.items()],
        initial=ListFilter.shown(choice),
    )


CSV_TITLES: Final = (*workbooks.ROW_TITLES[:-1], "Passée le (heure de Paris)")


@require_GET
@needs(Deed.REPORT_READ)
def export(request: ActorRequest, name: str) -> HttpResponse:
    """Give the rows of the list, all pages, as the filters and the order of the address say: CSV or XLSX."""
    look = _look(request)
    if look is None or name not in {"csv", "xlsx"}:
        raise Http404
    rows = reporting.rows_of_week(
        scope=look.area.scope, week=look.week, choice=without_pages(look.choice)
    )
    file_name = f"distrilog-{look.area.scope.code}-{look.week}.{name}"
    if name == "xlsx":
        content = workbooks.rows_workbook(
            rows=rows, name=look.area.name, week=look.week, at=clock.now()
        )
        return attachment(content=content, name=file_name, kind=XLSX)
    response = attachment(content="\ufeff", name=file_name, kind=CSV)
    writer = csv.writer(response, delimiter=";", lineterminator="\r\n")
    writer.writerow(CSV_TITLES)
    for row in rows:
        last = row.last_order_at
        when = f"{last.astimezone(PARIS):%d/%m/%Y %H:%M}" if last else ""
        writer.writerow(safe_row([*workbooks.row_cells(row), when]))
    return response
