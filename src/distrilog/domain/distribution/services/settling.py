"""What stays of a plan at a platform and why, what a platform advanced, and what it is given back."""

from datetime import datetime

from django.db import connection, transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.distribution.models import Plan, Residual, Settlement
from distrilog.domain.distribution.queries import reach
from distrilog.domain.distribution.services.carrying import TEXT_LENGTH
from distrilog.domain.distribution.services.leaving import lock_platforms, short, to_door
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.rules import STATE, first_expired_first_out
from distrilog.domain.stock.services import NotEnoughStock, move
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


def require_territory(actor: Actor, territory: str) -> None:
    """Refuse a platform that is not in the actor's scope as one that does not exist."""
    reach.platform(territory=territory, scope=actor.scope)


def require_words(words: str, *, where: str, message: str) -> str:
    """Return words without the blanks around, or refuse those that say nothing or too much."""
    found = words.strip()
    if not 0 < len(found) <= TEXT_LENGTH:
        raise Invalid(Fault(where=where, message=message))
    return found


@traced("reliquat expliqué")
@transaction.atomic
def explain_residual(
    *,
    actor: Actor,
    plan_id: int,
    territory: str,
    family: str,
    units: int,
    reason: str,
    at: datetime,
) -> Residual:
    """Say why units of a plan stay at the platform once its round is over (row C3); no more than there are."""
    actor.require(Deed.PLATFORM_RUN)
    require_territory(actor, territory)
    lock_platforms([territory])
    there = staying(plan_id=plan_id, territory=territory).get(family, 0)
    if not 0 < units <= there:
        raise Invalid(
            Fault(
                where="units",
                message=f"Il reste {there} unités de ce plan : impossible d’en expliquer {units}.",
                values={"asked": units, "left": there},
            )
        )
    reason = require_words(reason, where="reason", message="Dire pourquoi ces unités restent.")
    # After this point, the word must succeed.

    residual, _ = Residual.objects.update_or_create(
        plan_id=plan_id,
        territory_id=territory,
        family_id=family,
        defaults={"units": units, "reason": reason, "by": actor.by, "at": at},
    )
    return residual


_STAYING = """
    SELECT family_id, sum(units)::bigint FROM (
        SELECT line.family_id, line.received AS units
          FROM distribution_flowline line JOIN distribution_flow flow ON flow.id = line.flow_id
         WHERE flow.plan_id = %(plan)s AND flow.territory_id = %(territory)s AND line.received IS NOT NULL
        UNION ALL
        SELECT line.family_id, hand_out.owed - hand_out.units
          FROM distribution_planline line JOIN distribution_handout hand_out ON hand_out.line_id = line.id
         WHERE line.plan_id = %(plan)s AND line.territory_id = %(territory)s
    ) AS changes GROUP BY 1 HAVING sum(units) <> 0
"""


def staying(*, plan_id: int, territory: str) -> dict[str, int]:
    """Return the units of a plan that a platform received and has not handed out, by family; only where there are some."""
    with connection.cursor() as cursor:
        cursor.execute(_STAYING, {"plan": plan_id, "territory": territory})
        return dict(cursor.fetchall())


def debts(*, territory: str) -> dict[str, int]:
    """Return what the State owes a platform, in units by family: what it advanced, less what it was given back."""
    return reach.debts(scope=Scope(kind=ScopeKind.TERRITORY, code=territory)).get(territory, {})


@traced("compensation de plateforme")
@transaction.atomic
def settle(
    *,
    actor: Actor,
    territory: str,
    family: str,
    units: int,
    reason: str,
    owner: str = STATE,
    at: datetime,
) -> Settlement:
    """
    Leave a platform units that lie there, for what it advanced (row C8): at most what it is owed.

    `owner` is whose units they are: the State’s, or an agency’s that gives them up.
    """
    actor.require(Deed.PLAN_ADJUST)
    require_territory(actor, territory)
    lock_platforms([territory])
    owed = debts(territory=territory).get(family, 0)
    if not 0 < units <= owed:
        raise Invalid(
            Fault(
                where="units",
                message=f"L’État doit {owed} unités à cette plateforme : impossible d’en compenser {units}.",
                values={"asked": units, "left": owed},
            )
        )
    reason = require_words(reason, where="reason", message="Dire pourquoi elle est compensée.")
    place = reach.platform_code(territory)
    lots = _on_shelf(place=place, family=family, units=units, owner=owner, at=at)
    if sum(lots.values()) < units:
        raise NotEnoughStock(short(family, asked=units, there=sum(lots.values())))
    # After this point, the settlement must succeed.

    settlement = Settlement.objects.create(
        territory_id=territory, family_id=family, units=units, reason=reason, by=actor.by, at=at
    )
    key = f"settlement:{settlement.pk}"
    move(
        movements=[
            movement
            for lot, part in lots.items()
            for movement in to_door(
                place=place, lot=lot, units=part, key=f"{key}:{lot}", owner=owner
            )
        ],
        by=actor.by,
        at=at,
    )
    return settlement


def _on_shelf(*, place: str, family: str, units: int, owner: str, at: datetime) -> dict[int, int]:
    batches = stock.batches(place=place, families=[family], owner=owner, lock=True)[family]
    return first_expired_first_out(units=units, batches=batches, on=at.astimezone(PARIS).date())


def sent_plan(plan_id: int) -> Plan:
    """Return a plan that was sent, or NotFound: nothing of another is at a platform."""
    plan = Plan.objects.filter(pk=plan_id, state=Plan.State.SENT).first()
    if plan is None:
        raise NotFound(Fault(where="plan", message="Aucun plan envoyé de ce numéro."))
    return plan
