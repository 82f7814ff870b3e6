"""Settling claims: each has an owner and an end, and the ledger follows."""

from datetime import datetime

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.facilities.models import Facility
from distrilog.domain.shipping.models import Claim
from distrilog.domain.shipping.rules import OUTCOMES, Difference, Outcome
from distrilog.domain.shipping.services.progressing import lock_fulfilments, save_progress
from distrilog.domain.stock import services as ledger
from distrilog.domain.stock.rules import DOOR, Kind, Status
from distrilog.kernel.refusals import Fault, Forbidden, Invalid, NotFound, Refusal
from distrilog.kernel.trace import traced


class AlreadySettled(Refusal):
    """Cette réclamation est déjà close."""

    slug = "already-settled"


@traced("clôture d’une réclamation")
@transaction.atomic
def settle_claim(
    *, actor: Actor, claim_id: int, outcome: Outcome, reason: str, at: datetime
) -> Claim:
    """
    End a claim with an outcome that its kind allows. Only its owner (SPF, the operator) may.

    What was found is delivered and received after all; what is written off leaves the books; what is sent
    back lies in quarantine at the place it came from; what is kept stays delivered. Raises NotFound,
    Forbidden, `AlreadySettled` or Invalid.
    """
    actor.require(Deed.CLAIM_SETTLE)
    claim = (
        Claim.objects.filter(
            pk=claim_id,
            despatch__fulfilment__order__facility__in=Facility.objects.within(actor.scope),
        )
        .select_related("despatch__fulfilment__order", "despatch__place")
        .first()
    )
    if claim is None:
        raise NotFound(Fault(where="claim", message="Cette réclamation n’existe pas."))
    if actor.route and claim.owner != actor.route and not _is_keeper(actor, claim):
        raise Forbidden(detail="Cette réclamation est à traiter par un autre exécutant.")
    reference = claim.despatch.fulfilment.order.reference
    fulfilment = lock_fulfilments(references=[reference])[reference]
    claim = Claim.objects.select_for_update().select_related("despatch__place").get(pk=claim_id)
    if claim.outcome:
        if claim.outcome == outcome:
            return claim
        raise AlreadySettled(detail=f"Elle l’a été : « {claim.get_outcome_display()} ».")
    _refuse_unfit(claim, outcome, reason)
    # After this point, the settlement must succeed.

    claim.outcome, claim.reason = Claim.Outcome(outcome), reason.strip()
    claim.settled_by, claim.settled_at = actor.by, at
    claim.save()
    if claim.kind != Difference.EXTRA:
        line = next(each for each in fulfilment.lines.all() if each.family_id == claim.family_id)
        if outcome in {Outcome.FOUND, Outcome.KEPT} and claim.kind != Difference.LOST:
            line.disputed -= claim.units
            line.received += claim.units
        elif outcome is Outcome.FOUND:
            line.failed -= claim.units
            line.delivered += claim.units
            line.received += claim.units
        save_progress(fulfilments=[fulfilment])
        ledger.move(movements=[_movement(claim, outcome)], by=actor.by, at=at)
    return claim


def _is_keeper(actor: Actor, claim: Claim) -> bool:
    """SPF answers for the overseas stores as well."""
    return actor.route == "spf" and claim.owner == "overseas"


def _refuse_unfit(claim: Claim, outcome: Outcome, reason: str) -> None:
    faults = []
    if outcome not in OUTCOMES[Difference(claim.kind)]:
        faults.append(
            Fault(
                where="outcome",
                message=f"Une réclamation « {claim.get_kind_display()} » ne se clôt pas ainsi.",
            )
        )
    if not reason.strip():
        faults.append(Fault(where="reason", message="Dites pourquoi, en une phrase."))
    if faults:
        raise Invalid(*faults)


def _movement(claim: Claim, outcome: Outcome) -> ledger.Movement:
    """Return the entry that ends a dispute: lost parcels are disputed at their place, the rest at the door."""
    origin = claim.despatch.place_id
    kind, target, to = {
        Outcome.FOUND: (Kind.DISPUTE, Status.DELIVERED, DOOR),
        Outcome.KEPT: (Kind.DISPUTE, Status.DELIVERED, DOOR),
        Outcome.WRITTEN_OFF: (Kind.WRITE_OFF, Status.OUTSIDE, ""),
        Outcome.SENT_BACK: (Kind.RETURN, Status.QUARANTINE, origin),
    }[outcome]
    assert claim.lot_id is not None, "only extra units have no lot"
    return ledger.Movement(
        key=f"claim:{claim.pk}",
        kind=kind,
        lot=claim.lot_id,
        units=claim.units,
        place=origin if claim.kind == Difference.LOST else DOOR,
        to=to,
        source=Status.DISPUTED,
        target=target,
        about=claim.despatch.reference,
        reason=claim.reason,
    )
