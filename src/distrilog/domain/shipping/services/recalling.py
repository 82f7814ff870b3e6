"""Recalling a lot: what lies anywhere is blocked, who holds some is told, and who was told is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed, Role
from distrilog.domain.facilities.models import Facility
from distrilog.domain.messages import services as messages
from distrilog.domain.messages.models import Message
from distrilog.domain.shipping.queries.recalls import RECALL_KEY, recall_trace
from distrilog.domain.stock import services as stock
from distrilog.domain.stock.models import Recall
from distrilog.kernel.trace import traced


# Whoever keeps stock or watches over those who do.
DESKS = (Role.SPF, Role.OPERATOR, Role.NATIONAL_CELL, Role.NATIONAL_DUTY, Role.ARS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What a recall did: units blocked by place, and how many facilities were told by it."""

    recall: int
    blocked: Mapping[str, int]
    told: int


@traced("Rappel d’un lot")
@transaction.atomic
def recall_lot(*, actor: Actor, lot: int, reason: str, instruction: str, at: datetime) -> Recalled:
    """
    Call a lot back: block it everywhere, and tell every facility that may have some, once each.

    Declared again, it blocks and tells only what and whom it finds anew. Facilities are told by an
    official message, to be acknowledged; the desks by another. Raises what `stock.recall` raises.
    """
    actor.require(Deed.RECALL_DECLARE)
    blocked = stock.recall(actor=actor, lot=lot, reason=reason, instruction=instruction, at=at)
    declared = Recall.objects.select_related("lot__article").get(lot=lot)
    registries = {holder.facility for holder in recall_trace(lot=lot)}
    told = _tell_holders(declared, registries, at=at)
    _tell_desks(declared, blocked, len(registries), at=at)
    return Recalled(recall=declared.pk, blocked=blocked, told=told)


def _tell_holders(declared: Recall, registries: set[str], *, at: datetime) -> int:
    known = _already_told(declared)
    ids = [
        number
        for number in Facility.objects.filter(registry__in=registries)
        .order_by("pk")
        .values_list("pk", flat=True)
        if number not in known
    ]
    if ids:
        messages.send(
            key=f"{_key(declared)}{at.timestamp():.6f}",
            title=f"Rappel du lot {declared.lot.number} : {declared.lot.article.name}",
            body=(
                f"Vous avez reçu, ou allez recevoir, des articles du lot {declared.lot.number} "
                f"({declared.lot.article.name}, GTIN {declared.lot.article_id}). Ne les utilisez plus.\n\n"
                f"Motif : {declared.reason}\n\nCe qu’il faut faire : {declared.instruction}"
            ),
            facility_ids=ids,
            official=True,
            by=declared.declared_by,
            at=at,
        )
    return len(ids)


def _already_told(declared: Recall) -> set[int]:
    """Return who was told since this recall was declared; an earlier, closed one counts for nothing."""
    rows: Sequence[list[int]] = list(
        Message.objects.filter(
            key__startswith=_key(declared), sent_at__gte=declared.declared_at
        ).values_list("facility_ids", flat=True)
    )
    return {number for ids in rows for number in ids}


def _tell_desks(
    declared: Recall, blocked: Mapping[str, int], facilities: int, *, at: datetime
) -> None:
    messages.send(
        key=f"recall-desks:{declared.pk}:{declared.declared_at.timestamp():.6f}",
        title=f"Rappel du lot {declared.lot.number} : {declared.lot.article.name}",
        body=(
            f"Motif : {declared.reason}\n\nConsigne : {declared.instruction}\n\n"
            f"Unités bloquées : {sum(blocked.values())}. Établissements prévenus : {facilities}. "
            "Ce lot ne doit plus être préparé ni expédié."
        ),
        roles=DESKS,
        by=declared.declared_by,
        at=at,
    )


def _key(declared: Recall) -> str:
    return f"{RECALL_KEY}{declared.lot_id}:"
