"""Le pays: the week’s stock, quotas and orders, its fairness, and what waits for a signature."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.queries import cover
from distrilog.domain.declarations.rules.picture import AreaCover, FamilyCover, Picture, Width
from distrilog.domain.distribution.models import Plan
from distrilog.domain.distribution.queries import plans
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.facilities.models import FacilityImport, Region
from distrilog.domain.quotas import queries as quotas
from distrilog.domain.quotas.models import QuotaRun
from distrilog.domain.regimes import queries as regimes
from distrilog.domain.regimes.models import RegimeDecision
from distrilog.domain.reporting import queries as reporting
from distrilog.domain.reporting.rules import CountryWeek, FamilyWeek, Figures
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Place
from distrilog.kernel import clock
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.weeks import PARIS, Week
from distrilog.web.shared import cover as covers, format as french
from distrilog.web.shared.geography import Area, Drawing, drawn, grade_of
from distrilog.web.shared.rights import ActorRequest, needs


# Share of the quotas already ordered: bounds of the five classes, and the words of each.
BOUNDS = (0.05, 0.25, 0.5, 0.75)
LEGEND = ("moins de 5 %", "de 5 à 25 %", "de 25 à 50 %", "de 50 à 75 %", "75 % et plus")
WEEKS_BACK = 5
BAR = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyCard:
    """One family on the page: what the week holds of it, its stock, and in how many regions it is in tension."""

    family: Family
    week: FamilyWeek
    available: int
    reserved: int
    tension_regions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRow:
    """One region or department: what was ordered of all the quotas of the families shown."""

    code: str
    name: str
    figures: Figures

    @property
    def width(self) -> str:
        """The length of its bar, in thousandths."""
        return str(int(BAR * (self.figures.share or 0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverRow(covers.InWords):
    """How long the country's declared stock of a family lasts, and where it lasts least."""

    family: Family
    cover: FamilyCover
    today: date
    lowest: AreaCover | None

    @property
    def end(self) -> covers.End:
        """When it ends if nothing arrives."""
        return covers.end_of(self.cover.run_out, today=self.today)

    @property
    def lowest_days(self) -> str:
        """The cover of the region that lasts least."""
        if self.lowest is None:
            return ""
        return covers.days(self.lowest.families[self.family.code].figures.cover_tenths)


@require_GET
@needs(Deed.RUN_READ)
def week(request: ActorRequest) -> HttpResponse:
    """Show one week of the country, the current one unless asked."""
    at = clock.now()
    chosen = _chosen(request, at)
    family = request.GET.get("famille", "")
    report = reporting.country_week(week=chosen)
    families = {one.code: one for one in Family.objects.order_by("position", "code")}
    code = family if family in families else _most_shared(report)
    run = quotas.in_force(week=str(chosen))
    context = {
        "week": chosen,
        "weeks": [Week.at(at).plus(-back) for back in range(WEEKS_BACK + 1)],
        "report": report,
        "cards": _cards(report=report, families=families, at=at),
        "regions_count": Region.objects.count(),
        "family": families.get(code),
        "families": families.values(),
        "map": _map(report, code),
        "regions": _rows(report.by_region, report.region_names, code),
        "departments": _rows(report.by_department, report.department_names, code),
        "run": run,
        "preview": quotas.preview_of(run=run) if run else None,
        "waiting": _waiting(),
        "may_list": request.actor.may(Deed.DECLARATION_READ),
        "covers": _covers(request.actor, week=chosen, families=families, at=at),
        "places": _places(families),
    }
    return render(request, "country/week.html", context)


def _chosen(request: ActorRequest, at: datetime) -> Week:
    try:
        return Week.parse(request.GET.get("semaine", ""))
    except ValueError:
        return Week.at(at)


def _most_shared(report: CountryWeek) -> str:
    return max(report.families, key=lambda one: one.shared).family if report.families else ""


def _cards(
    *, report: CountryWeek, families: Mapping[str, Family], at: datetime
) -> list[FamilyCard]:
    held = stock.holdings()
    tension: dict[str, int] = {}
    for (family, _), standing in regimes.in_force(at=at).items():
        tension[family] = tension.get(family, 0) + (standing.regime == "tension")
    return [
        FamilyCard(
            family=families[row.family],
            week=row,
            available=sum(one.free for (_, of), one in held.items() if of == row.family),
            reserved=sum(one.reserved for (_, of), one in held.items() if of == row.family),
            tension_regions=tension.get(row.family, 0),
        )
        for row in report.families
    ]


