"""The register follows its files: a delta is shown, applied at once, or waits for a signature."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from distrilog.domain.facilities import queries
from distrilog.domain.facilities.models import FacilityImport
from distrilog.domain.facilities.rules import (
    Change,
    Kind,
    Offer,
    State,
    compare,
    default,
    reasons_to_wait,
)
from distrilog.domain.facilities.services.writing import apply
from distrilog.kernel.refusals import Fault, Forbidden, Invalid, NotFound, Refusal


IMPORT_LOCK = "distrilog.facilities.import"
# Reading and writing a national file takes longer than a web request may.
IMPORT_TIMEOUT_MS = 10 * 60 * 1000


class FileRefused(Invalid):
    """Le fichier est refusé : rien n’a été modifié."""

    slug = "facility-file-refused"


class ImportNotWaiting(Refusal):
    """Cet import n’attend pas de signature."""

    slug = "import-not-waiting"


class SamePerson(Forbidden):
    """La personne qui a importé le fichier ne peut pas le signer."""

    slug = "same-person"


class RegisterChanged(Refusal):
    """Le répertoire a changé depuis le dépôt du fichier."""

    slug = "register-changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What became of a file: `applied`, `waiting`, `nothing` to change, or `dry_run`.

    `reasons` say why it waits (or would); `skipped` counts the lines that are no concern of ours.
    """

    state: str
    import_id: int | None
    changes: Sequence[Change]
    reasons: Sequence[str]
    skipped: Mapping[str, int]

    def count(self, kind: Kind) -> int:
        """Return how many facilities are added, changed or closed."""
        return sum(change.kind is kind for change in self.changes)


@transaction.atomic
def import_delta(*, offer: Offer, by: str, at: datetime, dry_run: bool = False) -> Outcome:
    """
    Bring the register to what a file says, or keep the delta until another person signs it.

    Refuses the whole file, with every fault, as soon as one line is wrong. A dry run writes nothing.
    The same file twice changes nothing the second time.
    """
    _hold_register()
    register = queries.register(perimeter=offer.perimeter, on=offer.dated)
    delta = compare(offer=offer, register=register)
    if delta.faults:
        raise FileRefused(*delta.faults, detail=f"{len(delta.faults)} faute(s) dans le fichier.")
    reasons = reasons_to_wait(delta=delta, register=register, perimeter=offer.perimeter)
    state = "nothing"
    if delta.changes:
        state = "waiting" if reasons else "applied"
    if dry_run:
        state = "dry_run"
    # After this point, the import must succeed.

    row = None
    if state in {"waiting", "applied"}:
        row = FacilityImport.objects.create(
            file_name=offer.file_name[:200],
            digest=offer.digest,
            layout=offer.layout,
            state=state,
            added=delta.count(Kind.ADDED),
            changed=delta.count(Kind.CHANGED),
            closed=delta.count(Kind.CLOSED),
            reasons=reasons,
            delta=[change.as_dict() for change in delta.changes] if reasons else [],
            imported_by=by,
            imported_at=at,
        )
    if state == "applied":
        apply(delta.changes, states=register.states, on=offer.dated, origin=offer.layout)
    return Outcome(
        state=state,
        import_id=row.pk if row else None,
        changes=delta.changes,
        reasons=reasons,
        skipped=delta.skipped,
    )


@transaction.atomic
def sign_import(*, import_id: int, by: str, at: datetime) -> Outcome:
    """
    Apply a delta that waits; whoever signs is another person than who imported.

    Refuses when a facility of the delta has changed since: import the file again.
    """
    _hold_register()
    row = _lock_waiting(import_id)
    if _same_person(by, row.imported_by):
        raise SamePerson(
            Fault(
                where="by",
                message=f"« {row.imported_by} » a déposé ce fichier.",
                remedy="Faites signer par une autre personne.",
            )
        )
    changes = [Change.of(kept) for kept in row.delta]
    states = queries.states(registries=[change.registry for change in changes])
    stale = [change.registry for change in changes if _is_stale(change, states)]
    if stale:
        raise RegisterChanged(
            *(
                Fault(
                    where=registry,
                    message=f"L’établissement {registry} a changé entre-temps.",
                    remedy="Importez de nouveau le fichier.",
                )
                for registry in stale
            )
        )
    # After this point, the signature must succeed.

    apply(changes, states=states, on=row.imported_at.date(), origin=row.layout)
    row.state, row.delta = FacilityImport.State.APPLIED, []
    row.signed_by, row.signed_at = by, at
    row.save(update_fields=["state", "delta", "signed_by", "signed_at"])
    return Outcome(
        state="applied", import_id=row.pk, changes=changes, reasons=row.reasons, skipped={}
    )


@transaction.atomic
def turn_down_import(*, import_id: int, by: str, at: datetime) -> None:
    """Refuse a delta that waits: nothing of it will be applied. Its author may do so too."""
    row = _lock_waiting(import_id)
    # After this point, the refusal must succeed.

    row.state, row.delta = FacilityImport.State.REFUSED, []
    row.signed_by, row.signed_at = by, at
    row.save(update_fields=["state", "delta", "signed_by", "signed_at"])


def _hold_register() -> None:
    """Let one import at a time read and write; readers and orders go on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(IMPORT_TIMEOUT_MS)])
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [IMPORT_LOCK])


def _lock_waiting(import_id: int) -> FacilityImport:
    """Return an import under lock; refuses one that is unknown or not waiting."""
    row = FacilityImport.objects.select_for_update().filter(pk=import_id).first()
    if row is None:
        raise NotFound(
            Fault(
                where="import",
                message=f"Aucun import n° {import_id}.",
                remedy="Vérifiez le numéro donné à l’import.",
            )
        )
    if row.state != FacilityImport.State.WAITING:
        raise ImportNotWaiting(
            Fault(where="import", message=f"L’import n° {import_id} est {row.get_state_display()}.")
        )
    return row


def _same_person(one: str, other: str) -> bool:
    """Tell whether two names are the same, whatever their case and spaces."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _is_stale(change: Change, states: Mapping[str, State]) -> bool:
    """Tell whether a facility is no longer what it was when the change was computed."""
    now = states.get(change.registry)
    if change.kind is Kind.ADDED or now is None:
        return (now is None) != (change.kind is Kind.ADDED)
    return any(now.get(key, default(key)) != value for key, value in change.before.items())
