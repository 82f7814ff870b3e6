"""A lot called back: blocked wherever the State or anybody else keeps it, until the recall is closed."""

from collections import Counter
from datetime import datetime
from typing import Final

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.stock.models import (
    Account,
    Lot,
    Position,
    Recall,
)
from distrilog.domain.stock.services.faults import refuse, text_faults
from distrilog.domain.stock.services.shifting import REASON_LENGTH, USED, quarantine
from distrilog.kernel.refusals import NotFound, Refusal
from distrilog.kernel.trace import traced


INSTRUCTION_LENGTH: Final = 500


class RecallClosed(Refusal):
    """Ce rappel est déjà clos."""

    slug = "recall-closed"


@traced("Rappel d’un lot")
@transaction.atomic
def recall(
    *, actor: Actor, lot: int, reason: str, instruction: str, at: datetime
) -> dict[str, int]:
    """
    Call a lot back: block it at every place, for every owner; return the units blocked by place.

    From here on the ledger lets none of it become usable, whatever arrives or returns. Declared again, it
    blocks what it still finds. A lot whose recall was closed may be recalled once more.
    """
    actor.require(Deed.RECALL_DECLARE)
    refuse(
        *text_faults("reason", reason, length=REASON_LENGTH),
        *text_faults("instruction", instruction, length=INSTRUCTION_LENGTH),
    )
    called = Lot.objects.select_for_update(no_key=True).filter(pk=lot).first()
    if called is None:
        raise NotFound(detail="Ce lot n’est pas connu.")
    # Every movement of what is usable holds one of these: it is before us, or sees the lot recalled.
    positions = Position.objects.filter(family__articles__lots=lot).order_by("pk")
    list(positions.select_for_update(of=("self",)).values_list("pk", flat=True))
    # After this point, the recall must succeed.

    declared = _declare(called, actor=actor, reason=reason, instruction=instruction, at=at)
    keys = Account.objects.filter(lot=lot, status__in=[each.value for each in USED], units__gt=0)
    blocked = quarantine(
        list(keys.values_list("lot_id", "place_id", "owner_id", "status")),
        key=f"recall:{declared.pk}:{at.isoformat()}",
        reason=f"Rappel : {reason.strip()}",
        by=actor.by,
        at=at,
    )
    by_place: Counter[str] = Counter()
    for (_lot, place, _owner, _status), units in blocked.items():
        by_place[place] += units
    return dict(by_place)


def _declare(lot: Lot, *, actor: Actor, reason: str, instruction: str, at: datetime) -> Recall:
    declared, new = Recall.objects.get_or_create(
        lot=lot,
        defaults={
            "reason": reason.strip(),
            "instruction": instruction.strip(),
            "declared_by": actor.by,
            "declared_at": at,
        },
    )
    if not new and declared.closed_at is not None:
        declared.reason, declared.instruction = reason.strip(), instruction.strip()
        declared.declared_by, declared.declared_at = actor.by, at
        declared.closed_by, declared.closed_at = "", None
        declared.save()
    if lot.recalled_at is None:
        lot.recalled_at = at
        lot.save(update_fields=["recalled_at"])
    return declared


@traced("Clôture d’un rappel")
@transaction.atomic
def close_recall(*, actor: Actor, recall_id: int, reason: str, at: datetime) -> Recall:
    """Close a recall: what is in quarantine stays there, and may be unblocked or written off from now on."""
    actor.require(Deed.RECALL_DECLARE)
    refuse(*text_faults("reason", reason, length=REASON_LENGTH))
    lot = Lot.objects.select_for_update(no_key=True).filter(recall=recall_id).first()
    if lot is None:
        raise NotFound(detail="Ce rappel n’est pas connu.")
    declared = Recall.objects.get(pk=recall_id)
    if declared.closed_at is not None:
        raise RecallClosed(detail=f"Ce rappel est clos depuis le {declared.closed_at:%d/%m/%Y}.")
    # After this point, the closing must succeed.

    declared.closed_by, declared.closed_at = actor.by, at
    declared.save()
    lot.recalled_at = None
    lot.save(update_fields=["recalled_at"])
    return declared
