"""An agency's change to one platform's lines of one family, until the plan is frozen."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from django.db import connection, transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.distribution import rules
from distrilog.domain.distribution.models import Adjustment, Plan, PlanLine, PlanShare
from distrilog.domain.distribution.services.deciding import WrongState, locked
from distrilog.domain.facilities.models import Facility, Territory
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


REASON_LENGTH: Final = 500


@traced("ajustement")
@transaction.atomic
def adjust(
    *,
    actor: Actor,
    plan_id: int,
    territory: str,
    family: str,
    changes: Mapping[str, int],
    reason: str,
    key: str = "",
    at: datetime,
) -> Adjustment:
    """
    Move units between the facilities of a platform: `changes` by registry number, adding up to nothing; once a key.

    Whole boxes, above the floors, before the freeze, within one's region, and it says why. Raises `Invalid` with
    every fault at once, `NotFound` outside one's scope, `WrongState` once frozen.
    """
    actor.require(Deed.PLAN_ADJUST)
    asked = (plan_id, territory, family, dict(changes))
    # Asked again after the freeze, what was made is still made; asked twice at once, the second waits for the first.
    if made := _made(actor, key, asked=asked):
        return made
    plan = locked(plan_id, states=[Plan.State.SHARED])
    if made := _made(actor, key, asked=asked):
        return made
    if at >= plan.freezes_at:
        raise WrongState(
            detail=f"Ce plan est arrêté depuis le {plan.freezes_at.astimezone(PARIS):%d/%m à %H:%M}."
        )
    lines = _locked_lines(
        actor=actor, plan=plan, territory=territory, family=family, registries=changes
    )
    share = PlanShare.objects.filter(plan=plan, family=family).first()
    if share is None:
        raise NotFound(Fault(where="family", message="Cette famille n’est pas de ce plan."))
    faults = [
        Fault(
            where=f"lines.{registry}",
            message=f"Le site « {registry[:20]} » n’est pas servi par cette plateforme dans ce plan.",
        )
        for registry in changes
        if registry not in lines
    ]
    moved = [
        rules.Moved(
            registry=registry,
            name=lines[registry].facility.name,
            units=lines[registry].units,
            change=change,
            floor=lines[registry].floor,
        )
        for registry, change in changes.items()
        if registry in lines
    ]
    faults += rules.adjustment_faults(moved=moved, box=share.box_units)
    if not 0 < len(reason.strip()) <= REASON_LENGTH:
        faults.append(
            Fault(
                where="reason",
                message=f"Dire pourquoi, en {REASON_LENGTH} caractères au plus.",
            )
        )
    if faults:
        raise Invalid(*faults)
    # After this point, the adjustment must succeed.

    with connection.cursor() as cursor:
        cursor.execute(
            _CHANGE,
            [[lines[each.registry].pk for each in moved], [each.change for each in moved]],
        )
    return Adjustment.objects.create(
        plan=plan,
        territory_id=territory,
        family_id=family,
        changes={each.registry: each.change for each in moved},
        reason=reason.strip(),
        key=_stored(actor, key),
        by=actor.by,
        at=at,
    )


# Names the keys of adjustments: any constant will do, as long as it never changes.
_KEYS: Final = UUID("5b0f2a51-2f0e-5a0c-9d3e-6a1c1f7f4a92")


def _stored(actor: Actor, key: str) -> str | None:
    """Return a key as it is kept: its caller's own."""
    return str(uuid5(_KEYS, f"{actor.by}|{key}")) if key else None


def _made(
    actor: Actor, key: str, *, asked: tuple[int, str, str, Mapping[str, int]]
) -> Adjustment | None:
    """Return the adjustment that was made under this key; refuse the key for another one."""
    if not key:
        return None
    found = Adjustment.objects.filter(key=_stored(actor, key)).first()
    if found is not None:
        made = (found.plan_id, found.territory_id, found.family_id, found.changes)
        if made != asked:
            raise Invalid(
                Fault(where="key", message="Cette clé a déjà servi à un autre ajustement.")
            )
    return found


_CHANGE: Final = """
    UPDATE distribution_planline line SET changed = line.changed + moved.change
      FROM unnest(%s::bigint[], %s::bigint[]) AS moved (id, change)
     WHERE line.id = moved.id AND moved.change <> 0
"""


def _locked_lines(
    *, actor: Actor, plan: Plan, territory: str, family: str, registries: Collection[str]
) -> dict[str, PlanLine]:
    """Lock some lines of a platform and family, by registry number; NotFound outside the actor's scope."""
    within = Territory.objects.filter(
        pk=territory, platform__in=Facility.objects.within(actor.scope)
    )
    if not within.exists():
        raise NotFound(
            Fault(where="territory", message="Aucune plateforme de ce nom dans votre périmètre.")
        )
    return {
        line.facility.registry: line
        for line in PlanLine.objects.filter(
            plan=plan, territory=territory, family=family, facility__registry__in=registries
        )
        .select_related("facility")
        .select_for_update(of=("self",))
        .order_by("facility_id")
    }
