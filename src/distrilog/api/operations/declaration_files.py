"""Files of declarations: one facility’s or a group’s, taken whole or not at all, every error at once."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import Query, Router

from distrilog.api.answers import answer
from distrilog.api.gate import ApiRequest, Gate, kind_of
from distrilog.api.operations.declarations import week_of
from distrilog.api.operations.parameters import WeekQuery
from distrilog.api.operations.rules import ruled
from distrilog.api.problems import Malformed, TooLarge
from distrilog.api.shapes.declarations import ImportedFile
from distrilog.domain.accounts.rules import Deed
from distrilog.domain.declarations import services
from distrilog.domain.declarations.services import Imported, ToConfirm
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, Invalid
from distrilog.kernel.tables import LARGEST_FILE


XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv"
MULTIPART: Final = "multipart/form-data"
# A whole file and the lines around it.
_LARGEST_BODY: Final = LARGEST_FILE + 64 * 1024
# What a system shows; the counts say how many more there are.
MOST_SHOWN: Final = 500

router = Router(
    tags=["Déclarations"], auth=Gate(kinds=(CSV, XLSX, MULTIPART), largest=_LARGEST_BODY)
)

DryRun = Annotated[bool, Query(description="vérifier sans rien enregistrer")]
Confirm = Annotated[bool, Query(description="les quantités qui surprennent sont exactes")]


@router.post(
    "/declarations/imports",
    response={200: ImportedFile},
    operation_id="importDeclarations",
    summary="Déclarer par un fichier",
    description=(
        "CSV ou XLSX, pour un établissement ou plusieurs : établissement, famille, stock, et s’ils y sont "
        "consommation et semaine, dans n’importe quel ordre. Tout le fichier, ou rien : 422 dit toutes les "
        "erreurs, 409 `to-confirm` toutes les questions. Un second envoi n’y change rien."
    ),
    openapi_extra=ruled(
        Deed.DECLARATION_MAKE,
        requestBody={
            "required": True,
            "description": "le fichier lui-même, ou un formulaire avec un seul fichier",
            "content": {
                CSV: {"schema": {"type": "string"}},
                XLSX: {"schema": {"type": "string", "format": "binary"}},
                MULTIPART: {
                    "schema": {
                        "type": "object",
                        "properties": {"file": {"type": "string", "format": "binary"}},
                        "required": ["file"],
                    }
                },
            },
        },
    ),
)
def import_declarations(
    request: ApiRequest,
    dry_run: DryRun = False,  # noqa: FBT002 - the framework passes them by name
    confirm: Confirm = False,  # noqa: FBT002
    week: WeekQuery = None,
) -> HttpResponse:
    """Take a file of declarations."""
    actor = request.auth
    actor.require(Deed.DECLARATION_MAKE)
    name, content = _file(request)
    if not content:
        raise Invalid(Fault(where="file", message="Aucun fichier n’a été envoyé."))
    imported = services.import_file(
        actor=actor,
        name=name,
        content=content,
        at=clock.now(),
        dry_run=dry_run,
        confirm=confirm,
        week=week_of(week) if week else None,
    )
    # A dry run tells what is wrong with lines; what holds none is refused like any other body.
    unreadable = any(fault.where == "file" for fault in imported.refused)
    if unreadable or not (imported.applied or dry_run):
        raise _refusal(imported)
    return answer(_seen(imported, dry_run=dry_run))


def _file(request: ApiRequest) -> tuple[str, bytes]:
    kind = kind_of(request.META)
    if kind != MULTIPART:
        return ("declarations.csv" if kind == CSV else "declarations.xlsx"), _whole(request)
    try:
        files = [each for _name, group in request.FILES.lists() for each in group]
    except (MultiPartParserError, SuspiciousOperation) as error:
        raise Malformed(detail="Le formulaire est illisible, ou trop long.") from error
    if len(files) != 1 or not isinstance(files[0], UploadedFile):
        raise Invalid(Fault(where="file", message="Joignez un seul fichier, CSV ou XLSX."))
    return (files[0].name or "")[:100], _whole(files[0])


def _whole(stream: Any) -> bytes:
    """Return all of a file, or refuse it: one byte more than is read tells."""
    content: bytes = stream.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise TooLarge(detail=f"Un fichier fait {LARGEST_FILE // 1024 // 1024} Mo au plus.")
    return content


def _refusal(imported: Imported) -> Invalid | ToConfirm:
    refused = bool(imported.refused)
    faults = imported.refused if refused else imported.questions
    counts = {"lines_read": imported.lines, "refused_count": len(imported.refused)}
    detail = f"{len(faults)} " + ("erreurs" if refused else "quantités à confirmer")
    found: type[Invalid | ToConfirm] = Invalid if refused else ToConfirm
    return found(*faults[:MOST_SHOWN], detail=f"Rien n’a été enregistré : {detail}.", **counts)


def _seen(imported: Imported, *, dry_run: bool) -> dict[str, Any]:
    return {
        "applied": imported.applied,
        "dry_run": dry_run,
        "lines": imported.lines,
        "unchanged": imported.unchanged,
        "declarations": imported.declarations,
        "refused": _shown(imported.refused),
        "refused_count": len(imported.refused),
        "questions": _shown(imported.questions),
        "questions_count": len(imported.questions),
    }


def _shown(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    return [fault.as_dict() for fault in faults[:MOST_SHOWN]]
