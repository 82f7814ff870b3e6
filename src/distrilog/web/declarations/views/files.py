"""Declaring by file: the model to fill in, the check that shows every error, and the import."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages as notes
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from distrilog.domain.accounts.models import Person
from distrilog.domain.accounts.rules import Deed
from distrilog.domain.declarations import services
from distrilog.domain.declarations.services import Imported
from distrilog.kernel import clock
from distrilog.kernel.tables import LARGEST_FILE
from distrilog.kernel.weeks import Week
from distrilog.web.declarations.model_file import as_csv, as_workbook, lines_of, sites_of
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.shared.spreadsheets import CSV, XLSX, attachment


# A page that lists more is no longer read; the rest is counted.
MOST_SHOWN: Final = 1_000
# What the page carries from the check to the import; a larger file is chosen again.
MOST_CARRIED: Final = 1_000_000
LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file as it came: chosen now, or carried since it was checked."""

    name: str
    content: bytes

    @property
    def carried(self) -> str:
        """The content as the page carries it, empty where it is too large."""
        return b64encode(self.content).decode() if len(self.content) <= MOST_CARRIED else ""


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.DECLARATION_MAKE)
def importing(request: ActorRequest) -> HttpResponse:
    """Check a file and show all that is wrong with it; then take it down."""
    if request.method != "POST":
        return _page(request)
    file = _file(request)
    if file is None:
        return _page(request, fault="Choisissez un fichier CSV ou XLSX.", status=422)
    imported = services.import_file(
        actor=request.actor,
        name=file.name,
        content=file.content,
        at=clock.now(),
        dry_run="enregistrer" not in request.POST,
        confirm="confirmer" in request.POST,
    )
    if imported.applied:
        notes.success(request, _told(imported))
        return redirect("declarations:import")
    return _page(request, file=file, **_shown(imported), status=422 if imported.refused else 200)


def _file(request: ActorRequest) -> _File | None:
    sent = request.FILES.get("file")
    if sent is not None:
        # One byte more than what is read at all: the reader refuses it by its size.
        return _File(name=(sent.name or "")[:LONGEST_NAME], content=sent.read(LARGEST_FILE + 1))
    carried = request.POST.get("carried", "")
    try:
        content = b64decode(carried, validate=True)
    except NotBase64:
        return None
    return (
        _File(name=request.POST.get("name", "")[:LONGEST_NAME], content=content)
        if content
        else None
    )


def _shown(imported: Imported) -> dict[str, Any]:
    return {
        "imported": imported,
        "faults": imported.refused[:MOST_SHOWN],
        "hidden": max(0, len(imported.refused) - MOST_SHOWN),
        "questions": imported.questions[:MOST_SHOWN],
    }


def _told(imported: Imported) -> str:
    if not imported.declarations:
        return "Ce fichier ne dit rien de nouveau : tout était déjà enregistré."
    written = french.plural(imported.lines - imported.unchanged, "ligne")
    made = french.plural(imported.declarations, "déclaration")
    return f"C’est enregistré : {written}, {made}."


def _page(request: ActorRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    sites = sites_of(person=_person(request), at=clock.now())
    context = {"sites": sites, "size": f"{LARGEST_FILE // 1024 // 1024}", **more}
    return render(request, "declarations/import.html", context, status=status)


@require_safe
@needs(Deed.DECLARATION_MAKE)
def model(request: ActorRequest, kind: str) -> HttpResponse:
    """Send the file to fill in, for all the sites that the person declares for."""
    at = clock.now()
    week = Week.at(at)
    lines = lines_of(sites=sites_of(person=_person(request), at=at), week=week)
    name = f"declaration-{week}.{kind}"
    if kind == "csv":
        return attachment(content=as_csv(lines), name=name, kind=CSV)
    if kind == "xlsx":
        return attachment(content=as_workbook(lines), name=name, kind=XLSX)
    raise Http404


def _person(request: ActorRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user
