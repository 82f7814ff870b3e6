"""The week of a region's stock: opening + in - out = closing, what is pending, what has been lying, what waits."""

from collections.abc import Mapping, Sequence
from csv import writer
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Region
from distrilog.domain.regional import queries
from distrilog.domain.regional.queries.situation import regions, zone_of
from distrilog.domain.regional.rules import Balance
from distrilog.domain.resupply import queries as resupply
from distrilog.domain.stock.models import Entry
from distrilog.kernel import clock
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week
from distrilog.web.regional.pages import families, page, region_shown
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.shared.spreadsheets import CSV, XLSX, attachment, safe_row


OPEN_SHOWN: Final = 200
OLDEST_SHOWN: Final = 5
_WORDS: Final[Mapping[str, str]] = {
    **dict(Entry.Kind.choices),
    "receipt": "arrivées",
    "issue": "remis",
    "transfer_out": "vers les plateformes",
    "transfer_in": "depuis le stock régional",
    "cession": "cédé",
}
_HEADINGS: Final = (
    "Région", "Semaine", "Famille", "Propriétaire", "Lieu", "Ouverture", "Entrées", "Sorties", "Clôture",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyWeek:
    """A family in the week: in the region's own store, at the platforms, whoever's it is; what is still to come. Units."""

    family: Family
    store: Balance
    platforms: Balance
    pending: int
    rows: Sequence[queries.SituationRow]

    @property
    def came(self) -> str:
        """By what the store's units came, in words."""
        return _by_kind(self.store.arrivals)

    @property
    def left(self) -> str:
        """By what the store's units left, in words."""
        return _by_kind(self.store.departures)


def _by_kind(units: Mapping[str, int]) -> str:
    return ", ".join(_WORDS.get(kind, kind) for kind in units)


@require_safe
@needs(Deed.REGIONAL_READ)
def situation(request: ActorRequest) -> HttpResponse:
    """Show a week of a region's stock."""
    region, at = region_shown(request), clock.now()
    week = _week(request, region)
    scope = Scope(kind=ScopeKind.REGION, code=region.pk)
    if request.actor.scope.kind is ScopeKind.DEPARTMENT:
        scope = request.actor.scope
    needs_open = resupply.requests(scope=scope, at=at, limit=OPEN_SHOWN)
    asked = [row.asked_at for row in needs_open.rows]
    ages = _ages(region)
    context = {
        "week": week,
        "before": week.plus(-1),
        "after": week.plus(1) if week < _now(region) else None,
        "families": _families(region, week),
        "ages": ages[:OLDEST_SHOWN],
        "other_ages": ages[OLDEST_SHOWN:],
        "waiting": queries.waiting(region=region.pk, at=at),
        "open_needs": needs_open.count,
        "oldest_need_days": max((at - min(asked)).days, 0) if asked else 0,
        "reserves": queries.reserves(
            region=region.pk,
            department=scope.code if scope.kind is ScopeKind.DEPARTMENT else "",
        ),
        "regions": regions() if request.actor.scope.kind is ScopeKind.COUNTRY else [],
    }
    return page(request, "situation", tab="situation", region=region, context=context)


def _now(region: Region) -> Week:
    return Week.at(clock.now(), zone_of(region.pk))


def _week(request: ActorRequest, region: Region) -> Week:
    asked = request.GET.get("semaine", "")
    now = _now(region)
    try:
        week = Week.parse(asked) if asked else now
    except ValueError:
        raise Http404 from None
    return min(week, now)


def _families(region: Region, week: Week) -> list[FamilyWeek]:
    found = queries.situation_of_week(region=region.pk, week=week)
    shown = []
    for code, family in families().items():
        rows = [row for row in found.rows if row.family == code]
        pending = found.pending.get(code)
        if rows or (pending and pending.pending):
            shown.append(
                FamilyWeek(
                    family=family,
                    store=found.family(code, at_platforms=False),
                    platforms=found.family(code, at_platforms=True),
                    pending=pending.pending if pending else 0,
                    rows=rows,
                )
            )
    return shown


def _ages(region: Region) -> list[tuple[queries.Ageing, Family]]:
    known = families()
    found = queries.ages(region=region.pk, at=clock.now())
    return [(each, known[each.family]) for each in found if each.family in known]


@require_safe
@needs(Deed.REGIONAL_READ)
def export(request: ActorRequest, kind: str) -> HttpResponse:
    """Send the week as a file: a row for each family, owner and place."""
    region = region_shown(request)
    week = _week(request, region)
    rows = [_HEADINGS, *_rows(region, week)]
    name = f"stock-regional-{region.pk}-{week}.{kind}"
    if kind == "csv":
        text = StringIO()
        writer(text, delimiter=";").writerows(rows)
        return attachment(content="\ufeff" + text.getvalue(), name=name, kind=CSV)
    if kind == "xlsx":
        return attachment(content=_workbook(str(week), rows), name=name, kind=XLSX)
    raise Http404


def _workbook(title: str, rows: Sequence[Sequence[Any]]) -> bytes:
    import xlsxwriter  # noqa: PLC0415 - only who asks for a workbook pays for it

    content = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet(title)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return content.getvalue()


def _rows(region: Region, week: Week) -> list[Sequence[Any]]:
    names = {code: each.name for code, each in families().items()}
    return [
        safe_row(
            [
                region.name,
                str(week),
                names.get(row.family, row.family),
                row.owner_name,
                row.place_name,
                row.balance.opening,
                row.balance.came,
                row.balance.left,
                row.balance.closing,
            ]
        )
        for row in queries.situation_of_week(region=region.pk, week=week).rows
    ]
