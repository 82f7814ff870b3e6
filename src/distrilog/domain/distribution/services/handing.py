"""What a platform hands out of a plan: to one facility, to those of a round, to all; and what it takes back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Sum

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.distribution.models import HandOut, PlanLine
from distrilog.domain.distribution.queries.reach import in_scope, platform_code
from distrilog.domain.distribution.services.leaving import (
    Act,
    Due,
    give,
    lock_platforms,
    require_key,
)
from distrilog.domain.distribution.services.settling import (
    debts,
    require_territory,
    require_words,
    sent_plan,
)
from distrilog.domain.stock.models import Lot
from distrilog.domain.stock.rules import DOOR, Kind, Status
from distrilog.domain.stock.services import KeyReused, Movement, move
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.trace import traced


@traced("remise")
@transaction.atomic
def hand_out(
    *,
    actor: Actor,
    plan_id: int,
    registry: str,
    units: Mapping[str, int],
    key: str,
    way: str = HandOut.Way.COLLECTED,
    advance: bool = False,
    at: datetime,
) -> list[HandOut]:
    """
    Give a facility units of its lines, by family; once a key.

    No more than its lines still owe it. Where the platform’s stock of the State is short, `advance` takes the rest from
    its own, which the State then owes it; without it, `NotEnoughStock`.
    """
    actor.require(Deed.PLATFORM_RUN)
    require_key(key)
    sent_plan(plan_id)
    lines = _lines(actor=actor, plan_id=plan_id, registry=registry, families=units)
    lock_platforms({line.territory_id for line in lines.values()})
    if known := _known(key, lines=[line.pk for line in lines.values()]):
        return known
    faults = [*_hand_out_faults(lines, units), *_way_faults([way])]
    if faults:
        raise Invalid(*faults)
    dues = [
        Due(
            line=lines[family].pk,
            territory=lines[family].territory_id,
            family=family,
            units=asked,
        )
        for family, asked in units.items()
    ]
    give(dues=dues, act=Act(key=key, by=actor.by, at=at, way=way, advance=advance))
    return _known(key, lines=[due.line for due in dues])


@traced("tournée remise")
@transaction.atomic
def hand_out_round(
    *,
    actor: Actor,
    plan_id: int,
    territory: str,
    families: Collection[str] | None = None,
    facilities: Collection[str] | None = None,
    key: str,
    way: str = "",
    advance: bool = False,
    at: datetime,
) -> list[HandOut]:
    """
    Give all that is left of a platform’s lines, or of those of `families` and of `facilities` (registry numbers); once a key.

    `way` is how it goes; empty, each facility’s way of the last time. All or nothing, in a fixed number of statements.
    Raises `NotEnoughStock` with every family that is short.
    """
    actor.require(Deed.PLATFORM_RUN)
    require_key(key)
    require_territory(actor, territory)
    sent_plan(plan_id)
    lock_platforms([territory])
    if known := _known(key, plan_id=plan_id, territory=territory):
        return known
    if faults := list(_way_faults([way] if way else [])):
        raise Invalid(*faults)
    dues = _left(plan_id=plan_id, territories=[territory], families=families, facilities=facilities)
    ways = None if way else usual_ways(lines=[due.line for due in dues])
    act = Act(
        key=key,
        by=actor.by,
        at=at,
        way=way or HandOut.Way.COLLECTED,
        ways=ways,
        advance=advance,
    )
    give(dues=dues, act=act)
    return _known(key, plan_id=plan_id, territory=territory)


@traced("plan remis")
@transaction.atomic
def hand_out_all(*, actor: Actor, plan_id: int, at: datetime) -> int:
    """
    Give all that is left of a plan, at every platform of one’s scope at once; return the units. Again, nothing is left.

    In a fixed number of statements, whatever the number of platforms and facilities. Raises `NotEnoughStock`.
    """
    actor.require(Deed.PLATFORM_RUN)
    sent_plan(plan_id)
    territories = sorted(
        in_scope(scope=actor.scope)
        .filter(endowments__plan=plan_id)
        .values_list("pk", flat=True)
        .distinct()
    )
    lock_platforms(territories)
    dues = _left(plan_id=plan_id, territories=territories)
    return give(dues=dues, act=Act(key=f"all-{at:%Y%m%d%H%M%S}", by=actor.by, at=at))


def _lines(
    *, actor: Actor, plan_id: int, registry: str, families: Iterable[str]
) -> dict[str, PlanLine]:
    lines = {
        line.family_id: line
        for line in PlanLine.objects.filter(
            plan=plan_id,
            facility__registry=registry,
            family__in=list(families),
            territory__in=in_scope(scope=actor.scope),
        )
    }
    if not lines:
        raise NotFound(
            Fault(where="facility", message="Ce site n’a pas de dotation dans ce plan, ici.")
        )
    return lines


def _known(
    key: str,
    *,
    lines: Collection[int] = (),
    plan_id: int | None = None,
    territory: str = "",
) -> list[HandOut]:
    """Return what was handed out under a key, or refuse a key that served for something else."""
    known = list(
        HandOut.objects.filter(key__startswith=f"{key}:").select_related("line").order_by("pk")
    )
    mine = (
        all(each.line_id in set(lines) for each in known)
        if lines
        else all(
            (each.line.plan_id, each.line.territory_id) == (plan_id, territory) for each in known
        )
    )
    if not mine:
        raise KeyReused(Fault(where="key", message=f"La clé « {key} » a servi à une autre remise."))
    return known


def _hand_out_faults(lines: Mapping[str, PlanLine], units: Mapping[str, int]) -> Iterable[Fault]:
    handed = dict(
        HandOut.objects.filter(line__in=[line.pk for line in lines.values()])
        .values_list("line__family")
        .annotate(Sum("units"))
    )
    for family, asked in units.items():
        if family not in lines:
            yield Fault(
                where=f"lines.{family}", message="Rien de cette famille n’est prévu pour ce site."
            )
            continue
        left = lines[family].units - handed.get(family, 0)
        if not 0 < asked <= left:
            yield Fault(
                where=f"lines.{family}",
                message=f"Il reste {left} unités à remettre à ce site : impossible d’en remettre {asked}.",
                values={"asked": asked, "left": left},
            )


def _way_faults(ways: Iterable[str]) -> Iterable[Fault]:
    for way in ways:
        if way not in HandOut.Way.values:
            yield Fault(where="way", message="Une remise est retirée sur place ou livrée.")


_LEFT: Final = """
    SELECT line.id, line.territory_id, line.family_id,
           line.computed + line.changed - coalesce(given.units, 0) AS units
      FROM distribution_planline line
      LEFT JOIN (
        SELECT hand_out.line_id, sum(hand_out.units)::bigint AS units
          FROM distribution_handout hand_out JOIN distribution_planline line ON line.id = hand_out.line_id
         WHERE line.plan_id = %(plan)s GROUP BY 1
      ) AS given ON given.line_id = line.id
     WHERE line.plan_id = %(plan)s AND line.territory_id = ANY(%(territories)s)
       AND (%(families)s::text[] IS NULL OR line.family_id = ANY(%(families)s))
       AND (%(facilities)s::text[] IS NULL OR line.facility_id IN (
            SELECT id FROM facilities_facility WHERE registry = ANY(%(facilities)s)))
       AND line.computed + line.changed > coalesce(given.units, 0)
     ORDER BY line.territory_id, line.family_id, line.facility_id
