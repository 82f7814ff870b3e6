"""Quota runs: prepared by one person, signed by another, published, exported for anyone to verify."""

import io
import zipfile
from dataclasses import asdict
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Body, Path, Router

from distrilog.api.answers import answer
from distrilog.api.gate import ApiRequest
from distrilog.api.operations.rules import ruled
from distrilog.api.shapes.bases import NAME
from distrilog.api.shapes.runs import Run, RunAsked, RunList, RunPreviewed, RunSigned
from distrilog.domain.accounts.rules import Deed
from distrilog.domain.quotas import queries, services
from distrilog.domain.quotas.models import QuotaRun
from distrilog.domain.quotas.services import WrongState
from distrilog.kernel import clock


router = Router(tags=["Calculs des contingents"])

ZIP = "application/zip"
# The same bytes for the same run, whenever it is asked for: the earliest date that the format knows.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_PATH = "/api/v1/quota-runs/"

Name = Annotated[
    str,
    Path(
        pattern=NAME,
        description="numéro du calcul, ou `latest` : le dernier publié",
        examples=["latest"],
    ),
]


@router.post(
    "/quota-runs",
    response={201: Run},
    operation_id="prepareRun",
    summary="Préparer le calcul d’une semaine",
    description="Écrit les décisions dans un brouillon ; rien n’est encore calculé.",
    openapi_extra=ruled(Deed.RUN_PREPARE),
)
def prepare_run(request: ApiRequest, body: Annotated[RunAsked, Body()]) -> HttpResponse:
    """Write a draft."""
    decisions = body.model_dump()
    run = services.prepare(
        actor=request.auth,
        week=decisions.pop("week"),
        envelopes=decisions.pop("envelopes"),
        at=clock.now(),
        **decisions,
    )
    return answer(_seen(run), status=201, Location=f"{_PATH}{run.pk}")


@router.get(
    "/quota-runs",
    response={200: RunList},
    operation_id="listRuns",
    summary="Lister les derniers calculs",
    openapi_extra=ruled(Deed.RUN_READ),
)
def list_runs(request: ApiRequest) -> HttpResponse:
    """Answer the latest runs."""
    request.auth.require(Deed.RUN_READ)
    return answer({"items": [_seen(run) for run in queries.runs()]})


@router.get(
    "/quota-runs/{run}",
    response={200: Run},
    operation_id="getRun",
    summary="Lire un calcul",
    openapi_extra=ruled(Deed.RUN_READ),
)
def get_run(request: ApiRequest, run: Name) -> HttpResponse:
    """Answer one run."""
    request.auth.require(Deed.RUN_READ)
    return answer(_seen(queries.named_run(name=run)))


@router.post(
    "/quota-runs/{run}/preview",
    response={200: RunPreviewed},
    operation_id="previewRun",
    summary="Calculer et prévisualiser",
    description="Calcule la part de chacun et scelle les fichiers ; quelques secondes.",
    openapi_extra=ruled(Deed.RUN_PREPARE),
)
def preview_run(request: ApiRequest, run: Name) -> HttpResponse:
    """Compute a draft and answer what it would give."""
    request.auth.require(Deed.RUN_PREPARE)
    found = queries.named_run(name=run)
    preview = services.preview(actor=request.auth, run_id=found.pk, at=clock.now())
    return answer({"run": _seen(queries.get(run_id=found.pk)), **asdict(preview)})


@router.post(
    "/quota-runs/{run}/sign",
    response={200: Run},
    operation_id="signRun",
    summary="Signer un calcul",
    description="Par une autre personne que celle qui l’a préparé.",
    openapi_extra=ruled(Deed.RUN_SIGN),
)
def sign_run(
    request: ApiRequest, run: Name, body: Annotated[RunSigned | None, Body()] = None
) -> HttpResponse:
    """Sign a previewed run."""
    request.auth.require(Deed.RUN_SIGN)
    found = queries.named_run(name=run)
    reason = body.reason if body else ""
    signed = services.sign(actor=request.auth, run_id=found.pk, reason=reason, at=clock.now())
    return answer(_seen(signed))


@router.post(
    "/quota-runs/{run}/publish",
    response={200: Run},
    operation_id="publishRun",
    summary="Publier un calcul",
    description="Vérifie de nouveau stock et données, réserve le stock et ouvre les contingents.",
    openapi_extra=ruled(Deed.RUN_SIGN),
)
def publish_run(request: ApiRequest, run: Name) -> HttpResponse:
    """Publish a signed run."""
    request.auth.require(Deed.RUN_SIGN)
    found = queries.named_run(name=run)
    return answer(_seen(services.publish(actor=request.auth, run_id=found.pk, at=clock.now())))


@router.get(
    "/quota-runs/{run}/export",
    operation_id="exportRun",
    summary="Exporter les fichiers scellés",
    description="Un ZIP, toujours le même octet pour octet, que `verify_run` vérifie une fois décompressé.",
    openapi_extra=ruled(
        Deed.RUN_READ,
        responses={
            200: {
                "description": "OK",
                "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    ),
)
def export_run(request: ApiRequest, run: Name) -> HttpResponse:
    """Answer the sealed files of a signed run as a ZIP."""
    request.auth.require(Deed.RUN_READ)
    found = queries.named_run(name=run)
    queries.refuse_stocks(run=found, actor=request.auth)
    if not found.signed_by:
        raise WrongState(detail="Seul un calcul signé s’exporte.")
    return HttpResponse(
        zipped(queries.sealed_files(run=found)),
        content_type=ZIP,
        headers={"Content-Disposition": f'attachment; filename="{found.week}-{found.pk}.zip"'},
    )


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a ZIP of files by name: the same files give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=_NO_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name], compresslevel=6)
    return target.getvalue()


def _seen(run: QuotaRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "week": run.week,
        "state": run.state,
        "doctrine": run.doctrine.code,
        "inputs": run.inputs,
        "supersedes": run.supersedes_id,
        "reason": run.reason,
        "head": run.head,
        "previous_head": run.previous_head,
        "prepared_at": run.prepared_at,
        "previewed_at": run.previewed_at,
        "signed_at": run.signed_at,
        "published_at": run.published_at,
    }
