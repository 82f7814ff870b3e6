"""When less is left than was promised: the draft of the run that cuts what is not ordered, and only that."""

from datetime import datetime

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.quotas.models import QuotaRun, Share
from distrilog.domain.quotas.queries import usable_stock
from distrilog.domain.quotas.services.decisions import Decisions, Envelope
from distrilog.domain.quotas.services.preparing import WrongState, prepare
from distrilog.domain.quotas.services.publishing import Pair, left_to_order
from distrilog.kernel.refusals import Fault, Invalid, NotFound


REASON = "Le stock ne couvre plus ce qui était promis : rappel, quarantaine ou inventaire."


def prepare_replacement(
    *, actor: Actor, run_id: int, at: datetime, reason: str = REASON
) -> QuotaRun:
    """
    Draft a run that supersedes a published one, with the same decisions and what can still be shared out.

    Each envelope is the old one, or what its source can still promise if that is less: what is usable there less
    what open orders hold. Nobody's order is touched. It is then previewed, signed and published like any other.
    Raises NotFound, `WrongState`, or `Invalid` where nothing is left to share out.
    """
    actor.require(Deed.RUN_PREPARE)
    run = QuotaRun.objects.filter(pk=run_id).first()
    if run is None:
        raise NotFound(Fault(where="run", message="Ce calcul n’existe pas."))
    if run.state != QuotaRun.State.PUBLISHED or run.expired_at is not None:
        raise WrongState(detail="Seul le calcul en vigueur d’une semaine en cours se remplace.")
    decisions = Decisions.of(run.inputs)
    envelopes = _still_possible(run)
    faults = [
        Fault(
            where=f"envelopes.{family}",
            message=f"Il ne reste rien à répartir de {family} : les commandes passées tiennent tout le stock.",
            remedy="Faire entrer du stock, ou laisser les commandes attendre.",
        )
        for family in decisions.envelopes
        if family not in envelopes
    ]
    if faults:
        raise Invalid(*faults)
    return prepare(
        actor=actor,
        week=run.week,
        envelopes=envelopes,
        multipliers=decisions.multipliers,
        floors=decisions.floors,
        cap_per_mille=decisions.cap,
        pots_per_mille=decisions.pots,
        reads_cover=decisions.reads_cover,
        doctrine=run.doctrine,
        supersedes=run.pk,
        reason=reason,
        at=at,
    )


def _still_possible(run: QuotaRun) -> dict[str, Envelope]:
    """Return the units by family and source, in whole boxes; a source that can promise nothing is left out."""
    usable = usable_stock(superseded=run)
    left = left_to_order(week=run.week)
    found: dict[str, dict[str, int]] = {}
    for share in Share.objects.filter(run=run).select_related("reservation"):
        pair: Pair = share.source_id, share.family_id
        pending = share.reservation.pending if share.reservation else 0
        ordered = pending - left[pair]
        units = min(share.envelope, usable.get(pair, 0) - ordered)
        boxes = max(0, units) // share.box_units
        if boxes:
            found.setdefault(share.family_id, {})[share.source_id] = boxes * share.box_units
    return dict(found)