"""


def _left(
    *,
    plan_id: int,
    territories: Sequence[str],
    families: Collection[str] | None = None,
    facilities: Collection[str] | None = None,
) -> list[Due]:
    with connection.cursor() as cursor:
        cursor.execute(
            _LEFT,
            {
                "plan": plan_id,
                "territories": list(territories),
                "families": None if families is None else list(families),
                "facilities": None if facilities is None else list(facilities),
            },
        )
        return [
            Due(line=line, territory=territory, family=family, units=units)
            for line, territory, family, units in cursor.fetchall()
        ]


_WAYS: Final = """
    SELECT wanted.id, latest.way FROM distribution_planline wanted
     CROSS JOIN LATERAL (
        SELECT hand_out.way FROM distribution_planline line
          JOIN distribution_handout hand_out ON hand_out.line_id = line.id
         WHERE line.facility_id = wanted.facility_id AND hand_out.cancels_id IS NULL
         ORDER BY hand_out.at DESC, hand_out.id DESC LIMIT 1
     ) AS latest
     WHERE wanted.id = ANY(%s)
"""


def usual_ways(*, lines: Collection[int]) -> dict[int, str]:
    """Return how the facility of each line was served the last time; absent the first time. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_WAYS, [list(lines)])
        return dict(cursor.fetchall())