def _map(report: CountryWeek, family: str) -> Drawing:
    areas = []
    for code, by_family in report.by_department.items():
        share = by_family.get(family, Figures()).share
        told = "pas de contingent" if share is None else f"{share:.0%} commandé".replace("%", " %")
        areas.append(
            Area(
                code=code,
                label=f"{report.department_names[code]} : {told}",
                grade=grade_of(share, bounds=BOUNDS),
            )
        )
    return drawn(areas=areas, legend=LEGEND)


def _rows(
    figures: Mapping[str, Mapping[str, Figures]], names: Mapping[str, str], family: str
) -> list[AreaRow]:
    rows = [
        AreaRow(code=code, name=names[code], figures=by_family.get(family, Figures()))
        for code, by_family in figures.items()
    ]
    return sorted(rows, key=lambda row: -(row.figures.share or 0))


_TO_DO: dict[str, str] = {Plan.State.DRAFT: "à transmettre", Plan.State.FROZEN: "à envoyer"}


def _waiting() -> list[tuple[str, str, int]]:
    """Return what waits for a signature, or for the cell's hand: words, route, number."""
    runs = QuotaRun.objects.filter(state__in=["draft", "signed"]).order_by("pk")
    decisions = (
        RegimeDecision.objects.filter(state="draft")
        .order_by("pk")
        .prefetch_related("lines__family")
    )
    versions = DoctrineVersion.objects.filter(state="draft").order_by("pk")
    imports = FacilityImport.objects.filter(state="waiting").order_by("pk")
    return [
        *(
            (
                f"Calcul, {french.week_name(run.week)} : {run.get_state_display()}",
                "decisions:run",
                run.pk,
            )
            for run in runs
        ),
        *(
            (f"Régime : {one.get_regime_display()}, {_families(one)}", "decisions:regime", one.pk)
            for one in decisions
        ),
        *((f"Doctrine {one.code}", "decisions:doctrine", one.pk) for one in versions),
        *(
            (
                f"Plan de répartition, {french.week_name(plan.week)} : {_TO_DO[plan.state]}",
                "plans:plan",
                plan.pk,
            )
            for plan in plans.waiting()
        ),
        *((f"Import du répertoire : {one.file_name}", "", one.pk) for one in imports),
    ]


def _families(decision: RegimeDecision) -> str:
    """Name the families of a decision whose lines were read, in the order of the catalogue."""
    families = {line.family.position: line.family.plural for line in decision.lines.all()}
    return ", ".join(words for _, words in sorted(families.items()))


def _covers(
    actor: Actor, *, week: Week, families: Mapping[str, Family], at: datetime
) -> list[CoverRow]:
    """Return the families by when their declared stock ends, for those who may see the whole country’s cover."""
    if actor.scope.kind is not ScopeKind.COUNTRY or not actor.may(Deed.COVER_READ):
        return []
    found = cover.picture(scope=actor.scope, width=Width.COUNTRY, week=week, weeks=1)
    today = at.astimezone(PARIS).date()
    rows = [
        CoverRow(family=families[code], cover=each, today=today, lowest=_lowest(found, code))
        for code, each in found.total.families.items()
        if each.figures.declared
    ]
    return sorted(rows, key=lambda row: row.cover.figures.cover_tenths or 0)


def _lowest(found: Picture, family: str) -> AreaCover | None:
    """Return the region that lasts least."""
    told = [part for part in found.children if part.families[family].figures.need]
    return min(told, key=lambda part: part.families[family].figures.cover_tenths or 0, default=None)


def _places(families: Mapping[str, Family]) -> list[tuple[str, list[tuple[Family, int, int]]]]:
    """Return stock by place: its name, and each family with what is available and reserved."""
    held = stock.holdings()
    nothing = stock.Holding()
    places = Place.objects.exclude(
        kind__in=[Place.Kind.DOOR, Place.Kind.LOAN, Place.Kind.CONSORTIUM]
    )
    return [
        (
            place.name,
            [
                (family, one.free, one.reserved)
                for family in families.values()
                for one in [held.get((place.code, family.code), nothing)]
            ],
        )
        for place in places.order_by("kind", "name")
    ]
