"""
Continuity: when the operator or the portal is away, open orders go to the SPF and platform chain, and come back.

An order that moves gets a new assignment in the same transaction as its promise moves. Whoever held it before
may still believe it is theirs; but nothing leaves before its advice is accepted here, and an advice under the
old assignment is refused. So nothing is shipped twice, however long the silence lasts.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed, Role
from distrilog.domain.messages import services as messages
from distrilog.domain.orders import services as orders
from distrilog.domain.shipping.models import Fulfilment, Outage
from distrilog.domain.shipping.rules import OPEN
from distrilog.domain.shipping.services.handing import (
    hand_over,
    tell_operator,
    withdraw_from_operator,
)
from distrilog.domain.shipping.services.progressing import lock_fulfilments, save_progress
from distrilog.domain.stock import queries as stock
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal
from distrilog.kernel.trace import traced


OPERATOR = "operator"
FALLBACK = "spf"
# Orders whose promises move in one transaction.
BATCH = 2000


class OutageOpen(Refusal):
    """Une panne de ce partenaire est déjà déclarée."""

    slug = "outage-open"


@traced("panne déclarée")
@transaction.atomic
def declare_outage(
    *, actor: Actor, partner: str, reason: str, at: datetime, drill: bool = False
) -> Outage:
    """Declare a partner away, or an exercise of it; `reroute` then moves what can move."""
    actor.require(Deed.OUTAGE_DECLARE)
    faults = []
    if partner not in Outage.Partner.values:
        faults.append(Fault(where="partner", message="Choisissez l’opérateur ou le portail."))
    if not reason.strip():
        faults.append(Fault(where="reason", message="Dites ce qui se passe, en une phrase."))
    if faults:
        raise Invalid(*faults)
    if Outage.objects.filter(partner=partner, ended_at__isnull=True).exists():
        raise OutageOpen(detail="Levez-la avant d’en déclarer une autre.")
    outage = Outage.objects.create(
        partner=partner,
        drill=drill,
        reason=reason.strip()[:500],
        declared_by=actor.by,
        declared_at=at,
    )
    _tell(outage, at=at)
    return outage


@traced("fin de panne")
@transaction.atomic
def end_outage(*, actor: Actor, outage_id: int, at: datetime) -> Outage:
    """Say that the partner is back; `reroute` then gives back what SPF has not shipped. Twice is once."""
    actor.require(Deed.OUTAGE_DECLARE)
    outage = Outage.objects.select_for_update().filter(pk=outage_id).first()
    if outage is None:
        raise NotFound(Fault(where="outage", message="Cette panne n’existe pas."))
    if outage.ended_at is None:
        outage.ended_at, outage.ended_by = at, actor.by
        outage.save()
        _tell(outage, at=at)
    return outage


def _tell(outage: Outage, *, at: datetime) -> None:
    what = "Exercice de panne" if outage.drill else "Panne"
    over = outage.ended_at is not None
    messages.send(
        key=f"outage-{outage.pk}-{'end' if over else 'start'}",
        title=f"{what} {'terminé' if outage.drill else 'terminée'} : {outage.get_partner_display()}"
        if over
        else f"{what} : {outage.get_partner_display()}",
        body=(
            "Le circuit habituel reprend : les commandes non expédiées lui sont rendues."
            if over
            else f"{outage.reason} Les commandes en cours passent par Santé publique France et les "
            "établissements supports. Rien n’est perdu ni expédié deux fois ; chaque commande montre son circuit."
        ),
        roles=[
            Role.ARS,
            Role.DELEGATION,
            Role.PLATFORM,
            Role.SPF,
            Role.OPERATOR,
            Role.NATIONAL_CELL,
        ],
        by=outage.ended_by or outage.declared_by,
        at=at,
    )


def reroute(*, at: datetime, by: str = "continuity") -> int:
    """
    Move open orders to where an open outage sends them, or back once it has ended; return how many.

    Oldest promise first, whole orders only, as far as the stock there can be promised; the others wait and
    are tried again at the next call. Each batch is a transaction: a kill in between leaves whole orders.
    """
    hand_over(at=at)
    outage = Outage.objects.filter(ended_at__isnull=True).order_by("pk").first()
    candidates = _candidates(away=outage is not None)
    moved = sum(
        _reroute_batch(candidates[start : start + BATCH], away=outage is not None, by=by, at=at)
        for start in range(0, len(candidates), BATCH)
    )
    _note(outage, moved, at=at)
    return moved


@transaction.atomic
def _reroute_batch(references: Sequence[str], *, away: bool, by: str, at: datetime) -> int:
    source, target = (OPERATOR, FALLBACK) if away else (FALLBACK, OPERATOR)
    fulfilments = [
        each
        for each in lock_fulfilments(references=references).values()
        # Since they were listed, it may have left, or moved.
        if each.place_id == source and each.state in OPEN
    ]
    chosen = list(_that_fit(fulfilments, target=target))
    if not chosen:
        return 0
    # After this point, the move must succeed.

    orders.redirect(
        unshipped={
            each.pk: {line.family_id: line.to_come for line in each.lines.all() if line.to_come}
            for each in chosen
        },
        target=target,
        key=f"outage:{chosen[0].pk}:{chosen[0].assignment}:{len(chosen)}:{target}",
        reason="Panne déclarée" if away else "Fin de panne",
        by=by,
        at=at,
    )
    withdrawn = [(each.order.reference, each.assignment, "Panne déclarée") for each in chosen]
    for each in chosen:
        each.place_id = target
        each.assignment += 1
        each.by_platform = away
        each.exhausted = False
        each.answered_at = None
        each.despatch_on = None
        for line in each.lines.all():
            line.confirmed = None
    save_progress(fulfilments=chosen)
    if away:
        withdraw_from_operator(orders=withdrawn, at=at)
    else:
        tell_operator(orders=[(each.pk, each.assignment) for each in chosen], at=at)
    return len(chosen)


def _candidates(*, away: bool) -> list[str]:
    """Return open orders that are not where they should be, oldest promise first."""
    rows = Fulfilment.objects.filter(state__in=OPEN)
    rows = (
        rows.filter(place=OPERATOR)
        if away
        else rows.filter(place=FALLBACK, by_platform=True, order__route=OPERATOR)
    )
    return list(
        rows.order_by("order__promised_on", "pk").values_list("order__reference", flat=True)
    )


def _that_fit(fulfilments: Sequence[Fulfilment], *, target: str) -> Iterator[Fulfilment]:
    """Yield the orders that the target can promise in full, taking from its free stock as they go."""
    free = Counter(stock.available(places=[target]))
    for each in sorted(fulfilments, key=lambda one: (one.order.promised_on, one.pk)):
        wanted = {
            (target, line.family_id): line.to_come for line in each.lines.all() if line.to_come
        }
        if wanted and all(free[pair] >= units for pair, units in wanted.items()):
            free.subtract(wanted)
            yield each


def _note(outage: Outage | None, moved: int, *, at: datetime) -> None:
    """Keep how many have moved, how many wait, and when the last one moved."""
    row = outage or Outage.objects.filter(ended_at__isnull=False).order_by("-ended_at").first()
    if row is None:
        return
    row = Outage.objects.get(pk=row.pk)
    if outage is not None:
        row.moved += moved
        row.waiting = Fulfilment.objects.filter(place=OPERATOR, state__in=OPEN).count()
        row.moved_at = at if moved else row.moved_at
    else:
        row.returned += moved
        row.returned_at = at if moved else row.returned_at
    if moved or row.waiting != (outage.waiting if outage else row.waiting):
        row.save()
