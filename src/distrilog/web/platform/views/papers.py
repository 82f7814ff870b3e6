"""A round's papers: its list as PDF, CSV or workbook, and delivery notes, of one facility or of all."""

from collections.abc import Sequence
from typing import Final

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.distribution.queries import platforms
from distrilog.domain.distribution.queries.platforms import RoundSeen, Site
from distrilog.domain.facilities.models import Territory
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.weeks import PARIS
from distrilog.web.platform.files import sites_csv, sites_workbook
from distrilog.web.platform.paper import list_pdf, notes_pdf
from distrilog.web.platform.telling import families_by_code
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.shared.spreadsheets import CSV, XLSX, attachment


PDF: Final = "application/pdf"


def _round(
    request: ActorRequest, territory: str, plan: int, *, facilities: Sequence[str] | None = None
) -> tuple[Territory, RoundSeen, list[Site]]:
    scope = request.actor.scope
    place = platforms.platform(territory=territory, scope=scope)
    found = platforms.round_of(plan_id=plan, territory=territory, scope=scope)
    sites = platforms.sites(plan_id=plan, territory=territory, scope=scope, facilities=facilities)
    if not sites:
        raise NotFound(Fault(where="facility", message="Aucun site de ce plan, ici."))
    return place, found, sites


@require_safe
@needs(Deed.PERIMETER_READ)
def listing(request: ActorRequest, territory: str, plan: int, name: str) -> HttpResponse:
    """Give the list of who gets what: `pdf`, `csv` or `xlsx`."""
    if name not in {"pdf", "csv", "xlsx"}:
        raise Http404
    place, found, sites = _round(request, territory, plan)
    families, at = families_by_code(), clock.now()
    file_name = f"distrilog-tournee-{found.week}-{place.pk}-{at.astimezone(PARIS):%Y-%m-%d}.{name}"
    if name == "csv":
        content = sites_csv(found=found, sites=sites, families=families)
        return attachment(content=content, name=file_name, kind=CSV)
    if name == "xlsx":
        workbook = sites_workbook(found=found, sites=sites, families=families, at=at)
        return attachment(content=workbook, name=file_name, kind=XLSX)
    paper = list_pdf(platform=place, found=found, sites=sites, families=families, at=at)
    return attachment(content=paper, name=file_name, kind=PDF)


@require_safe
@needs(Deed.PERIMETER_READ)
def notes(request: ActorRequest, territory: str, plan: int) -> HttpResponse:
    """Give the delivery notes of a whole round, a page a facility."""
    return _notes(request, territory, plan, facilities=None)


@require_safe
@needs(Deed.PERIMETER_READ)
def note(request: ActorRequest, territory: str, plan: int, registry: str) -> HttpResponse:
    """Give the delivery note of one facility."""
    return _notes(request, territory, plan, facilities=[registry])


def _notes(
    request: ActorRequest, territory: str, plan: int, *, facilities: Sequence[str] | None
) -> HttpResponse:
    place, found, sites = _round(request, territory, plan, facilities=facilities)
    paper = notes_pdf(
        platform=place, found=found, sites=sites, families=families_by_code(), at=clock.now()
    )
    which = sites[0].registry if facilities else "tous"
    name = f"distrilog-bon-{found.week}-{place.pk}-{which}.pdf"
    return attachment(content=paper, name=name, kind=PDF)
