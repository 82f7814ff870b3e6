"""What a region does with a lot: parts that add up to it, shares that add up to each part; decided by another person, then promised."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Sum

from distrilog.domain.accounts.rules import Actor, Deed, require_second_person
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import Endowment, Plan
from distrilog.domain.facilities.models import Department, Facility, Territory
from distrilog.domain.regional import rules
from distrilog.domain.regional.models import LotPart, LotPlan, LotShare, Receiver
from distrilog.domain.regional.services.places import (
    family_faults,
    own_region,
    own_store,
    store_in,
    units_faults,
    words_faults,
)
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Owner
from distrilog.domain.stock.rules import PendingKind
from distrilog.domain.stock.services import Promise, promise
from distrilog.domain.stock.services.places import open_delegation
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal
from distrilog.kernel.trace import traced


REFERENCE_LENGTH: Final = 40
TITLE_LENGTH: Final = 160
MOST_SHARES: Final = 2000


class WrongState(Refusal):
    """Ce plan n’en est plus là."""

    slug = "wrong-state"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOf:
    """
    What one platform's territory, facility (registry number) or receiver (code) gets: exactly one is named. Units.

    `department` is whose delegation keeps a reserve; the platform's own where none is named.
    """

    units: int
    territory: str = ""
    facility: str = ""
    receiver: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOf:
    """One purpose of a lot and its units; the shares may come later."""

    purpose: str
    units: int
    words: str = ""
    shares: Sequence[ShareOf] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LotProposal:
    """Units of a family at a place of the region (its own store where none is named), and what they are for."""

    reference: str
    title: str
    family: str
    units: int
    parts: Sequence[PartOf]
    place: str = ""


@traced("plan de lot préparé")
@transaction.atomic
def prepare_lot_plan(*, actor: Actor, proposal: LotProposal, at: datetime) -> LotPlan:
    """
    Write what a lot is for, as a draft. Its parts add up to it; the shares of a part, where they are given, to the part.

    Raises `Invalid` with every fault at once.
    """
    actor.require(Deed.REGIONAL_MANAGE)
    region = own_region(actor)
    faults = list(_proposal_faults(proposal))
    if faults:
        raise Invalid(*faults)
    place = store_in(region=region, place=proposal.place)
    _store, owner = own_store(region=region)
    box = Family.objects.get(pk=proposal.family).box_units
    split = [
        _judged(actor, part=part, box=box, owner=owner, where=f"parts.{rank}")
        for rank, part in enumerate(proposal.parts)
    ]
    # After this point, the plan must be written.

    plan = LotPlan.objects.create(
        reference=proposal.reference.strip(),
        region_id=region,
        title=proposal.title.strip(),
        family_id=proposal.family,
        place=place,
        owner=owner,
        units=proposal.units,
        made_by=actor.by,
        made_at=at,
    )
    for part, shares in zip(proposal.parts, split, strict=True):
        written = LotPart.objects.create(
            plan=plan, purpose=part.purpose, words=part.words.strip(), units=part.units
        )
        _write_shares(written, shares)
    return plan


def _proposal_faults(proposal: LotProposal) -> Iterator[Fault]:
    yield from words_faults("reference", proposal.reference, length=REFERENCE_LENGTH)
    yield from words_faults("title", proposal.title, length=TITLE_LENGTH)
    yield from family_faults(proposal.family)
    quantities = list(units_faults(proposal.units))
    if LotPlan.objects.filter(reference=proposal.reference.strip()).exists():
        yield Fault(where="reference", message="Cette référence est celle d’un autre plan.")
    for rank, part in enumerate(proposal.parts):
        quantities += units_faults(part.units, where=f"parts.{rank}.units")
        yield from words_faults(f"parts.{rank}.words", part.words, required=False)
        if part.purpose not in LotPart.Purpose.values:
            yield Fault(where=f"parts.{rank}.purpose", message="Cette destination n’existe pas.")
    yield from quantities
    if not quantities:
        yield from rules.total_faults(
            parts=[part.units for part in proposal.parts],
            units=proposal.units,
            where="parts",
            whole="le lot",
        )


@traced("part de lot répartie")
@transaction.atomic
def split_part(*, actor: Actor, part_id: int, shares: Sequence[ShareOf], at: datetime) -> LotPart:  # noqa: ARG001
    """Say who gets a part of a draft, in place of what was said before; the shares add up to the part. Raises `Invalid`."""
    actor.require(Deed.REGIONAL_MANAGE)
    part = _draft_part(actor=actor, part_id=part_id)
    box = part.plan.family.box_units
    wanted = PartOf(purpose=part.purpose, units=part.units, shares=shares)
    judged = _judged(actor, part=wanted, box=box, owner=part.plan.owner, where="shares")
    # After this point, the shares must be written.

    part.shares.all().delete()
    _write_shares(part, judged)
    return part


@traced("part de lot répartie au prorata")
@transaction.atomic
def split_pro_rata(
    *,
    actor: Actor,
    part_id: int,
    weights: Mapping[str, int] | None = None,
    at: datetime,
) -> LotPart:
    """
    Split a part of a draft between the region's territories: in proportion to weights, or to what the last national plan gave them.

    In whole boxes, by largest remainders (row C9). Raises `Invalid` where there is nothing to split by.
    """
    actor.require(Deed.REGIONAL_MANAGE)
    part = _draft_part(actor=actor, part_id=part_id)
    if weights is None:
        weights = national_weights(region=part.plan.region_id, family=part.plan.family_id)
    try:
        split = rules.pro_rata(units=part.units, weights=weights, box=part.plan.family.box_units)
    except ValueError as error:
        raise Invalid(
            Fault(
                where="weights",
                message="Aucune dotation nationale envoyée ne sert de clé dans cette région.",
                remedy="Donner un poids à chaque territoire, ou répartir à la main.",
            )
        ) from error
    shares = [ShareOf(territory=code, units=units) for code, units in split.items()]
    return split_part(actor=actor, part_id=part_id, shares=shares, at=at)


def national_weights(*, region: str, family: str) -> dict[str, int]:
    """Return what the last national plan of a family that was frozen or sent gives each territory of a region. Units."""
    sent = Endowment.objects.filter(
        family=family,
        plan__programme__isnull=True,
        plan__state__in=[Plan.State.FROZEN, Plan.State.SENT],
        territory__region=region,
    )
    last = sent.order_by("-plan__week", "-plan__number", "-plan_id").first()
    if last is None:
        return {}
    rows = sent.filter(plan=last.plan_id).order_by().values_list("territory")
    return dict(rows.annotate(Sum("units")))


def _draft_part(*, actor: Actor, part_id: int) -> LotPart:
    part = (
        LotPart.objects.select_related("plan__family", "plan__owner")
        .filter(pk=part_id, plan__region=own_region(actor))
        .first()
    )
    if part is None:
        raise NotFound(detail="Cette part n’est pas d’un plan de votre région.")
    _locked(actor=actor, reference=part.plan.reference, states=[LotPlan.State.DRAFT])
    return part


# ------------------------------------------------------------------ who gets what


def _judged(
    actor: Actor, *, part: PartOf, box: int, owner: Owner, where: str
) -> list[tuple[ShareOf, dict[str, object], Owner]]:
    """Return each share with whom it is for and whose it becomes; refuse every fault at once."""
    if not part.shares:
        return []
    faults: list[Fault] = []
    if len(part.shares) > MOST_SHARES:
        raise Invalid(Fault(where=where, message=f"Une part compte au plus {MOST_SHARES} lignes."))
    known = _known(actor, part.shares)
    judged = []
    for rank, share in enumerate(part.shares):
        faults += units_faults(share.units, where=f"{where}.{rank}.units")
        target = known.get((share.territory, share.facility, share.receiver))
        keeper = _keeper(part, share, target, owner=owner)
        if target is None:
            faults.append(_nobody(f"{where}.{rank}"))
        elif keeper is None:
            faults.append(
                Fault(
                    where=f"{where}.{rank}",
                    message="Une réserve est gardée par une délégation, à un établissement support.",
                    remedy="Nommer le territoire, et un département de votre région.",
                )
            )
        else:
            judged.append((share, target, keeper))
    if not faults:
        units = [share.units for share in part.shares]
        faults += rules.total_faults(parts=units, units=part.units, where=where, whole="la part")
        faults += rules.box_faults(units=units, box=box, where=where)
    faults += _twice(part.shares, where=where)
    if faults:
        raise Invalid(*faults)
    return judged


def _nobody(where: str) -> Fault:
    return Fault(
        where=where,
        message="Ce destinataire n’est pas dans votre région.",
        remedy="Nommer un territoire desservi, un établissement ou un destinataire direct, un seul.",
    )


def _twice(shares: Iterable[ShareOf], *, where: str) -> Iterator[Fault]:
    seen = set()
    for rank, share in enumerate(shares):
        key = (share.territory, share.facility, share.receiver, share.department)
        if key in seen:
            yield Fault(where=f"{where}.{rank}", message="Ce destinataire figure deux fois.")
        seen.add(key)


Target = tuple[str, str, str]


def _known(actor: Actor, shares: Iterable[ShareOf]) -> dict[Target, dict[str, object]]:
    """Return those of the region that shares name, by (territory, registry, receiver code): the columns of a share. Three queries."""
    region = actor.scope.code
    named = list(shares)
    territories = Territory.objects.filter(
        pk__in={each.territory for each in named}, region=region, platform__isnull=False
    ).select_related("platform")
    facilities = Facility.objects.within(actor.scope).filter(
        registry__in={each.facility for each in named}
    )
    receivers = Receiver.objects.filter(code__in={each.receiver for each in named}, region=region)
    return {
        **{(each.pk, "", ""): {"territory": each} for each in territories},
        **{("", each.registry, ""): {"facility": each} for each in facilities},
        **{("", "", each.code): {"receiver": each} for each in receivers},
    }


def _keeper(
    part: PartOf, share: ShareOf, target: Mapping[str, object] | None, *, owner: Owner
) -> Owner | None:
    """Return whose a share becomes: a delegation's for a reserve, the agency's otherwise; None where no delegation can keep it."""
    if part.purpose != LotPart.Purpose.RESERVE:
        return owner
    territory = (target or {}).get("territory")
    if not isinstance(territory, Territory) or territory.platform is None:
        return None
    department = share.department or territory.platform.department_id
    if not Department.objects.filter(pk=department, region=territory.region_id).exists():
        return None
    return open_delegation(department=department)


def _write_shares(
    part: LotPart, judged: Sequence[tuple[ShareOf, Mapping[str, object], Owner]]
) -> None:
    LotShare.objects.bulk_create(
        LotShare(part=part, owner=keeper, units=share.units, **target)
        for share, target, keeper in judged
    )


# ------------------------------------------------------------------ deciding


@traced("plan de lot décidé")
@transaction.atomic
def decide_lot_plan(*, actor: Actor, reference: str, at: datetime) -> LotPlan:
    """
    Decide a draft, by another person than who prepared it: its units are promised, so that nothing else takes them.

    Decided again, nothing changes. Raises `Invalid` while a part is not shared out whole, `NotEnoughStock`, `SameSigner`.
    """
    actor.require(Deed.REGIONAL_MANAGE)
    states = [LotPlan.State.DRAFT, LotPlan.State.DECIDED, LotPlan.State.DONE]
    plan = _locked(actor=actor, reference=reference, states=states)
    if plan.state != LotPlan.State.DRAFT:
        return plan
    require_second_person(prepared_by=plan.made_by, signed_by=actor.by)
    faults = list(_unshared(plan))
    if faults:
        raise Invalid(*faults)
    # After this point, the plan must be decided, or find no stock.

    if units := promised_units(plan):
        promise(
            promises=[promise_of(plan, PendingKind.RESERVE, units=units, key="decided")],
            by=actor.by,
            at=at,
        )
    plan.state, plan.decided_by, plan.decided_at = LotPlan.State.DECIDED, actor.by, at
    if not units:
        plan.state = LotPlan.State.DONE
    plan.save(update_fields=["state", "decided_by", "decided_at"])
    return plan


def _unshared(plan: LotPlan) -> Iterator[Fault]:
    for part in plan.parts.annotate(shared=Sum("shares__units")).order_by("pk"):
        if part.purpose != LotPart.Purpose.KEPT and part.shared != part.units:
            yield Fault(
                where=f"parts.{part.pk}",
                message=(
                    f"{part.get_purpose_display().capitalize()} : {part.shared or 0} unités réparties"
                    f" sur {part.units}."
                ),
                remedy="Répartir toute la part avant de décider.",
                values={"left": part.units - (part.shared or 0)},
            )


def promised_units(plan: LotPlan) -> int:
    """Return the units of shares that are not executed yet: what a decided plan is promised."""
    left = LotShare.objects.filter(part__plan=plan, done_at__isnull=True)
    return left.aggregate(units=Sum("units"))["units"] or 0


def reservation_key(plan: LotPlan) -> str:
    """Return the reservation that holds a decided plan's units."""
    return f"lot-plan:{plan.reference}"


