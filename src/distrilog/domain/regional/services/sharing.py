"""A decided plan carried out, share by share: to platforms, to delegations that keep units there, to facilities and receivers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, Sum

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.distribution import services as distribution
from distrilog.domain.facilities.models import Facility
from distrilog.domain.regional.models import Issue, LotPart, LotPlan, LotShare
from distrilog.domain.regional.services.places import (
    own_region,
    taken,
    to_door,
    units_faults,
    words_faults,
)
from distrilog.domain.regional.services.planning import (
    locked_plan,
    promise_of,
    promised_units,
    reservation_key,
)
from distrilog.domain.stock.rules import STATE, Kind, PendingKind, Status
from distrilog.domain.stock.services import KeyReused, Movement, move, promise
from distrilog.domain.stock.services.places import open_platform
from distrilog.kernel.refusals import Fault, Forbidden, Invalid, NotFound
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.trace import traced


# The key of an issue adds the share and the facility to it.
_SHARE_KEY_LENGTH: Final = 24
_DECIDED: Final = (LotPlan.State.DECIDED, LotPlan.State.DONE)
# What a platform gets of these it keeps for its facilities, and hands out to them.
HANDED_OUT: Final = (LotPart.Purpose.REINFORCEMENT, LotPart.Purpose.PROGRAMME)


@traced("part de lot exécutée")
@transaction.atomic
def execute_share(*, actor: Actor, share_id: int, at: datetime) -> LotShare:
    """
    Carry one share of a decided plan where it goes; done again, nothing changes.

    A territory's goes to its platform and stays the agency's; a reserve becomes its delegation's there; a compensation pays
    what the State owes the platform, and what goes beyond is left to it, with its word. A facility's or a receiver's reaches it.
    """
    actor.require(Deed.REGIONAL_MANAGE)
    share, plan = _locked_share(region=own_region(actor), share_id=share_id)
    if share.done_at is not None:
        return share
    # After this point, the share must be carried, or find too little.

    if share.territory_id:
        _to_platform(actor, plan, share, at=at)
    else:
        direct = share.receiver_id is not None
        kind = Issue.Kind.DIRECT if direct else Issue.Kind.PLANNED
        _to_somebody(actor, plan, share, units=share.units, kind=kind, at=at)
    share.done_by, share.done_at = actor.by, at
    share.save(update_fields=["done_by", "done_at"])
    if not promised_units(plan):
        plan.state = LotPlan.State.DONE
        plan.save(update_fields=["state"])
    return share


@transaction.atomic
def execute_plan(*, actor: Actor, reference: str, at: datetime) -> LotPlan:
    """Carry out all that is left of a decided plan, or nothing of it."""
    actor.require(Deed.REGIONAL_MANAGE)
    plan = locked_plan(region=own_region(actor), reference=reference, states=_DECIDED)
    left = LotShare.objects.filter(part__plan=plan, done_at__isnull=True)
    for share_id in left.order_by("pk").values_list("pk", flat=True):
        execute_share(actor=actor, share_id=share_id, at=at)
    plan.refresh_from_db()
    return plan


def _locked_share(*, region: str, share_id: int) -> tuple[LotShare, LotPlan]:
    found = (
        LotShare.objects.filter(pk=share_id, part__plan__region=region)
        .values_list("part__plan__reference", flat=True)
        .first()
    )
    if found is None:
        raise NotFound(detail="Cette part n’est pas d’un plan de votre région.")
    plan = locked_plan(region=region, reference=found, states=_DECIDED)
    share = LotShare.objects.select_related("part", "territory__platform").get(pk=share_id)
    return share, plan


def _to_platform(actor: Actor, plan: LotPlan, share: LotShare, *, at: datetime) -> None:
    if share.part.purpose == LotPart.Purpose.COMPENSATION:
        _compensate(actor, plan, share, at=at)
        return
    owner = share.owner_id if share.owner_id != plan.owner_id else ""
    _carry(actor, plan, share, units=share.units, to_owner=owner, at=at)


def _compensate(actor: Actor, plan: LotPlan, share: LotShare, *, at: datetime) -> None:
    """Give the State what pays its debt, settle it; the rest is the platform's, said to be beyond what was recorded."""
    territory = str(share.territory_id)
    owed = distribution.debts(territory=territory).get(plan.family_id, 0)
    paid = min(owed, share.units)
    if paid:
        _carry(actor, plan, share, units=paid, to_owner=STATE, at=at)
        distribution.settle(
            actor=actor,
            territory=territory,
            family=plan.family_id,
            units=paid,
            reason=f"Plan {plan.reference} : {plan.title}",
            at=at,
        )
    if rest := share.units - paid:
        _to_somebody(actor, plan, share, units=rest, kind=Issue.Kind.PLANNED, at=at)


