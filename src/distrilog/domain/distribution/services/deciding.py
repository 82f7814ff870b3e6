"""A plan's way: to the agencies, frozen, given up."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed, Role, require_second_person
from distrilog.domain.distribution.models import Plan
from distrilog.domain.distribution.services.holding import hold_volumes, release_volumes
from distrilog.domain.messages import services as messages
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS, Week


State = Plan.State


class WrongState(Refusal):
    """Ce plan n’en est pas à cette étape."""

    slug = "wrong-plan-state"


def locked(plan_id: int, *, states: Iterable[str]) -> Plan:
    """Lock a plan until the transaction ends; NotFound without it, WrongState when it is elsewhere."""
    plan = Plan.objects.select_for_update(of=("self",)).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound(Fault(where="plan", message=f"Aucun plan n° {plan_id}."))
    if plan.state not in set(states):
        raise WrongState(detail=f"Ce plan est à l’état « {plan.get_state_display()} ».")
    return plan


@traced("plan transmis aux ARS")
@transaction.atomic
def share(*, actor: Actor, plan_id: int, at: datetime) -> Plan:
    """
    Give a draft to the agencies, who may adjust it until it is frozen; by another person than its author.

    Its volumes are promised from then on. Raises `NotEnoughStock` where they are gone meanwhile.
    """
    actor.require(Deed.PLAN_SHARE)
    plan = locked(plan_id, states=[State.DRAFT])
    require_second_person(prepared_by=plan.prepared_by, signed_by=actor.by)
    if at >= plan.freezes_at:
        raise WrongState(
            detail=f"Ce plan devait être arrêté le {plan.freezes_at.astimezone(PARIS):%d/%m à %H:%M} : en préparer un autre."
        )
    hold_volumes(plan=plan, by=actor.by, at=at)
    # After this point, the sharing must succeed.

    plan.state, plan.shared_by, plan.shared_at = State.SHARED, actor.by, at
    plan.save(update_fields=["state", "shared_by", "shared_at"])
    week = Week.parse(plan.week)
    messages.send(
        key=f"plan-{plan.pk}",
        title=f"Plan de répartition de la semaine {week.number} : à ajuster",
        body=(
            f"Le plan de la semaine {week.number} de {week.year} est transmis aux agences. Il peut être ajusté,"
            f" plateforme par plateforme, jusqu’au {plan.freezes_at.astimezone(PARIS):%d/%m/%Y à %H:%M}."
        ),
        roles=[Role.ARS, Role.DELEGATION, Role.PLATFORM],
        by=actor.by,
        at=at,
    )
    return plan


@traced("plan arrêté")
@transaction.atomic
def freeze(*, actor: Actor, plan_id: int, at: datetime) -> Plan:
    """Freeze a shared plan before its time: nothing of it changes any more."""
    actor.require(Deed.PLAN_SHARE)
    plan = locked(plan_id, states=[State.SHARED])
    # After this point, the freeze must succeed.

    return _freeze(plan, at=at)


@traced("plans arrêtés à leur heure")
@transaction.atomic
def freeze_due(*, at: datetime) -> int:
    """Freeze the shared plans whose time has come; return how many. Safe to call again."""
    due = list(
        Plan.objects.select_for_update(of=("self",)).filter(state=State.SHARED, freezes_at__lte=at)
    )
    for plan in due:
        _freeze(plan, at=at)
    return len(due)


def _freeze(plan: Plan, *, at: datetime) -> Plan:
    plan.state, plan.frozen_at = State.FROZEN, at
    plan.save(update_fields=["state", "frozen_at"])
    return plan


@traced("plan abandonné")
@transaction.atomic
def abandon(*, actor: Actor, plan_id: int, reason: str, at: datetime) -> Plan:
    """Give up a plan that nothing was sent of; it stays as a trace and frees its rank."""
    actor.require(Deed.PLAN_PREPARE)
    plan = locked(plan_id, states=[State.DRAFT, State.SHARED, State.FROZEN])
    if not reason.strip():
        raise Invalid(Fault(where="reason", message="Dire pourquoi ce plan est abandonné."))
    # After this point, the abandon must succeed.

    if plan.state != State.DRAFT:
        release_volumes(plan=plan, by=actor.by, at=at)
    plan.state = State.ABANDONED
    plan.reason = f"{plan.reason}\n{reason}".strip()[:2000]
    plan.save(update_fields=["state", "reason"])
    return plan
