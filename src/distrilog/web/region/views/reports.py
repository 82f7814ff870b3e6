"""The week's report of an area: the page, and the workbook with the same numbers."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.reporting import queries as reporting, workbooks
from distrilog.domain.reporting.rules import Choice, Figures, Refused
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week
from distrilog.web.region.area import address, area_of, week_of, weeks_offered
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.shared.spreadsheets import XLSX, attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRow:
    """One family of the report: its sums, and what was refused of it."""

    family: Family
    figures: Figures
    refused: Refused


@require_GET
@needs(Deed.REPORT_READ)
def report(request: ActorRequest) -> HttpResponse:
    """Show the sums of a week by family and by department, as the workbook holds them."""
    area = area_of(actor=request.actor, region=request.GET.get("region", ""))
    if area is None:
        return redirect("region:desk")
    current = Week.at(clock.now())
    week = week_of(request, current=current)
    found = reporting.region_week(scope=area.scope, week=week, choice=Choice(per_page=1))
    families = {family.code: family for family in Family.objects.order_by("position", "code")}
    refused = {each.family: each for each in found.refused}
    kept = area.kept | {"semaine": str(week)}
    context = {
        "area": area,
        "week": week,
        "weeks": weeks_offered(week=week, current=current),
        "at": clock.now(),
        "families": [
            FamilyRow(
                family=family,
                figures=found.by_family[code],
                refused=refused.get(code, Refused(family=code)),
            )
            for code, family in families.items()
            if code in found.by_family
        ],
        "areas": [(each, families[each.family]) for each in found.areas],
        "rows": found.total,
        "workbook": address(reverse("region:workbook"), **kept),
        "desk": address(reverse("region:desk"), **kept),
    }
    return render(request, "region/report.html", context)


@require_GET
@needs(Deed.REPORT_READ)
def workbook(request: ActorRequest) -> HttpResponse:
    """Give the same report as an XLSX file, with every row."""
    area = area_of(actor=request.actor, region=request.GET.get("region", ""))
    if area is None:
        raise Http404
    at = clock.now()
    week = week_of(request, current=Week.at(at))
    content = workbooks.report_workbook(scope=area.scope, name=area.name, week=week, at=at)
    return attachment(
        content=content, name=f"distrilog-rapport-{area.scope.code}-{week}.xlsx", kind=XLSX
    )