def _carry(
    actor: Actor, plan: LotPlan, share: LotShare, *, units: int, to_owner: str, at: datetime
) -> None:
    """Move units of a plan to the share's platform, where they become another owner's if one is named."""
    place = open_platform(territory=str(share.territory_id)).pk
    lots = taken(
        place=plan.place_id, owner=plan.owner_id, family=plan.family_id, units=units, at=at
    )
    promise(
        promises=[promise_of(plan, PendingKind.VOID, units=units, key=f"{share.pk}:carried")],
        by=actor.by,
        at=at,
    )
    # Carried whole, it is usable there; what changes owner changes it there.
    movements = _travel(plan, share, lots, to=place) if place != plan.place_id else []
    if to_owner:
        movements += _cession(plan, share, lots, place=place, to_owner=to_owner)
    move(movements=movements, by=actor.by, at=at)


def _travel(plan: LotPlan, share: LotShare, lots: Mapping[int, int], *, to: str) -> list[Movement]:
    ways = (
        ("left", Kind.TRANSFER_OUT, Status.AVAILABLE, Status.IN_TRANSIT, ""),
        ("came", Kind.TRANSFER_IN, Status.IN_TRANSIT, Status.AVAILABLE, to),
    )
    return [
        Movement(
            key=f"{_about(share)}:{lot}:{word}",
            kind=kind,
            lot=lot,
            units=units,
            place=plan.place_id,
            to=where,
            owner=plan.owner_id,
            source=source,
            target=target,
            about=_about(share),
            reason=plan.title,
        )
        for lot, units in sorted(lots.items())
        for word, kind, source, target, where in ways
    ]


def _cession(
    plan: LotPlan, share: LotShare, lots: Mapping[int, int], *, place: str, to_owner: str
) -> list[Movement]:
    return [
        Movement(
            key=f"{_about(share)}:{lot}:ceded",
            kind=Kind.CESSION,
            lot=lot,
            units=units,
            place=place,
            owner=plan.owner_id,
            to_owner=to_owner,
            source=Status.AVAILABLE,
            target=Status.AVAILABLE,
            about=_about(share),
            reason=plan.title,
        )
        for lot, units in sorted(lots.items())
    ]


def _to_somebody(
    actor: Actor, plan: LotPlan, share: LotShare, *, units: int, kind: str, at: datetime
) -> None:
    """Issue units of a plan to a facility, a receiver, or the platform itself; what they were promised is posted."""
    lots = taken(
        place=plan.place_id, owner=plan.owner_id, family=plan.family_id, units=units, at=at
    )
    words = share.part.words or share.part.get_purpose_display()
    motive = f"{plan.title} : {words}"
    facility = share.facility
    if share.territory is not None:
        facility = share.territory.platform
        motive = f"{motive}, au-delà des avances enregistrées"
    issue = Issue.objects.create(
        key=_about(share),
        kind=kind,
        place=plan.place,
        owner=plan.owner,
        family=plan.family,
        units=units,
        facility=facility,
        receiver=share.receiver,
        share=share,
        motive=motive[:300],
        by=actor.by,
        at=at,
    )
    issue.lots.set(lots)
    movements = to_door(
        place=plan.place_id,
        owner=plan.owner_id,
        lots=lots,
        about=issue_about(issue.key),
        reason=issue.motive,
        posts=reservation_key(plan),
    )
    move(movements=movements, by=actor.by, at=at)