def promise_of(plan: LotPlan, kind: PendingKind, *, units: int, key: str) -> Promise:
    """Return a change of what a plan is promised."""
    return Promise(
        key=f"{reservation_key(plan)}:{key}",
        kind=kind,
        reservation=reservation_key(plan),
        place=plan.place_id,
        owner=plan.owner_id,
        family=plan.family_id,
        units=units,
        reason=plan.title[:300],
    )


@traced("plan de lot abandonné")
@transaction.atomic
def abandon_lot_plan(*, actor: Actor, reference: str, reason: str, at: datetime) -> LotPlan:
    """Give up what is not executed of a plan: its units are free again. Abandoned again, nothing changes."""
    actor.require(Deed.REGIONAL_MANAGE)
    states = [LotPlan.State.DRAFT, LotPlan.State.DECIDED, LotPlan.State.ABANDONED]
    plan = _locked(actor=actor, reference=reference, states=states)
    faults = list(words_faults("reason", reason))
    if faults:
        raise Invalid(*faults)
    if plan.state == LotPlan.State.ABANDONED:
        return plan
    # After this point, the plan must be abandoned.

    pending = stock.pending(keys=[reservation_key(plan)]).get(reservation_key(plan), 0)
    if pending:
        promise(
            promises=[promise_of(plan, PendingKind.VOID, units=pending, key="abandoned")],
            by=actor.by,
            at=at,
        )
    plan.state = LotPlan.State.ABANDONED
    plan.save(update_fields=["state"])
    return plan


def _locked(*, actor: Actor, reference: str, states: Sequence[str]) -> LotPlan:
    return locked_plan(region=own_region(actor), reference=reference, states=states)


def locked_plan(*, region: str, reference: str, states: Sequence[str]) -> LotPlan:
    """Lock a plan of a region until the end, in one of these states; NotFound or `WrongState` otherwise."""
    plan = (
        LotPlan.objects.select_for_update(of=("self",), no_key=True)
        .filter(reference=reference, region=region)
        .first()
    )
    if plan is None:
        raise NotFound(detail="Aucun plan de cette référence dans votre région.")
    if plan.state not in states:
        raise WrongState(detail=f"Ce plan est « {plan.get_state_display()} ».")
    return plan