@traced("remise annulée")
@transaction.atomic
def take_back(
    *, actor: Actor, hand_outs: Collection[int], reason: str, at: datetime
) -> list[HandOut]:
    """
    Undo hand-outs by new ones of the opposite sign: the units are back on the platform’s shelf, and it says why.

    A recalled lot comes back in quarantine. Raises `Invalid` for one that was undone already, or whose advance was settled.
    """
    actor.require(Deed.PLATFORM_RUN)
    reason = require_words(reason, where="reason", message="Dire pourquoi la remise est annulée.")
    found = _of_scope(actor, hand_outs)
    lock_platforms({each.line.territory_id for each in found})
    if faults := list(_take_back_faults(found)):
        raise Invalid(*faults)
    # After this point, the taking back must succeed.

    recalled = set(
        Lot.objects.filter(
            pk__in={each.lot_id for each in found}, recalled_at__isnull=False
        ).values_list("pk", flat=True)
    )
    move(
        movements=[_return(each, recalled=recalled) for each in found if each.lot_id is not None],
        by=actor.by,
        at=at,
    )
    return HandOut.objects.bulk_create(
        HandOut(
            key=f"back:{each.pk}",
            line=each.line,
            lot_id=each.lot_id,
            units=-each.units,
            owed=-each.owed,
            way=each.way,
            cancels=each,
            words=reason,
            by=actor.by,
            at=at,
        )
        for each in found
    )


def _of_scope(actor: Actor, hand_outs: Collection[int]) -> list[HandOut]:
    found = list(
        HandOut.objects.filter(
            pk__in=hand_outs,
            line__territory__in=in_scope(scope=actor.scope),
        )
        .select_related("line")
        .order_by("pk")
    )
    if not found or len(found) < len(set(hand_outs)):
        raise NotFound(Fault(where="hand_outs", message="Aucune remise de ce numéro ici."))
    return found


def _take_back_faults(found: Sequence[HandOut]) -> Iterable[Fault]:
    undone = set(
        HandOut.objects.filter(cancels__in=[each.pk for each in found]).values_list(
            "cancels", flat=True
        )
    )
    for each in found:
        if each.cancels_id is not None or each.pk in undone:
            yield Fault(where=f"hand_outs.{each.pk}", message="Cette remise est déjà annulée.")
    territories = {each.line.territory_id for each in found}
    left = {territory: debts(territory=territory) for territory in territories}
    for each in found:
        if each.owed > left[each.line.territory_id].get(each.line.family_id, 0):
            yield Fault(
                where=f"hand_outs.{each.pk}",
                message="Ce que la plateforme avait avancé lui a déjà été rendu.",
                remedy="Signaler un incident à la cellule nationale.",
            )


def _return(each: HandOut, *, recalled: Collection[int]) -> Movement:
    return Movement(
        key=f"hand-out-back:{each.pk}",
        kind=Kind.RETURN,
        lot=each.lot_id or 0,
        units=each.units,
        place=DOOR,
        source=Status.DELIVERED,
        target=Status.QUARANTINE if each.lot_id in recalled else Status.AVAILABLE,
        to=platform_code(each.line.territory_id),
        about=f"hand-out-back:{each.pk}",
        reason="Remise annulée",
    )
