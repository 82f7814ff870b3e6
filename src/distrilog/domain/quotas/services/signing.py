"""The signature of a run by another person, over the head of its sealed files."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed, require_second_person
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.quotas.models import QuotaRun, QuotaRunFile
from distrilog.domain.quotas.queries import sealed_files, usable_stock
from distrilog.domain.quotas.services.preparing import REASON_LIMIT, WrongState, locked_run
from distrilog.domain.quotas.services.previewing import previous_head, seen
from distrilog.kernel import seals
from distrilog.kernel.refusals import Fault, Refusal
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import Week


_AGAIN: Final = "Relancer la prévisualisation, et relire ce qu’elle montre."


class InputsChanged(Refusal):
    """Les données ont changé depuis la prévisualisation."""

    slug = "inputs-changed"


def signing_key() -> seals.SigningKey:
    """Return the key that signs runs; made at its first use, kept outside repository and exports."""
    path = Path(settings.SIGNING_KEY_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    return seals.load_or_create_key(path)


@traced("signature")
@transaction.atomic
def sign(*, actor: Actor, run_id: int, at: datetime, reason: str = "") -> QuotaRun:
    """
    Sign a previewed run: another person than who prepared it, who sees what the preview saw.

    Raises `SameSigner`, `WrongState`, or `InputsChanged` with everything that is not as it was.
    """
    actor.require(Deed.RUN_SIGN)
    run = locked_run(run_id)
    if run.state != QuotaRun.State.DRAFT or not run.head:
        raise WrongState(detail="Seul un brouillon prévisualisé se signe.")
    require_second_person(prepared_by=run.prepared_by, signed_by=actor.by)
    faults = [*changed_faults(run), *_stock_faults(run)]
    if faults:
        raise InputsChanged(*faults)
    key = signing_key()
    # After this point, the signature must succeed.

    QuotaRunFile.objects.update_or_create(
        run=run,
        name=seals.SIGNATURE,
        defaults={"content": seals.sign(head=run.head, key=key)},
    )
    run.state = QuotaRun.State.SIGNED
    run.signed_by, run.signed_at = actor.by, at
    run.reason = "\n".join(filter(None, (run.reason, reason.strip())))[:REASON_LIMIT]
    run.save(update_fields=["state", "signed_by", "signed_at", "reason"])
    return run


@transaction.atomic
def export(*, run: QuotaRun, folder: Path) -> None:
    """Write the sealed files of a signed run into a new folder, byte for byte as signed."""
    files = sealed_files(run=run)
    if seals.SIGNATURE not in files:
        raise WrongState(detail="Seul un calcul signé s’exporte.")
    # After this point, only the disk can refuse.

    seals.write_folder(folder=folder, files=files)


def changed_faults(run: QuotaRun) -> Iterator[Fault]:
    """Yield what the run was computed from and is no longer so: doctrine, register, chain."""
    before: Mapping[str, Any] = run.inputs["seen"]
    features = facilities.features(on=Week.parse(run.week).monday)
    now = seen(doctrine=run.doctrine, features=features, usable={})
    if now["doctrine"] != before["doctrine"]:
        yield Fault(where="doctrine", message="La version de la doctrine a changé.", remedy=_AGAIN)
    if now["register"] != before["register"]:
        yield Fault(
            where="register",
            message="Le répertoire des établissements (capacités, effectifs, circuits) a changé.",
            remedy=_AGAIN,
        )
    if previous_head() != run.previous_head:
        yield Fault(
            where="previous", message="Un autre calcul a été publié entre-temps.", remedy=_AGAIN
        )


def _stock_faults(run: QuotaRun) -> Iterator[Fault]:
    """Yield each source and family of the run whose usable stock is not what the preview saw."""
    now = usable_stock(superseded=run.supersedes)
    then = run.inputs["seen"]["stock"]
    for share in run.shares.order_by("source", "family"):
        before = then.get(share.source_id, {}).get(share.family_id, 0)
        units = now.get((share.source_id, share.family_id), 0)
        if units != before:
            yield Fault(
                where=f"stock.{share.source_id}.{share.family_id}",
                message=(
                    f"Le stock utilisable de {share.family_id} à {share.source_id} était de {before} "
                    f"unités ; il est de {units}."
                ),
                remedy=_AGAIN,
                values={"before": before, "now": units},
            )