def _about(share: LotShare) -> str:
    return f"lot-share:{share.pk}"


def issue_about(key: str) -> str:
    """Return what the entries of an issue are about."""
    return f"issue:{key}"


# ------------------------------------------------------------------ what platforms hand out of it


@traced("renfort remis")
@transaction.atomic
def hand_out_share(
    *, actor: Actor, share_id: int, units: Mapping[str, int], key: str, at: datetime
) -> list[Issue]:
    """
    Give facilities (by registry number) units of what a platform was sent for them; by the platform, or by its agency. Once a key.

    Never more than the share. Raises `Invalid` with every fault at once.
    """
    share, plan = _share_of_platform(actor=actor, share_id=share_id)
    faults = list(words_faults("key", key, length=_SHARE_KEY_LENGTH))
    served = {
        each.registry: each
        for each in Facility.objects.within(actor.scope).filter(
            registry__in=list(units),
            attachments__territory=share.territory,
            attachments__period__contains=at.date(),
        )
    }
    for registry, count in units.items():
        faults += units_faults(count, where=f"units.{registry}")
        if registry not in served:
            faults.append(
                Fault(
                    where=f"units.{registry}",
                    message="Cet établissement n’est pas servi par cette plateforme.",
                )
            )
    if faults:
        raise Invalid(*faults)
    known = list(Issue.objects.filter(share=share, key__startswith=f"share:{share.pk}:{key}:"))
    if known:
        return _same(known, units)
    given = Issue.objects.filter(share=share).aggregate(units=Sum("units"))["units"] or 0
    asked = sum(units.values())
    if asked > share.units - given:
        raise Invalid(
            Fault(
                where="units",
                message=f"Il reste {share.units - given} unités de ce renfort, pas {asked}.",
                values={"asked": asked, "left": share.units - given},
            )
        )
    # After this point, the units must be handed out, or not be there.

    place = open_platform(territory=str(share.territory_id))
    issues = []
    for registry, count in sorted(units.items()):
        lots = taken(place=place.pk, owner=plan.owner_id, family=plan.family_id, units=count, at=at)
        issue = Issue.objects.create(
            key=f"share:{share.pk}:{key}:{registry}",
            kind=Issue.Kind.PLANNED,
            place=place,
            owner=plan.owner,
            family=plan.family,
            units=count,
            facility=served[registry],
            share=share,
            motive=f"{plan.title} : {share.part.words or share.part.get_purpose_display()}"[:300],
            by=actor.by,
            at=at,
        )
        issue.lots.set(lots)
        movements = to_door(
            place=place.pk,
            owner=plan.owner_id,
            lots=lots,
            about=issue_about(issue.key),
            reason=issue.motive,
        )
        move(movements=movements, by=actor.by, at=at)
        issues.append(issue)
    return issues


def _share_of_platform(*, actor: Actor, share_id: int) -> tuple[LotShare, LotPlan]:
    """Lock a share that a platform was sent for its facilities, by the platform or its agency; NotFound for others."""
    if not (actor.may(Deed.PLATFORM_RUN) or actor.may(Deed.REGIONAL_MANAGE)):
        raise Forbidden(detail="Un renfort est remis par sa plateforme, ou par son agence.")
    within = Q(part__plan__region=actor.scope.code)
    if actor.scope.kind is not ScopeKind.REGION:
        within = Q(territory__platform__in=Facility.objects.within(actor.scope))
    share = (
        LotShare.objects.select_for_update(of=("self",))
        .select_related("part__plan__family", "part__plan__owner", "territory")
        .filter(
            within,
            pk=share_id,
            territory__isnull=False,
            done_at__isnull=False,
            part__purpose__in=HANDED_OUT,
        )
        .first()
    )
    if share is None:
        raise NotFound(detail="Aucun renfort de ce numéro à remettre dans votre périmètre.")
    return share, share.part.plan


def _same(known: list[Issue], units: Mapping[str, int]) -> list[Issue]:
    if {each.facility.registry: each.units for each in known if each.facility} != dict(units):
        raise KeyReused(Fault(where="key", message="Cette clé a servi à une autre remise."))
    return known
