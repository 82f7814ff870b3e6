"""What a platform hands out of a plan, what stays, what it advanced and is given back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Sum

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.distribution.models import (
    HandOut,
    Plan,
    PlanLine,
    Residual,
    Settlement,
)
from distrilog.domain.distribution.services.carrying import TEXT_LENGTH, platform_code
from distrilog.domain.facilities.models import Facility, Territory
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.rules import Kind, Status, first_expired_first_out
from distrilog.domain.stock.services import Movement, NotEnoughStock, move
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


DOOR: Final = "door"


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
    known = list(HandOut.objects.filter(key__startswith=f"{key}:"))
    if known:
        return known
    lines = _locked_lines(actor=actor, plan_id=plan_id, registry=registry, families=units)
    faults = list(_hand_out_faults(lines, units))
    if faults:
        raise Invalid(*faults)
    given, movements = [], []
    for family, asked in units.items():
        line = lines[family]
        place = platform_code(line.territory_id)
        lots = _on_shelf(place=place, family=family, units=asked, at=at)
        owed = asked - sum(lots.values())
        if owed and not advance:
            raise _short(family, asked=asked, there=asked - owed)
        given.append(
            HandOut(
                key=f"{key}:{family}"[:60],
                line=line,
                units=asked,
                owed=owed,
                way=way,
                by=actor.by,
                at=at,
            )
        )
        for lot, part in lots.items():
            movements += to_door(place=place, lot=lot, units=part, key=f"{key}:{family}:{lot}")
    # After this point, the hand-out must succeed.

    move(movements=movements, by=actor.by, at=at)
    return HandOut.objects.bulk_create(given)


def _locked_lines(
    *, actor: Actor, plan_id: int, registry: str, families: Iterable[str]
) -> dict[str, PlanLine]:
    lines = {
        line.family_id: line
        for line in PlanLine.objects.filter(
            plan=plan_id,
            plan__state=Plan.State.SENT,
            facility__registry=registry,
            family__in=list(families),
            territory__platform__in=Facility.objects.within(actor.scope),
        ).select_for_update(of=("self",))
    }
    if not lines:
        raise NotFound(
            Fault(where="facility", message="Ce site n’a pas de dotation dans ce plan, ici.")
        )
    return lines


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


def _on_shelf(*, place: str, family: str, units: int, at: datetime) -> dict[int, int]:
    batches = stock.batches(place=place, families=[family], lock=True)[family]
    return first_expired_first_out(units=units, batches=batches, on=at.astimezone(PARIS).date())


def _short(family: str, *, asked: int, there: int) -> NotEnoughStock:
    return NotEnoughStock(
        Fault(
            where=f"lines.{family}",
            message=f"La plateforme n’a que {there} unités de l’État sur {asked}.",
            remedy="Remettre ce qu’il y a, ou avancer le reste sur le stock de l’établissement.",
            values={"asked": asked, "left": there},
        )
    )


def to_door(*, place: str, lot: int, units: int, key: str) -> list[Movement]:
    """Return the entries of units that leave a platform and reach a facility at once."""
    return [
        Movement(
            key=f"{key}:out",
            kind=Kind.ISSUE,
            lot=lot,
            units=units,
            place=place,
            source=Status.AVAILABLE,
            target=Status.IN_TRANSIT,
            about=key[:80],
        ),
        Movement(
            key=f"{key}:door",
            kind=Kind.DELIVERY,
            lot=lot,
            units=units,
            place=place,
            source=Status.IN_TRANSIT,
            target=Status.DELIVERED,
            to=DOOR,
            about=key[:80],
        ),
    ]


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
    """Say why units of a plan stay at the platform once its round is over (row C3)."""
    actor.require(Deed.PLATFORM_RUN)
    _require_territory(actor, territory)
    if units <= 0 or not 0 < len(reason.strip()) <= TEXT_LENGTH:
        raise Invalid(Fault(where="reason", message="Dire combien il reste, et pourquoi."))
    # After this point, the word must succeed.

    residual, _ = Residual.objects.update_or_create(
        plan_id=plan_id,
        territory_id=territory,
        family_id=family,
        defaults={"units": units, "reason": reason.strip(), "by": actor.by, "at": at},
    )
    return residual


def debts(*, territory: str) -> dict[str, int]:
    """Return what the State owes a platform, in units by family: what it advanced, less what it was given back."""
    advanced = dict(
        HandOut.objects.filter(line__territory=territory, owed__gt=0)
        .values_list("line__family")
        .annotate(Sum("owed"))
    )
    settled = dict(
        Settlement.objects.filter(territory=territory).values_list("family").annotate(Sum("units"))
    )
    left = {family: units - settled.get(family, 0) for family, units in advanced.items()}
    return {family: units for family, units in left.items() if units}


@traced("compensation de plateforme")
@transaction.atomic
def settle(
    *, actor: Actor, territory: str, family: str, units: int, reason: str, at: datetime
) -> Settlement:
    """Leave a platform units of the State that lie there, for what it advanced (row C8): at most what it is owed."""
    actor.require(Deed.PLAN_ADJUST)
    _require_territory(actor, territory)
    Territory.objects.select_for_update().get(pk=territory)
    owed = debts(territory=territory).get(family, 0)
    if not 0 < units <= owed:
        raise Invalid(
            Fault(
                where="units",
                message=f"L’État doit {owed} unités à cette plateforme : impossible d’en compenser {units}.",
                values={"asked": units, "left": owed},
            )
        )
    lots = _on_shelf(place=platform_code(territory), family=family, units=units, at=at)
    if sum(lots.values()) < units:
        raise _short(family, asked=units, there=sum(lots.values()))
    # After this point, the settlement must succeed.

    settlement = Settlement.objects.create(
        territory_id=territory,
        family_id=family,
        units=units,
        reason=reason.strip()[:TEXT_LENGTH],
        by=actor.by,
        at=at,
    )
    key = f"settlement:{settlement.pk}"
    move(
        movements=[
            movement
            for lot, part in lots.items()
            for movement in to_door(
                place=platform_code(territory), lot=lot, units=part, key=f"{key}:{lot}"
            )
        ],
        by=actor.by,
        at=at,
    )
    return settlement


def _require_territory(actor: Actor, territory: str) -> None:
    within = Territory.objects.filter(
        pk=territory, platform__in=Facility.objects.within(actor.scope)
    )
    if not within.exists():
        raise NotFound(
            Fault(where="territory", message="Aucune plateforme de ce nom dans votre périmètre.")
        )
